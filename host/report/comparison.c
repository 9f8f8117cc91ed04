#include "comparison.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bands.h"
#include "markup.h"
#include "page.h"

#define CAPTION                                                                                    \
    "Mean over seeds, with a band of one standard deviation to both sides; pale: each network. "   \
    "Both "                                                                                        \
    "panels have the same axes."

static bool is_accuracy(const struct clt_saved_comparison *comparison)
{
    return strstr(comparison->metric, "accuracy") != NULL;
}

static const struct clt_metric *metric_of(const struct clt_saved_comparison *comparison)
{
    if (strstr(comparison->metric, "loss")) return &clt_metrics[CLT_METRIC_LOSS];
    if (strstr(comparison->metric, "cost")) return &clt_metrics[CLT_METRIC_COST];
    return &clt_metrics[CLT_METRIC_ACCURACY];
}

enum clt_status clt_comparison_add(struct clt_figures *out, const struct clt_saved_study *study,
                                   const struct clt_saved_comparison *comparison,
                                   const struct clt_run_figures *stages)
{
    static const char *const names[] = {"first", "second"};
    struct clt_band_panel panels[2];
    struct clt_text prefix = {0};
    char titles[2][200];
    for (size_t i = 0; i < 2; i++) {
        const struct clt_saved_stage *stage = &study->stages[comparison->stage[i]];
        if (!stage->run) return CLT_OK;
        snprintf(titles[i], sizeof titles[i], "%s: %s", stage->name, metric_of(comparison)->title);
        panels[i] = (struct clt_band_panel){
            .repeats = &stages[comparison->stage[i]].repeats,
            .about = {names[i], titles[i], CAPTION, clt_updates_per_epoch(stage->run)}};
    }
    clt_text_add(&prefix, "%s-%s-%s", study->stages[comparison->stage[0]].name,
                 study->stages[comparison->stage[1]].name, comparison->metric);
    out->prefix = clt_text_take(&prefix);
    if (!out->prefix) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    return clt_bands_compare(out, panels, metric_of(comparison));
}

/* "53.10 %" or "1.594" */
static void add_value(struct clt_text *out, const struct clt_saved_comparison *comparison,
                      double value)
{
    if (is_accuracy(comparison))
        clt_text_add(out, "%.2f %%", 100 * value);
    else
        clt_text_add_digits(out, value, 5);
}

/* "+0.61" */
static void add_step(struct clt_text *out, const struct clt_saved_comparison *comparison,
                     double value)
{
    clt_text_add(out, is_accuracy(comparison) ? "%+.2f" : "%+.4g",
                 is_accuracy(comparison) ? 100 * value : value);
}

/* "without: 52.81 % (deviation 0.17, n = 5)" */
static void add_side(struct clt_text *out, const struct clt_saved_study *study,
                     const struct clt_saved_comparison *comparison, size_t side)
{
    const double deviation = comparison->deviation[side];
    clt_text_add(out, "<b>");
    clt_markup_add(out, study->stages[comparison->stage[side]].name);
    clt_text_add(out, "</b> ");
    add_value(out, comparison, comparison->mean[side]);
    clt_text_add(out, " (");
    if (!isnan(deviation))
        clt_text_add(out, is_accuracy(comparison) ? "deviation %.2f, " : "deviation %.3g, ",
                     is_accuracy(comparison) ? 100 * deviation : deviation);
    clt_text_add(out, "n = %zu)", comparison->n[side]);
}

static void add_interval(struct clt_text *out, const struct clt_saved_comparison *comparison)
{
    if (isnan(comparison->low) || isnan(comparison->high)) {
        clt_text_add(out, " There is no interval for it: that takes two networks of each stage.");
        return;
    }
    clt_text_add(out, " Welch's interval of %.4g %% is ", 100 * comparison->level);
    add_step(out, comparison, comparison->low);
    clt_text_add(out, " to ");
    add_step(out, comparison, comparison->high);
    clt_text_add(out, comparison->significant
                          ? ": the difference is <b>larger than the spread over seeds</b>."
                          : ": the difference is <b>not larger than the spread over seeds</b>.");
}

void clt_comparison_add_html(struct clt_text *out, const struct clt_saved_study *study,
                             const struct clt_saved_comparison *comparison)
{
    clt_text_add(out, "<p>Mean ");
    clt_markup_add(out, comparison->metric);
    clt_text_add(out, ": ");
    add_side(out, study, comparison, 0);
    clt_text_add(out, ", ");
    add_side(out, study, comparison, 1);
    clt_text_add(out, ". The difference is ");
    add_step(out, comparison, comparison->difference);
    clt_text_add(out, is_accuracy(comparison) ? " percentage points." : ".");
    add_interval(out, comparison);
    clt_text_add(out, "</p>\n");
}
