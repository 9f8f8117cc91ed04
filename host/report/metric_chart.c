#include "metric_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double accuracy_of(const struct clt_measure *measure)
{
    return 100 * measure->accuracy;
}

static double loss_of(const struct clt_measure *measure)
{
    return measure->loss;
}

static double cost_of(const struct clt_measure *measure)
{
    return measure->cost;
}

const struct clt_metric clt_metrics[CLT_N_METRICS] = {
    {"accuracy", "Accuracy", "accuracy-training", "Accuracy in training", "accuracy-mean",
     "Accuracy over seeds", "accuracy (%)", accuracy_of, false},
    {"loss", "Loss", "loss-training", "Loss in training", "loss-mean", "Loss over seeds",
     "cross-entropy loss (nats)", loss_of, true},
    {"cost", "Cost: loss and L2 penalty", "cost-training", "Cost in training", "cost-mean",
     "Cost over seeds", "cost (nats)", cost_of, true},
};

/* A span of more than this many times is easier to read on a logarithmic axis. */
#define WIDE_SPAN 30

static bool spans_widely(const struct clt_chart *chart)
{
    struct clt_interval x, y;
    if (!clt_chart_ranges(&x, &y, chart)) return false;
    if (chart->y_range) y = *chart->y_range;
    return y.low > 0 && y.high > WIDE_SPAN * y.low;
}

/* Of a series that is to be seen, and at most so many times the lowest of them. */
#define FAR_ABOVE 10
#define KEPT      2

static double highest_of(const struct clt_series *series)
{
    double highest = -INFINITY;
    for (size_t i = 0; i < series->n_points; i++)
        if (isfinite(series->points[i].y)) highest = fmax(highest, series->points[i].y);
    return highest;
}

/* Networks that all but diverged would leave the others one line at the bottom. False where there
 * is none. */
static bool leave_out_extremes(struct clt_interval *range, const struct clt_chart *chart)
{
    struct clt_interval x;
    double lowest = INFINITY; /* of the highest values of lines */
    if (!clt_chart_ranges(&x, range, chart)) return false;
    for (size_t s = 0; s < chart->n_series; s++) {
        const double highest = highest_of(&chart->series[s]);
        if (highest > 0) lowest = fmin(lowest, highest);
    }
    if (!(range->high > FAR_ABOVE * lowest)) return false;
    range->high = KEPT * lowest;
    return true;
}

double clt_updates_per_epoch(const struct clt_saved_run *run)
{
    for (size_t i = run->n_rows; i-- > 0;)
        if (run->rows[i].epoch > 0) return (double)run->rows[i].update / run->rows[i].epoch;
    return 0;
}

enum clt_status clt_curve_figure_add(struct clt_figures *figures, struct clt_chart *chart,
                                     const struct clt_curve_figure *about)
{
    struct clt_figure figure = {.name = about->name, .title = strdup(about->title)};
    if (about->caption) figure.caption = strdup(about->caption);
    if (!figure.title || (about->caption && !figure.caption)) {
        clt_figure_free(&figure);
        return clt_fail(CLT_E_NOMEM, "no memory for the curves");
    }
    chart->x_title = "update";
    if (about->updates_per_epoch > 0) {
        chart->second_title = "epoch";
        chart->second_unit = about->updates_per_epoch;
    }
    clt_chart_draw(&figure, chart);
    return clt_figures_add(figures, &figure);
}

/* A caption about what is not shown, behind the one there is. The caller frees it. */
static char *add_sentence(const char *caption, double highest)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s%sLines that leave the plot at the top reach ", caption ? caption : "",
                 caption ? " " : "");
    clt_text_add_digits(&text, highest, 3);
    clt_text_add(&text, ".");
    return clt_text_take(&text);
}

enum clt_status clt_metric_figure_add(struct clt_figures *figures, struct clt_chart *chart,
                                      const struct clt_metric *metric,
                                      const struct clt_curve_figure *about)
{
    struct clt_interval x, all, shown;
    struct clt_curve_figure with_caption = *about;
    char *caption = NULL;
    chart->y_title = metric->y_title;
    if (metric->may_be_logarithmic && !chart->y_range && leave_out_extremes(&shown, chart)) {
        chart->y_range = &shown;
        clt_chart_ranges(&x, &all, chart);
        caption = add_sentence(about->caption, all.high);
        if (!caption) return clt_fail(CLT_E_NOMEM, "no memory for the curves");
        with_caption.caption = caption;
    }
    chart->logarithmic_y = metric->may_be_logarithmic && spans_widely(chart);
    const enum clt_status st = clt_curve_figure_add(figures, chart, &with_caption);
    if (caption) chart->y_range = NULL;
    free(caption);
    return st;
}
