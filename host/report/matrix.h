/* matrix.h - counts of one class taken for another, and shares per class. */
#ifndef CLT_MATRIX_H
#define CLT_MATRIX_H

#include <stdint.h>

#include "figure.h"

/* counts [n][n], a row per true class; a cell's colour is its share of the row. Fills width, height
 * and body. */
void clt_matrix_draw(struct clt_figure *out, const uint64_t *counts, const char *const *names,
                     size_t n);

struct clt_bar {
    const char *name;
    double share; /* 0 to 1 */
};
/* A horizontal bar each, from 0 to 100 %. Fills width, height and body. */
void clt_bars_draw(struct clt_figure *out, const struct clt_bar *bars, size_t n,
                   const char *x_title);

#endif
