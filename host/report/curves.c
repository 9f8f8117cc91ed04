#include "curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric_chart.h"
#include "schedule.h"

#define MAX_CATEGORIES 7         /* colours c0.. of figure.css */
#define ORDERED        12        /* colours r0.. */
#define MAX_LINES      200       /* of a figure; more members are drawn in part */
#define MAX_ENTRIES    (size_t)6 /* of a legend for members in order */
#define MAX_POINTS     6000      /* of a figure, so that a page stays small */
#define BEST_COLOUR    "c1"      /* among many in order, which have colours r0.. */
#define RATE_POINTS    401

/* A network whose curves are drawn. */
struct line {
    const struct clt_saved_run *run;
    size_t member;
    double order; /* value of the first varied key */
    char *label;  /* NULL: not in the legend */
    const char *colour;
    bool strong, pale;
};

struct lines {
    struct line *line;
    size_t count;
    bool both;           /* training beside validation */
    bool left_out;       /* of update 0 */
    bool validation;     /* there is a validation part */
    const char *heading; /* of the legend; NULL: none */
};

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) free(lines->line[i].label);
    free(lines->line);
}

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the curves");
}

/* ---- which lines ---- */

static int by_order(const void *a, const void *b)
{
    const struct line *left = a, *right = b;
    if (left->order != right->order) return left->order < right->order ? -1 : 1;
    return left->member < right->member ? -1 : left->member > right->member;
}

/* The value a member is sorted by; its number where the values are no numbers. */
static double order_of(const struct clt_saved_run *run, size_t member)
{
    if (run->n_keys == 0) return (double)member;
    const char *text = run->values[member * run->n_keys];
    char *end;
    const double value = strtod(text, &end);
    return *text && !*end && isfinite(value) ? value : (double)member;
}

static char *values_label(const struct clt_saved_run *run, size_t member, bool best)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < run->n_keys; key++)
        clt_text_add(&text, "%s%s", key ? ", " : "", run->values[member * run->n_keys + key]);
    if (run->n_keys == 0) clt_text_add(&text, "member %zu", member);
    if (best) clt_text_add(&text, " (best)");
    return clt_text_take(&text);
}

/* Classes of figure.css: for a few lines, and for many in order. */
static const char *choose_colour(size_t index, size_t count)
{
    static const char *const categories[MAX_CATEGORIES] = {"c0", "c1", "c2", "c3",
                                                           "c4", "c5", "c6"};
    static const char *const order[] = {"r0", "r1", "r2", "r3", "r4",  "r5",
                                        "r6", "r7", "r8", "r9", "r10", "r11"};
    const size_t last = sizeof order / sizeof *order - 1;
    return count <= MAX_CATEGORIES ? categories[index] : order[index * last / (count - 1)];
}

/* Few lines are all in the legend, of many some between the lowest and the highest. */
static bool is_labelled(size_t index, size_t count)
{
    if (count <= 2 * MAX_ENTRIES) return true;
    for (size_t entry = 0; entry < MAX_ENTRIES; entry++)
        if (index == entry * (count - 1) / (MAX_ENTRIES - 1)) return true;
    return false;
}

static bool has_validation(const struct clt_saved_run *run)
{
    return run->n_rows > 0 && run->rows[0].validation.made;
}

static enum clt_status choose_members(struct lines *out, const struct clt_saved_run *run)
{
    const size_t stride = (run->members + MAX_LINES - 1) / MAX_LINES;
    out->line = calloc(run->members / stride + 2, sizeof *out->line);
    if (!out->line) return no_memory();
    for (size_t member = 0; member < run->members; member++)
        if (member % stride == 0 || member == run->best)
            out->line[out->count++] =
                (struct line){.run = run, .member = member, .order = order_of(run, member)};
    qsort(out->line, out->count, sizeof *out->line, by_order);
    for (size_t i = 0; i < out->count; i++) {
        struct line *line = &out->line[i];
        line->colour = choose_colour(i, out->count);
        line->strong = out->count > 1 && line->member == run->best;
        line->pale = out->count > MAX_CATEGORIES && !line->strong;
        if (out->count > MAX_CATEGORIES && line->strong) line->colour = BEST_COLOUR;
        if (out->count == 1 || !(line->strong || is_labelled(i, out->count))) continue;
        line->label = values_label(run, line->member, line->strong);
        if (!line->label) return no_memory();
    }
    out->validation = has_validation(run);
    out->both = out->validation && out->count <= MAX_CATEGORIES;
    return CLT_OK;
}

static bool name_is_unique(struct clt_saved_run *const *runs, size_t n_runs, size_t index)
{
    for (size_t i = 0; i < n_runs; i++)
        if (i != index && strcmp(runs[i]->name, runs[index]->name) == 0) return false;
    return true;
}

