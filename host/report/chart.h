/* chart.h - lines over x, with axes and a legend. */
#ifndef CLT_CHART_H
#define CLT_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "figure.h"

struct clt_point {
    double x, y;
};

enum clt_mark {
    CLT_MARK_LINE,
    CLT_MARK_DOT,
    CLT_MARK_DIAMOND, /* what others have found */
    CLT_MARK_BAR      /* from zero to y, `width` wide from x on */
};

struct clt_series {
    const char *label;  /* in the legend; NULL: not there */
    const char *colour; /* a class of figure.css: c0.. (categories), r0.. (an order) */
    enum clt_mark mark;
    bool dashed, strong, pale;
    double width;                   /* of a bar */
    const struct clt_point *points; /* borrowed; a y that is not finite interrupts the line */
    const double *spread;           /* [n_points], to both sides of y: a band about a line, an error
                                       bar on a dot; NULL: none */
    size_t n_points;
};

struct clt_interval {
    double low, high;
};

struct clt_chart {
    const char *x_title, *y_title;
    const char *second_title; /* of a second x axis on top; NULL: none */
    double second_unit;       /* x of one of its units */
    bool logarithmic_x, logarithmic_y;
    const struct clt_interval *x_range, *y_range; /* of the axes; NULL: the points' */
    const char *const *x_names;                   /* x counts these, from 0; NULL: x is a number */
    size_t n_names;
    const char *heading; /* above the legend's entries; NULL: none */
    const char *note;    /* below them; NULL: none */
    const struct clt_series *series;
    size_t n_series;
};

/* The ranges of all points that would be shown; false where there is none. */
bool clt_chart_ranges(struct clt_interval *x, struct clt_interval *y,
                      const struct clt_chart *chart);
/* Fills width, height and body. A chart without a finite point says so. */
void clt_chart_draw(struct clt_figure *out, const struct clt_chart *chart);

#endif
