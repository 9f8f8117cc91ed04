/* heat_map.h - numbers by two values, as coloured cells. */
#ifndef CLT_HEAT_MAP_H
#define CLT_HEAT_MAP_H

#include "figure.h"

struct clt_heat_axis {
    const char *title;
    const char *const *names;
    size_t n;
};

struct clt_heat_map {
    const double *cells; /* [rows][columns]; NaN: nothing is known */
    struct clt_heat_axis columns, rows;
    const char *title; /* of what the cells are, with its unit */
};

/* The first row is the lowest. Cells say their numbers where these fit. Fills width, height and
 * body. */
void clt_heat_map_draw(struct clt_figure *out, const struct clt_heat_map *map);

#endif
