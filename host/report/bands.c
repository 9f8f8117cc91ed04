#include "bands.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CATEGORIES 7   /* colours c0.. of figure.css */
#define MAX_EACH       30  /* single networks beside their mean */
#define MAX_POINTS     200 /* of a line; of more, every so many are drawn */

static const char *const colours[MAX_CATEGORIES] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6"};

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the curves");
}

/* ---- lines, with what they point into ---- */

struct lines {
    struct clt_series *series;
    struct clt_point **points; /* [count] each series' */
    double **spreads;          /* [count] */
    char **labels;             /* [count] */
    size_t count, capacity;
};

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->points[i]);
        free(lines->spreads[i]);
        free(lines->labels[i]);
    }
    free(lines->series);
    free(lines->points);
    free(lines->spreads);
    free(lines->labels);
}

static enum clt_status lines_create(struct lines *out, size_t capacity)
{
    *out = (struct lines){.series = calloc(capacity, sizeof *out->series),
                          .points = calloc(capacity, sizeof *out->points),
                          .spreads = calloc(capacity, sizeof *out->spreads),
                          .labels = calloc(capacity, sizeof *out->labels),
                          .capacity = capacity};
    return out->series && out->points && out->spreads && out->labels ? CLT_OK : no_memory();
}

/* A further series with room for `n` points; `label` may be NULL. */
static enum clt_status add_line(struct clt_series **out, struct lines *lines, const char *label,
                                size_t n)
{
    assert(lines->count < lines->capacity);
    const size_t i = lines->count++;
    lines->points[i] = calloc(n + 1, sizeof **lines->points);
    lines->spreads[i] = calloc(n + 1, sizeof **lines->spreads);
    lines->labels[i] = label ? strdup(label) : NULL;
    if (!lines->points[i] || !lines->spreads[i] || (label && !lines->labels[i])) return no_memory();
    lines->series[i] = (struct clt_series){.label = lines->labels[i], .points = lines->points[i]};
    *out = &lines->series[i];
    return CLT_OK;
}

/* ---- the values of a setting ---- */

/* One network at one report point. */
struct sample {
    uint64_t update;
    double value;
};

static int by_update(const void *a, const void *b)
{
    const struct sample *left = a, *right = b;
    return (left->update > right->update) - (left->update < right->update);
}

/* Which networks and what of them. */
struct source {
    const struct clt_repeats *repeats;
    const struct clt_metric *metric;
    size_t setting;
    bool training;
};

static size_t take_samples(struct sample *out, const struct source *source, size_t member)
{
    const struct clt_repeats *repeats = source->repeats;
    size_t n = 0;
    for (size_t i = 0; i < repeats->run->n_rows; i++) {
        const struct clt_metrics_row *row = &repeats->run->rows[i];
        const struct clt_measure *measure = source->training ? &row->train : &row->validation;
        const bool wanted = member < repeats->run->members
                                ? row->member == member
                                : repeats->setting[row->member] == source->setting;
        if (wanted)
            out[n++] =
                (struct sample){row->update, measure->made ? source->metric->value(measure) : NAN};
    }
    qsort(out, n, sizeof *out, by_update);
    return n;
}

/* The samples of each update as one point: their mean, and their deviation as its spread. */
static size_t summarize(struct clt_point *points, double *spreads, const struct sample *samples,
                        size_t n_samples, double *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < n_samples;) {
        const uint64_t update = samples[i].update;
        size_t here = 0;
        for (; i < n_samples && samples[i].update == update; i++)
            scratch[here++] = samples[i].value;
        const struct clt_summary summary = clt_summarize(scratch, here);
        points[n] = (struct clt_point){(double)update, summary.mean};
        spreads[n++] = summary.deviation;
    }
    return n;
}

/* Leaves every `stride`-th point and the last. */
static size_t thin_out(struct clt_point *points, double *spreads, size_t n)
{
    const size_t stride = (n + MAX_POINTS - 1) / MAX_POINTS;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % stride != 0 && i + 1 != n) continue;
        points[kept] = points[i];
        spreads[kept++] = spreads[i];
    }
    return kept;
}

