/* axis.h - a chart's axis: the range it shows and its round ticks. */
#ifndef CLT_AXIS_H
#define CLT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define CLT_MAX_TICKS 16

struct clt_tick {
    double value;
    char label[24];
};

struct clt_axis {
    bool logarithmic;
    double low, high; /* low < high, what is shown */
    struct clt_tick ticks[CLT_MAX_TICKS];
    size_t n_ticks;
};

/* An axis for finite values from `low` to `high` with about `wanted` ticks (2 to 8) at 1, 2 or 5
 * times a power of ten. `widen`: the range shown ends at ticks, else at the values themselves.
 * `logarithmic` needs 0 < low, else the axis is linear. */
void clt_axis_fit(struct clt_axis *out, double low, double high, bool logarithmic, bool widen,
                  size_t wanted);
/* 0 at the low end, 1 at the high one. */
double clt_axis_place(const struct clt_axis *axis, double value);

#endif
