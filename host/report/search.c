#include "search.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

#define MIN_VALUES 3
#define WIDE_SPAN  30 /* from the lowest to the highest value: a logarithmic axis */

struct span {
    double low, high;
    size_t values; /* different from the one before */
};

static bool read_value(double *out, const char *text)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && isfinite(*out);
}

/* False where there is no single number that the members differ in. */
static bool find_span(struct span *out, const struct clt_saved_run *run)
{
    double last = NAN;
    *out = (struct span){INFINITY, -INFINITY, 0};
    if (run->n_keys != 1) return false;
    for (size_t member = 0; member < run->members; member++) {
        double value;
        if (!read_value(&value, run->values[member])) return false;
        out->values += value != last;
        out->low = fmin(out->low, value);
        out->high = fmax(out->high, value);
        last = value;
    }
    return out->values >= MIN_VALUES;
}

static double percent(const struct clt_measure *measure)
{
    return measure->made ? 100 * measure->accuracy : NAN;
}

/* points [2][members]: validation, test */
static void fill(struct clt_point *points, const struct clt_saved_run *run)
{
    for (size_t member = 0; member < run->members; member++) {
        const struct clt_member_result *result = &run->results[member];
        double value = NAN;
        read_value(&value, run->values[member]);
        points[member] = (struct clt_point){value, percent(&result->validation)};
        points[run->members + member] = (struct clt_point){value, percent(&result->test)};
    }
}

enum clt_status clt_search_add(struct clt_figures *figures, const struct clt_saved_run *run)
{
    struct clt_figure figure = {.name = "search"};
    struct span span;
    if (!find_span(&span, run)) return CLT_OK;
    struct clt_point *points = calloc(2 * run->members, sizeof *points);
    figure.title = strdup("Accuracy by value");
    figure.caption = strdup("Of each member at the end of training. Those that diverged are left "
                            "out.");
    if (!points || !figure.title || !figure.caption) {
        free(points);
        clt_figure_free(&figure);
        return clt_fail(CLT_E_NOMEM, "no memory for a figure");
    }
    fill(points, run);
    const struct clt_series series[] = {{.label = "validation",
                                         .colour = "c1",
                                         .dots = true,
                                         .points = points,
                                         .n_points = run->members},
                                        {.label = "test",
                                         .colour = "c2",
                                         .dots = true,
                                         .points = points + run->members,
                                         .n_points = run->members}};
    const struct clt_chart chart = {.x_title = run->keys[0],
                                    .y_title = "accuracy (%)",
                                    .logarithmic_x =
                                        span.low > 0 && span.high > WIDE_SPAN * span.low,
                                    .series = series,
                                    .n_series = 2};
    clt_chart_draw(&figure, &chart);
    free(points);
    return clt_figures_add(figures, &figure);
}