/* A line of `member`, or where that is no member, of the setting's mean. */
static enum clt_status draw(struct clt_series **out, struct lines *lines,
                            const struct source *source, size_t member, const char *label)
{
    enum clt_status st = CLT_OK;
    const size_t n_rows = source->repeats->run->n_rows;
    struct sample *samples = calloc(n_rows + 1, sizeof *samples);
    double *scratch = calloc(n_rows + 1, sizeof *scratch);
    if (!samples || !scratch) TRY(no_memory());
    TRY(add_line(out, lines, label, n_rows));
    const size_t i = lines->count - 1, n_samples = take_samples(samples, source, member);
    size_t n = summarize(lines->points[i], lines->spreads[i], samples, n_samples, scratch);
    if (n > CLT_LEAVE_OUT) lines->points[i][0].y = NAN;
    (*out)->n_points = thin_out(lines->points[i], lines->spreads[i], n);
    if (member >= source->repeats->run->members) (*out)->spread = lines->spreads[i];
done:
    free(samples);
    free(scratch);
    return st;
}

/* ---- one setting ---- */

static bool has_validation(const struct clt_saved_run *run)
{
    return run->n_rows > 0 && run->rows[0].validation.made;
}

/* Validation and training of a setting: each network, and the mean with its band. */
static enum clt_status draw_setting(struct lines *out, struct source source)
{
    enum clt_status st = CLT_OK;
    const struct clt_repeats *repeats = source.repeats;
    const size_t members = repeats->run->members;
    const bool validation = has_validation(repeats->run);
    struct clt_series *series;
    for (int training = 0; training < 2; training++) {
        size_t each = 0;
        if (!training && !validation) continue;
        source.training = training;
        TRY(draw(&series, out, &source, members, training ? "training" : "validation"));
        series->colour = training ? "c0" : "c1";
        series->dashed = training && validation;
        for (size_t member = 0; member < members && each < MAX_EACH; member++) {
            if (repeats->setting[member] != source.setting) continue;
            TRY(draw(&series, out, &source, member, NULL));
            series->colour = training ? "c0" : "c1";
            series->pale = true;
            each++;
        }
    }
done:
    return st;
}

#define SETTING_LINES (2 * ((size_t)MAX_EACH + 1))
#define SETTING_CAPTION                                                                            \
    "Mean over seeds, with a band of one standard deviation to both sides; pale: each network."

/* ---- several settings ---- */

/* As many as have colours, spread evenly, with the best in place of its neighbour. out
 * [MAX_CATEGORIES]; returns their number. */
static size_t choose(size_t *out, const struct clt_repeats *repeats)
{
    const size_t last = repeats->count - 1, best = clt_repeats_best(repeats);
    const size_t n = repeats->count < MAX_CATEGORIES ? repeats->count : MAX_CATEGORIES;
    size_t nearest = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = i * last / (n - 1);
        const size_t here = out[i] > best ? out[i] - best : best - out[i];
        const size_t there = out[nearest] > best ? out[nearest] - best : best - out[nearest];
        if (here < there) nearest = i;
    }
    out[nearest] = best;
    return n;
}

/* "0.001 (best)" */
static char *setting_label(const struct clt_repeats *repeats, size_t setting, bool best)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < repeats->n_keys; key++)
        clt_text_add(&text, "%s%s", key ? ", " : "", clt_repeats_value(repeats, setting, key));
    if (best) clt_text_add(&text, " (best)");
    return clt_text_take(&text);
}

static enum clt_status draw_settings(struct lines *out, struct source source)
{
    enum clt_status st = CLT_OK;
    size_t chosen[MAX_CATEGORIES];
    const size_t n = choose(chosen, source.repeats), best = clt_repeats_best(source.repeats);
    char *label = NULL;
    source.training = !has_validation(source.repeats->run);
    for (size_t i = 0; i < n; i++) {
        struct clt_series *series;
        source.setting = chosen[i];
        label = setting_label(source.repeats, source.setting, chosen[i] == best);
        if (!label) TRY(no_memory());
        TRY(draw(&series, out, &source, source.repeats->run->members, label));
        series->colour = colours[i];
        series->strong = chosen[i] == best;
        free(label);
        label = NULL;
    }
done:
    free(label);
    return st;
}