static enum clt_status choose_runs(struct lines *out, struct clt_saved_run *const *runs,
                                   size_t n_runs)
{
    out->line = calloc(n_runs, sizeof *out->line);
    if (!out->line) return no_memory();
    out->validation = true;
    for (size_t i = 0; i < n_runs; i++) {
        const bool unique = name_is_unique(runs, n_runs, i);
        struct line *line = &out->line[out->count++];
        *line = (struct line){.run = runs[i], .member = runs[i]->best};
        line->label = strdup(unique ? runs[i]->name : runs[i]->folder);
        if (!line->label) return no_memory();
        line->colour = choose_colour(i, n_runs);
        if (!has_validation(runs[i])) out->validation = false;
    }
    out->both = out->validation && out->count <= MAX_CATEGORIES;
    return CLT_OK;
}

/* ---- their points ---- */

/* What a figure's series point into. */
struct drawing {
    struct clt_series *series;
    struct clt_point *points;
    size_t n_series, n_points;
};

static void drawing_free(struct drawing *drawing)
{
    free(drawing->series);
    free(drawing->points);
}

static size_t count_rows(const struct line *line)
{
    size_t n = 0;
    for (size_t i = 0; i < line->run->n_rows; i++) n += line->run->rows[i].member == line->member;
    return n;
}

static enum clt_status drawing_create(struct drawing *out, const struct lines *lines)
{
    size_t rows = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const size_t n = count_rows(&lines->line[i]);
        rows += n > RATE_POINTS ? n : RATE_POINTS;
    }
    *out = (struct drawing){.series = calloc(2 * lines->count + 1, sizeof *out->series),
                            .points = calloc(2 * rows + 1, sizeof *out->points)};
    return out->series && out->points ? CLT_OK : no_memory();
}

static struct clt_series *new_series(struct drawing *drawing, const struct line *line)
{
    struct clt_series *series = &drawing->series[drawing->n_series++];
    *series = (struct clt_series){.label = line->label,
                                  .colour = line->colour,
                                  .strong = line->strong,
                                  .pale = line->pale,
                                  .points = drawing->points + drawing->n_points};
    return series;
}

static void add_point(struct drawing *drawing, struct clt_series *series, double x, double y)
{
    drawing->points[drawing->n_points++] = (struct clt_point){x, y};
    series->n_points++;
}

/* Of very many rows every so many are drawn, and the last. */
static void draw_metric(struct drawing *drawing, const struct lines *lines, const struct line *line,
                        const struct clt_metric *metric, bool training)
{
    const size_t n_rows = count_rows(line), share = MAX_POINTS / lines->count + 1;
    const size_t stride = (n_rows + share - 1) / share;
    struct clt_series *series = new_series(drawing, line);
    size_t row = 0;
    for (size_t i = 0; i < line->run->n_rows; i++) {
        const struct clt_metrics_row *from = &line->run->rows[i];
        if (from->member != line->member) continue;
        const struct clt_measure *measure = training ? &from->train : &from->validation;
        if (row % stride == 0 || row + 1 == n_rows)
            add_point(drawing, series, (double)from->update,
                      measure->made && !(row == 0 && lines->left_out) ? metric->value(measure)
                                                                      : NAN);
        row++;
    }
}

/* The updates of an epoch that all lines share; 0 where they do not. */
static double shared_epoch(const struct lines *lines)
{
    const double first = clt_updates_per_epoch(lines->line[0].run);
    for (size_t i = 1; i < lines->count; i++)
        if (fabs(clt_updates_per_epoch(lines->line[i].run) - first) > 1e-6 * first) return 0;
    return first;
}

/* A network's validation and training: of one network alone the two are told apart by colour too.
 */
static void name_pair(struct clt_series pair[2], bool alone)
{
    pair[1].label = alone ? "training" : NULL;
    pair[1].strong = false;
    if (!alone) return;
    pair[0].label = "validation";
    pair[0].colour = "c1";
}

/* What a figure shows of each network. */
enum part { BOTH, VALIDATION, TRAINING };

static const char *part_note(enum part part, size_t count)
{
    if (part == BOTH) return count > 1 ? "solid: validation, dashed: training" : NULL;
    return part == VALIDATION ? "on the validation part" : "on the training part";
}

static enum clt_status add_metric(struct clt_figures *figures, const struct lines *lines,
                                  const struct clt_metric *metric, enum part part,
                                  const struct clt_curve_figure *figure)
{
    struct drawing drawing;
    enum clt_status st = drawing_create(&drawing, lines);
    for (size_t i = 0; i < lines->count && st == CLT_OK; i++) {
        const struct line *line = &lines->line[i];
        draw_metric(&drawing, lines, line, metric, part == TRAINING);
        if (part != BOTH) continue;
        draw_metric(&drawing, lines, line, metric, true);
        drawing.series[drawing.n_series - 1].dashed = true;
        name_pair(&drawing.series[drawing.n_series - 2], lines->count == 1);
    }
    if (st == CLT_OK) {
        struct clt_chart chart = {.heading = lines->heading,
                                  .note = part_note(part, lines->count),
                                  .series = drawing.series,
                                  .n_series = drawing.n_series};
        st = clt_metric_figure_add(figures, &chart, metric, figure);
    }
    drawing_free(&drawing);
    return st;
}

