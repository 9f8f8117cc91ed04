#include "ensembles.h"

#include <stdio.h>
#include <stdlib.h>

#include "chart.h"

/* Of each snapshot; of all together, from the first cycle to the last. */
struct points {
    struct clt_point *alone; /* [n] */
    struct clt_point vote[2], mean[2];
    size_t n;
};

static void fill(struct points *points, const struct clt_ensemble *ensemble)
{
    const double last = (double)points->n;
    for (size_t i = 0; i < points->n; i++)
        points->alone[i] =
            (struct clt_point){(double)(i + 1), 100 * ensemble->snapshots[i].accuracy.test};
    for (size_t end = 0; end < 2; end++) {
        const double x = end ? last : 1;
        points->vote[end] = (struct clt_point){x, 100 * ensemble->vote.test};
        points->mean[end] = (struct clt_point){x, 100 * ensemble->mean.test};
    }
}

enum clt_status clt_ensembles_add(struct clt_figures *figures, const struct clt_saved_run *run)
{
    const struct clt_ensemble *ensemble = &run->results[run->best].ensemble;
    struct clt_figure figure = {.name = "snapshots"};
    struct points points = {.n = ensemble->n_snapshots};
    char vote[48], mean[48];
    if (points.n == 0) return CLT_OK;
    points.alone = calloc(points.n, sizeof *points.alone);
    if (!points.alone) return clt_fail(CLT_E_NOMEM, "no memory for a figure");
    fill(&points, ensemble);
    snprintf(vote, sizeof vote, "all by vote: %.2f %%", 100 * ensemble->vote.test);
    snprintf(mean, sizeof mean, "all by mean: %.2f %%", 100 * ensemble->mean.test);
    const struct clt_series series[] = {
        {.label = vote, .colour = "c1", .points = points.vote, .n_points = 2},
        {.label = mean, .colour = "c2", .dashed = true, .points = points.mean, .n_points = 2},
        {.label = "one snapshot",
         .colour = "c0",
         .mark = CLT_MARK_DOT,
         .points = points.alone,
         .n_points = points.n}};
    const struct clt_chart chart = {.x_title = "cycle",
                                    .y_title = "test accuracy (%)",
                                    .series = series,
                                    .n_series = sizeof series / sizeof *series};
    clt_chart_draw(&figure, &chart);
    free(points.alone);
    return clt_figures_add_titled(figures, &figure, "Snapshots of the cycles",
                                  "Each network at the end of a cycle, where the learning rate is "
                                  "lowest, and all of them together, of the best member.");
}
