#include "search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "heat_map.h"
#include "values.h"

#define MIN_VALUES 3
#define CROWDED    60   /* values: from so many on dots are small */
#define MARGIN     0.03 /* of the span of values */

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for a figure");
}

/* ---- one key ---- */

/* What the series point into, each [settings] by rising value but for `each` [members]. */
struct search {
    const struct clt_repeats *repeats;
    const struct clt_values *values;
    enum clt_scale scale;
    struct clt_point *validation, *test, *each, *published;
    double *spread; /* of validation */
    size_t n_published;
};

static void search_free(struct search *search)
{
    free(search->validation);
    free(search->test);
    free(search->each);
    free(search->published);
    free(search->spread);
}

static double x_of(const struct search *search, size_t setting)
{
    const size_t place = search->values->place[setting];
    double number;
    if (search->scale == CLT_SCALE_NAMES) return (double)place;
    clt_value_number(&number, search->values->text[place]);
    return number;
}

/* On an axis of names a published figure stands where its value is one of them; NaN elsewhere. */
static double x_of_published(const struct search *search, double value)
{
    if (search->scale != CLT_SCALE_NAMES) return value;
    for (size_t i = 0; i < search->values->count; i++) {
        double number;
        if (clt_value_number(&number, search->values->text[i]) && number == value) return (double)i;
    }
    return NAN;
}

static enum clt_status search_create(struct search *out, const struct clt_repeats *repeats,
                                     const struct clt_values *values)
{
    const size_t n = repeats->count, n_published = repeats->run->n_published;
    *out = (struct search){.repeats = repeats,
                           .values = values,
                           .scale = clt_values_scale(values),
                           .validation = calloc(n, sizeof *out->validation),
                           .test = calloc(n, sizeof *out->test),
                           .each = calloc(repeats->run->members, sizeof *out->each),
                           .published = calloc(n_published + 1, sizeof *out->published),
                           .spread = calloc(n, sizeof *out->spread),
                           .n_published = n_published};
    const bool whole = out->validation && out->test && out->each && out->published && out->spread;
    return whole ? CLT_OK : no_memory();
}

/* With one key a setting is a value, so places are numbers of points. */
static void fill(struct search *search)
{
    const struct clt_saved_run *run = search->repeats->run;
    for (size_t setting = 0; setting < search->repeats->count; setting++) {
        const size_t place = search->values->place[setting];
        const struct clt_summary validation =
            clt_repeats_summary(search->repeats, setting, CLT_SPLIT_VALIDATION);
        const struct clt_summary test =
            clt_repeats_summary(search->repeats, setting, CLT_SPLIT_TEST);
        const double x = x_of(search, setting);
        search->validation[place] = (struct clt_point){x, 100 * validation.mean};
        search->spread[place] = 100 * validation.deviation;
        search->test[place] = (struct clt_point){x, 100 * test.mean};
    }
    for (size_t member = 0; member < run->members; member++)
        search->each[member] = (struct clt_point){
            x_of(search, search->repeats->setting[member]),
            100 * clt_result_accuracy(&run->results[member], CLT_SPLIT_VALIDATION)};
    for (size_t i = 0; i < run->n_published; i++)
        search->published[i] = (struct clt_point){x_of_published(search, run->published[i].value),
                                                  100 * run->published[i].metric};
}

/* A little wider than the values, so that no mark stands on the axis. */
static struct clt_interval x_range(const struct search *search)
{
    struct clt_interval range = {search->values->low, search->values->high};
    for (size_t i = 0; i < search->n_published; i++) {
        const double x = search->published[i].x;
        if (!(x > 0) && search->scale == CLT_SCALE_LOGARITHMIC) continue;
        range.low = fmin(range.low, x);
        range.high = fmax(range.high, x);
    }
    if (search->scale == CLT_SCALE_LOGARITHMIC) {
        const double margin = pow(range.high / range.low, MARGIN);
        return (struct clt_interval){range.low / margin, range.high * margin};
    }
    const double margin = MARGIN * (range.high - range.low);
    return (struct clt_interval){range.low - margin, range.high + margin};
}

#define N_SERIES 5

static void set_series(struct clt_series out[N_SERIES], const struct search *search)
{
    const struct clt_saved_run *run = search->repeats->run;
    const bool repeated = clt_repeats_exist(search->repeats);
    const size_t n = search->repeats->count;
    const bool crowded = n > CROWDED;
    const struct clt_series series[N_SERIES] = {
        {.colour = "c1",
         .pale = true,
         .points = search->validation,
         .n_points = search->values->numbers ? n : 0},
        {.label = repeated ? "each network, validation" : NULL,
         .colour = "c1",
         .mark = CLT_MARK_DOT,
         .pale = true,
         .points = search->each,
         .n_points = repeated ? run->members : 0},
        {.label = repeated ? "mean, validation" : "validation",
         .colour = "c1",
         .mark = CLT_MARK_DOT,
         .pale = crowded,
         .points = search->validation,
         .spread = repeated ? search->spread : NULL,
         .n_points = n},
        {.label = repeated ? "mean, test" : "test",
         .colour = "c2",
         .mark = CLT_MARK_DOT,
         .pale = crowded,
         .points = search->test,
         .n_points = n},
        {.label = search->n_published ? "published" : NULL,
         .colour = "c6",
         .mark = CLT_MARK_DIAMOND,
         .strong = true,
         .points = search->published,
         .n_points = search->n_published}};
    memcpy(out, series, sizeof series);
}