/* Of few networks both parts are in one figure, of many each has its own. */
static enum clt_status add_metric_figures(struct clt_figures *figures, const struct lines *lines,
                                          const struct clt_metric *metric)
{
    enum clt_status st = CLT_OK;
    const char *caption = lines->left_out ? "Update 0, the untrained network, is left out." : NULL;
    const double epoch = shared_epoch(lines);
    const enum part part = lines->both ? BOTH : lines->validation ? VALIDATION : TRAINING;
    const struct clt_curve_figure first = {metric->name, metric->title, caption, epoch};
    const struct clt_curve_figure second = {metric->training_name, metric->training_title, caption,
                                            epoch};
    TRY(add_metric(figures, lines, metric, part, &first));
    if (part == VALIDATION) TRY(add_metric(figures, lines, metric, TRAINING, &second));
done:
    return st;
}

/* From the schedule itself: report points may be too far apart to show it. */
static enum clt_status draw_rate(struct drawing *drawing, const struct line *line)
{
    enum clt_status st = CLT_OK;
    struct clt_config *member = NULL;
    struct clt_series *series = new_series(drawing, line);
    const uint64_t updates = line->run->updates;
    TRY(clt_config_member(&member, line->run->config, line->member));
    for (size_t i = 0; i < RATE_POINTS; i++) {
        const uint64_t update = (uint64_t)((double)updates * (double)i / (RATE_POINTS - 1));
        add_point(
            drawing, series, (double)update,
            clt_learning_rate(&member->train.learning_rate, line->run->total_updates, update));
    }
done:
    clt_config_free(member);
    return st;
}

static bool same_points(const struct clt_series *a, const struct clt_series *b)
{
    return a->n_points == b->n_points &&
           memcmp(a->points, b->points, a->n_points * sizeof *a->points) == 0;
}

/* One line where all are the same. */
static void merge_rates(struct drawing *drawing)
{
    for (size_t i = 1; i < drawing->n_series; i++)
        if (!same_points(&drawing->series[0], &drawing->series[i])) return;
    drawing->n_series = 1;
    drawing->series[0].label = NULL;
    drawing->series[0].strong = false;
    drawing->series[0].pale = false;
    drawing->series[0].colour = "c6";
}

static enum clt_status add_rates(struct clt_figures *figures, const struct lines *lines)
{
    enum clt_status st = CLT_OK;
    struct drawing drawing;
    TRY(drawing_create(&drawing, lines));
    for (size_t i = 0; i < lines->count; i++) TRY(draw_rate(&drawing, &lines->line[i]));
    merge_rates(&drawing);
    struct clt_chart chart = {.y_title = "learning rate",
                              .heading = drawing.n_series > 1 ? lines->heading : NULL,
                              .series = drawing.series,
                              .n_series = drawing.n_series};
    const struct clt_curve_figure figure = {"learning-rate", "Learning rate", NULL,
                                            shared_epoch(lines)};
    st = clt_curve_figure_add(figures, &chart, &figure);
done:
    drawing_free(&drawing);
    return st;
}

static enum clt_status add_all(struct clt_figures *figures, struct lines *lines)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < lines->count; i++)
        if (count_rows(&lines->line[i]) > CLT_LEAVE_OUT) lines->left_out = true;
    for (size_t i = 0; i < CLT_N_METRICS; i++)
        TRY(add_metric_figures(figures, lines, &clt_metrics[i]));
    TRY(add_rates(figures, lines));
done:
    return st;
}

/* "train.l2, seed": what the entries of a population's legend are values of. */
static char *join_keys(const struct clt_saved_run *run)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < run->n_keys; key++)
        clt_text_add(&text, "%s%s", key ? ", " : "", run->keys[key]);
    return clt_text_take(&text);
}

enum clt_status clt_curves_add(struct clt_figures *figures, const struct clt_saved_run *run)
{
    enum clt_status st = CLT_OK;
    struct lines lines = {0};
    char *heading = join_keys(run);
    if (!heading) return no_memory();
    TRY(choose_members(&lines, run));
    if (*heading) lines.heading = heading;
    TRY(add_all(figures, &lines));
done:
    lines_free(&lines);
    free(heading);
    return st;
}

enum clt_status clt_curves_compare(struct clt_figures *figures, struct clt_saved_run *const *runs,
                                   size_t n_runs)
{
    enum clt_status st = CLT_OK;
    struct lines lines = {0};
    TRY(choose_runs(&lines, runs, n_runs));
    TRY(add_all(figures, &lines));
done:
    lines_free(&lines);
    return st;
}
