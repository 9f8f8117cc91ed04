/* metric_chart.h - charts of what is measured while networks train. */
#ifndef CLT_METRIC_CHART_H
#define CLT_METRIC_CHART_H

#include "chart.h"
#include "saved_run.h"

struct clt_metric {
    /* of files, and above figures: of the usual one, of the training part alone, of the mean */
    const char *name, *title, *training_name, *training_title, *mean_name, *mean_title;
    const char *y_title;
    double (*value)(const struct clt_measure *measure);
    bool may_be_logarithmic;
};

enum { CLT_METRIC_ACCURACY, CLT_METRIC_LOSS, CLT_METRIC_COST, CLT_N_METRICS };
extern const struct clt_metric clt_metrics[CLT_N_METRICS];

/* From so many rows on, the first is left out: the untrained network is so far from all others that
 * they would share a line. */
#define CLT_LEAVE_OUT 3

struct clt_curve_figure {
    const char *name;            /* a constant */
    const char *title, *caption; /* copied */
    double updates_per_epoch;    /* 0: no axis of epochs */
};

/* 0 where no row tells. */
double clt_updates_per_epoch(const struct clt_saved_run *run);

/* Draws `chart`, whose x is updates. CLT_E_NOMEM. */
enum clt_status clt_curve_figure_add(struct clt_figures *figures, struct clt_chart *chart,
                                     const struct clt_curve_figure *about);
/* The same with the metric's y axis. */
enum clt_status clt_metric_figure_add(struct clt_figures *figures, struct clt_chart *chart,
                                      const struct clt_metric *metric,
                                      const struct clt_curve_figure *about);

#endif
