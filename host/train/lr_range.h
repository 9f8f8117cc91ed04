/* lr_range.h - a learning-rate range test (Smith, "Cyclical learning rates", WACV 2017,
 * section 3.3): the rate grows from update to update, and the loss of each batch tells what it is
 * good for. */
#ifndef CLT_LR_RANGE_H
#define CLT_LR_RANGE_H

#include "experiment.h"

struct clt_lr_point { /* an update */
    double rate;
    double loss;     /* of its batch, before the update, as it trains */
    double smoothed; /* of the losses so far */
};

struct clt_lr_curve { /* of one member */
    struct clt_lr_point *points;
    size_t n_points;
    double average;   /* exponential, of the losses so far, with the bias of its start from 0 */
    double lowest;    /* of the smoothed losses; infinite before the first */
    bool ended;       /* the loss is beyond 4 times that, or not finite */
    double min, max;  /* the suggestion; NaN where the loss never falls */
    bool still_falls; /* the lowest is the last: `max` may be higher */
};

/* Notes the loss of one more update, for which there is room; whether the curve goes on. */
bool clt_lr_curve_add(struct clt_lr_curve *curve, double rate, double loss);
/* Sets `min`, `max` and `still_falls`. After Smith: min is where the loss begins to fall, max a
 * little below where it is lowest. In numbers: from `min` on the smoothed loss stays below what a
 * tenth of its fall leaves, the fall being from the mean loss of the first tenth of the points to
 * the lowest smoothed one; `max` is half of the rate of the latter. */
void clt_lr_curve_suggest(struct clt_lr_curve *curve);

struct clt_lr_range_options {
    const char *device; /* selector; NULL: the config's */
    double low, high;   /* 0: 1e-6 and 1 */
    uint64_t updates;   /* 0: an epoch, at least 100 */
    void *self;
    void (*progress)(void *self, uint64_t done, uint64_t total); /* NULL: none */
};

struct clt_lr_range {
    char *device;
    const struct clt_config *config; /* borrowed */
    double low, high;
    uint64_t updates;            /* planned */
    struct clt_lr_curve *curves; /* [config->members] */
};

/* Trains the config's networks from their initial weights, every member at the same rate, which
 * grows from low to high geometrically, until every curve has ended. CLT_E_USAGE: low is not below
 * high, or fewer than 10 updates; else as clt_run_create(). On failure *out is NULL. */
enum clt_status clt_lr_range_create(struct clt_lr_range **out, const struct clt_config *config,
                                    const struct clt_lr_range_options *options);
void clt_lr_range_free(struct clt_lr_range *range); /* NULL is fine */

/* The text of lr-range.json, for the caller to free. */
enum clt_status clt_lr_range_json(char **out, const struct clt_lr_range *range);
/* Writes config.cfg, lr-range.csv and lr-range.json into `folder`. CLT_E_OUTPUT. */
enum clt_status clt_lr_range_write(const char *folder, const struct clt_lr_range *range);

#endif
