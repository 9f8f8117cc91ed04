#include "lr_range_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "file.h"
#include "page.h"

#define MOST_CURVES 50  /* that are drawn; lr-range.csv has them all */
#define HEADROOM    1.5 /* of the first loss: what is shown above it */

enum { BATCHES, SMOOTHED, SUGGESTED, N_SERIES };

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for a page");
}

/* points [2][n_points], then two upright lines at min and max with a gap between them. */
static void fill(struct clt_point *points, const struct clt_lr_curve *curve)
{
    const size_t n = curve->n_points;
    const double top = HEADROOM * curve->points[0].smoothed;
    struct clt_point *mark = points + 2 * n;
    double low = INFINITY;
    for (size_t i = 0; i < n; i++) {
        const struct clt_lr_point *point = &curve->points[i];
        points[i] = (struct clt_point){point->rate, point->loss <= top ? point->loss : NAN};
        points[n + i] =
            (struct clt_point){point->rate, point->smoothed <= top ? point->smoothed : NAN};
        low = fmin(low, point->loss);
    }
    mark[0] = (struct clt_point){curve->min, low};
    mark[1] = (struct clt_point){curve->min, top};
    mark[2] = (struct clt_point){curve->max, NAN};
    mark[3] = (struct clt_point){curve->max, low};
    mark[4] = (struct clt_point){curve->max, top};
}

static enum clt_status add_curve(struct clt_figures *figures, const struct clt_lr_range *range,
                                 size_t member)
{
    const struct clt_lr_curve *curve = &range->curves[member];
    const size_t n = curve->n_points;
    struct clt_figure figure = {.name = "lr-range"};
    struct clt_text title = {0};
    char suggested[80];
    if (n == 0) return CLT_OK;
    struct clt_point *points = calloc(2 * n + 5, sizeof *points);
    clt_text_add(&title, "Loss by learning rate");
    if (range->config->members > 1) clt_text_add(&title, ", member %zu", member);
    figure.title = clt_text_take(&title);
    if (!points || !figure.title) {
        free(points);
        clt_figure_free(&figure);
        return no_memory();
    }
    fill(points, curve);
    snprintf(suggested, sizeof suggested, "suggested: %.2g to %.2g", curve->min, curve->max);
    const struct clt_series series[N_SERIES] = {
        [BATCHES] = {.label = "each batch", .colour = "c5", .points = points, .n_points = n},
        [SMOOTHED] = {.label = "smoothed",
                      .colour = "c0",
                      .strong = true,
                      .points = points + n,
                      .n_points = n},
        [SUGGESTED] = {.label = suggested,
                       .colour = "c1",
                       .dashed = true,
                       .points = points + 2 * n,
                       .n_points = 5}};
    const struct clt_chart chart = {.x_title = "learning rate",
                                    .y_title = "loss",
                                    .logarithmic_x = true,
                                    .series = series,
                                    .n_series = isnan(curve->max) ? SUGGESTED : N_SERIES};
    clt_chart_draw(&figure, &chart);
    free(points);
    return clt_figures_add(figures, &figure);
}

static void add_text(struct clt_text *out, const struct clt_lr_range *range)
{
    const struct clt_lr_curve *first = &range->curves[0];
    clt_page_add(out, "h1", "", range->config->name);
    clt_page_add(out, "p", "quiet", range->device);
    clt_text_add(
        out,
        "<p>Learning-rate range test (Smith, WACV 2017): from the initial weights the rate "
        "grows from %g to %g, by the same factor at each of %zu updates, until the "
        "smoothed loss is beyond 4 times its lowest. Suggested as <code>min</code> of a "
        "cycle is the rate from which on a tenth of the smoothed loss's fall is done, as "
        "<code>max</code> half the rate at which it is lowest.</p>\n",
        range->low, range->high, (size_t)range->updates);
    if (range->config->members == 1 && !isnan(first->max))
        clt_text_add(out,
                     "<ul class=\"facts\">\n<li class=\"big\"><span class=\"quiet\">min</span>"
                     "<b>%.2g</b></li>\n<li class=\"big\"><span class=\"quiet\">max</span>"
                     "<b>%.2g</b></li>\n</ul>\n",
                     first->min, first->max);
}

enum clt_status clt_lr_range_page_write(const char *path, const struct clt_lr_range *range)
{
    enum clt_status st = CLT_OK;
    struct clt_figures figures = {0};
    struct clt_text text = {0};
    char *html = NULL;
    for (size_t p = 0; p < range->config->members && p < MOST_CURVES; p++)
        TRY(add_curve(&figures, range, p));
    clt_page_begin(&text, range->config->name);
    clt_text_add(&text, "<header>\n");
    add_text(&text, range);
    clt_text_add(&text, "</header>\n");
    clt_page_add_figures(&text, "Range test", "figures", &figures);
    clt_page_end(&text);
    html = clt_text_take(&text);
    st = html ? clt_file_replace(path, html, strlen(html)) : no_memory();
done:
    clt_figures_free(&figures);
    clt_text_free(&text);
    free(html);
    return st;
}
