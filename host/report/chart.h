/* chart.h - lines over x, with axes and a legend. */
#ifndef CLT_CHART_H
#define CLT_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "figure.h"

struct clt_point {
    double x, y;
};

struct clt_series {
    const char *label;  /* in the legend; NULL: not there */
    const char *colour; /* a class of figure.css: c0.. (categories), r0.. (an order) */
    bool dashed, strong, dots;
    const struct clt_point *points; /* borrowed; a y that is not finite interrupts the line */
    size_t n_points;
};

struct clt_chart {
    const char *x_title, *y_title;
    const char *second_title; /* of a second x axis on top; NULL: none */
    double second_unit;       /* x of one of its units */
    bool logarithmic_x, logarithmic_y;
    const char *heading; /* above the legend's entries; NULL: none */
    const char *note;    /* below them; NULL: none */
    const struct clt_series *series;
    size_t n_series;
};

/* Fills width, height and body. A chart without a finite point says so. */
void clt_chart_draw(struct clt_figure *out, const struct clt_chart *chart);

#endif