static void draw_search(struct clt_figure *figure, const struct search *search)
{
    const struct clt_saved_run *run = search->repeats->run;
    struct clt_series series[N_SERIES];
    set_series(series, search);
    const bool names = search->scale == CLT_SCALE_NAMES;
    const struct clt_interval range = x_range(search);
    const struct clt_chart chart = {.x_title = run->keys[search->repeats->keys[0]],
                                    .y_title = "accuracy (%)",
                                    .logarithmic_x = search->scale == CLT_SCALE_LOGARITHMIC,
                                    .x_range = &range,
                                    .x_names = names ? search->values->text : NULL,
                                    .n_names = names ? search->values->count : 0,
                                    .series = series,
                                    .n_series = N_SERIES};
    clt_chart_draw(figure, &chart);
}

/* Takes over what `figure` owns. */
static enum clt_status add_search(struct clt_figures *figures, const struct clt_repeats *repeats)
{
    enum clt_status st = CLT_OK;
    struct clt_figure figure = {.name = "search"};
    struct clt_values values = {0};
    struct search search = {0};
    TRY(clt_values_find(&values, repeats, 0));
    if (values.count < MIN_VALUES) goto done;
    TRY(search_create(&search, repeats, &values));
    fill(&search);
    draw_search(&figure, &search);
    st = clt_figures_add_titled(
        figures, &figure, "Accuracy by value",
        clt_repeats_exist(repeats)
            ? "At the end of training. Bars: one standard deviation over seeds, to both sides. "
              "Members that diverged are left out."
            : "Of each member at the end of training. Those that diverged are left out.");
done:
    search_free(&search);
    clt_values_free(&values);
    return st;
}

/* ---- two keys ---- */

static void fill_map(double *cells, const struct clt_repeats *repeats,
                     const struct clt_values *across, const struct clt_values *down)
{
    for (size_t i = 0; i < across->count * down->count; i++) cells[i] = NAN;
    for (size_t setting = 0; setting < repeats->count; setting++)
        cells[down->place[setting] * across->count + across->place[setting]] =
            100 * clt_repeats_summary(repeats, setting, CLT_SPLIT_VALIDATION).mean;
}

/* The key with more values goes across. */
static enum clt_status add_map(struct clt_figures *figures, const struct clt_repeats *repeats)
{
    enum clt_status st = CLT_OK;
    struct clt_figure figure = {.name = "search"};
    struct clt_values values[2] = {0};
    double *cells = NULL;
    char caption[240];
    TRY(clt_values_find(&values[0], repeats, 0));
    TRY(clt_values_find(&values[1], repeats, 1));
    const size_t x = values[1].count >= values[0].count ? 1 : 0, y = 1 - x;
    if (values[x].count < 2 || values[y].count < 2) goto done;
    cells = calloc(values[x].count * values[y].count, sizeof *cells);
    if (!cells) TRY(no_memory());
    fill_map(cells, repeats, &values[x], &values[y]);
    const struct clt_heat_map map = {
        .cells = cells,
        .columns = {repeats->run->keys[repeats->keys[x]], values[x].text, values[x].count},
        .rows = {repeats->run->keys[repeats->keys[y]], values[y].text, values[y].count},
        .title = "validation accuracy (%)"};
    clt_heat_map_draw(&figure, &map);
    snprintf(caption, sizeof caption,
             "Validation accuracy in %% at the end of training%s. Framed: the highest. A cross: no "
             "network finished.",
             clt_repeats_exist(repeats) ? ", the mean over seeds" : "");
    st = clt_figures_add_titled(figures, &figure, "Validation accuracy by two values", caption);
done:
    free(cells);
    clt_values_free(&values[0]);
    clt_values_free(&values[1]);
    return st;
}

/* Whether every key changes where the first one does, and nowhere else, as rows that `zip` joins.
 */
static bool keys_move_together(const struct clt_repeats *repeats)
{
    for (size_t key = 1; key < repeats->n_keys; key++)
        for (size_t a = 0; a < repeats->count; a++)
            for (size_t b = 0; b < a; b++) {
                const bool first =
                    strcmp(clt_repeats_value(repeats, a, 0), clt_repeats_value(repeats, b, 0)) == 0;
                const bool other = strcmp(clt_repeats_value(repeats, a, key),
                                          clt_repeats_value(repeats, b, key)) == 0;
                if (first != other) return false;
            }
    return repeats->n_keys > 0;
}

enum clt_status clt_search_add(struct clt_figures *figures, const struct clt_repeats *repeats)
{
    struct clt_repeats by_first = *repeats;
    by_first.n_keys = 1;
    if (keys_move_together(repeats)) return add_search(figures, &by_first);
    if (repeats->n_keys == 2) return add_map(figures, repeats);
    return CLT_OK;
}