static void write_caption(char caption[240], size_t settings)
{
    const char *const what = "Mean over seeds, with a band of one standard deviation to both "
                             "sides. Best: the setting of "
                             "highest mean validation accuracy.";
    if (settings > MAX_CATEGORIES)
        snprintf(caption, 240, "%s %d of %zu settings.", what, MAX_CATEGORIES, settings);
    else
        snprintf(caption, 240, "%s", what);
}

/* ---- figures ---- */

static char *heading_of(const struct clt_repeats *repeats)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < repeats->n_keys; key++)
        clt_text_add(&text, "%s%s", key ? ", " : "", repeats->run->keys[repeats->keys[key]]);
    return clt_text_take(&text);
}

static enum clt_status add_metric(struct clt_figures *figures, const struct clt_repeats *repeats,
                                  const struct clt_metric *metric, const char *heading)
{
    enum clt_status st = CLT_OK;
    struct lines lines = {0};
    const struct source source = {.repeats = repeats, .metric = metric};
    char caption[240] = SETTING_CAPTION;
    const bool one = repeats->count == 1;
    TRY(lines_create(&lines, SETTING_LINES));
    if (one)
        TRY(draw_setting(&lines, source));
    else
        TRY(draw_settings(&lines, source));
    if (!one) write_caption(caption, repeats->count);
    struct clt_chart chart = {.series = lines.series, .n_series = lines.count};
    if (!one) chart.heading = heading;
    if (!one)
        chart.note =
            has_validation(repeats->run) ? "on the validation part" : "on the training part";
    const struct clt_curve_figure about = {metric->mean_name, metric->mean_title, caption,
                                           clt_updates_per_epoch(repeats->run)};
    st = clt_metric_figure_add(figures, &chart, metric, &about);
done:
    lines_free(&lines);
    return st;
}

enum clt_status clt_bands_add(struct clt_figures *figures, const struct clt_repeats *repeats)
{
    enum clt_status st = CLT_OK;
    char *heading = NULL;
    if (!clt_repeats_exist(repeats)) return CLT_OK;
    heading = heading_of(repeats);
    if (!heading) return no_memory();
    for (size_t i = 0; i < CLT_N_METRICS; i++)
        TRY(add_metric(figures, repeats, &clt_metrics[i], heading));
done:
    free(heading);
    return st;
}

/* The range that holds both. */
static struct clt_interval join(struct clt_interval a, struct clt_interval b)
{
    return (struct clt_interval){fmin(a.low, b.low), fmax(a.high, b.high)};
}

enum clt_status clt_bands_compare(struct clt_figures *figures,
                                  const struct clt_band_panel panels[2],
                                  const struct clt_metric *metric)
{
    enum clt_status st = CLT_OK;
    struct lines lines[2] = {{0}, {0}};
    struct clt_chart charts[2];
    struct clt_interval x[2], y[2];
    for (size_t i = 0; i < 2; i++) {
        const struct source source = {.repeats = panels[i].repeats,
                                      .metric = metric,
                                      .setting = clt_repeats_best(panels[i].repeats)};
        TRY(lines_create(&lines[i], SETTING_LINES));
        TRY(draw_setting(&lines[i], source));
        charts[i] = (struct clt_chart){.series = lines[i].series, .n_series = lines[i].count};
        clt_chart_ranges(&x[i], &y[i], &charts[i]);
    }
    x[0] = join(x[0], x[1]);
    y[0] = join(y[0], y[1]);
    for (size_t i = 0; i < 2; i++) {
        charts[i].x_range = &x[0];
        charts[i].y_range = &y[0];
        TRY(clt_metric_figure_add(figures, &charts[i], metric, &panels[i].about));
    }
done:
    lines_free(&lines[0]);
    lines_free(&lines[1]);
    return st;
}
