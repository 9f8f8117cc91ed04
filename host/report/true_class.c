#include "true_class.h"

#include <math.h>
#include <stdio.h>

#include "chart.h"

#define BINS 20

/* Samples by the probability of their true class: of a bin, from x on. */
struct bins {
    struct clt_point correct[BINS], wrong[BINS];
    size_t n_correct, n_wrong;
};

static void count(struct bins *out, const struct clt_predictions *predictions)
{
    const double width = 1.0 / BINS;
    *out = (struct bins){.n_correct = 0};
    for (size_t i = 0; i < BINS; i++) {
        out->correct[i].x = width * ((double)i + 0.06);
        out->wrong[i].x = width * ((double)i + 0.5);
    }
    for (size_t s = 0; s < predictions->samples; s++) {
        const size_t label = predictions->labels[s];
        const double probability =
            (double)predictions->probabilities[s * predictions->classes + label];
        const size_t predicted = clt_predictions_class(predictions, s);
        if (predicted == predictions->classes) continue; /* there is no prediction */
        const double place = floor(probability * BINS);
        const size_t bin = place < BINS ? (size_t)place : BINS - 1;
        *(predicted == label ? &out->correct[bin].y : &out->wrong[bin].y) += 1;
        *(predicted == label ? &out->n_correct : &out->n_wrong) += 1;
    }
}

enum clt_status clt_true_class_add(struct clt_figures *figures,
                                   const struct clt_predictions *predictions)
{
    struct clt_figure figure = {.name = "true-class"};
    struct bins bins;
    char correct[48], wrong[48];
    if (predictions->samples == 0 || !predictions->labels) return CLT_OK;
    count(&bins, predictions);
    snprintf(correct, sizeof correct, "correct (%zu)", bins.n_correct);
    snprintf(wrong, sizeof wrong, "wrong (%zu)", bins.n_wrong);
    const struct clt_series series[] = {{.label = correct,
                                         .colour = "c2",
                                         .mark = CLT_MARK_BAR,
                                         .width = 0.44 / BINS,
                                         .points = bins.correct,
                                         .n_points = BINS},
                                        {.label = wrong,
                                         .colour = "c1",
                                         .mark = CLT_MARK_BAR,
                                         .width = 0.44 / BINS,
                                         .points = bins.wrong,
                                         .n_points = BINS}};
    const struct clt_interval whole = {0, 1};
    const struct clt_chart chart = {.x_title = "probability of the true class",
                                    .y_title = "test samples",
                                    .x_range = &whole,
                                    .series = series,
                                    .n_series = 2};
    clt_chart_draw(&figure, &chart);
    return clt_figures_add_titled(figures, &figure, "Probability of the true class",
                                  "Test samples by what the network gives their true class, in "
                                  "steps of 0.05, classified correctly and wrongly.");
}
