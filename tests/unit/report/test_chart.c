/* What charts and maps draw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "heat_map.h"
#include "true_class.h"

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) n++;
    return n;
}

static void finish(struct clt_figure *figure)
{
    assert_null(strstr(figure->body.bytes, "nan"));
    assert_null(strstr(figure->body.bytes, "inf"));
    clt_figure_free(figure);
    *figure = (struct clt_figure){0};
}

static void a_spread_is_a_band_or_an_error_bar(void **state)
{
    const struct clt_point points[] = {{0, 1}, {1, 2}, {2, NAN}, {3, 4}};
    const double spread[] = {0.5, NAN, 1, 0.5};
    struct clt_series series = {.colour = "c0", .points = points, .spread = spread, .n_points = 4};
    const struct clt_chart chart = {
        .x_title = "x", .y_title = "y", .series = &series, .n_series = 1};
    struct clt_figure figure = {0};
    struct clt_interval x, y;
    (void)state;
    assert_true(clt_chart_ranges(&x, &y, &chart));
    assert_true(y.low == 0.5 && y.high == 4.5 && x.low == 0 && x.high == 3);
    clt_chart_draw(&figure, &chart);
    assert_int_equal(count(figure.body.bytes, "\"band c0\""), 2); /* a gap parts it */
    finish(&figure);
    series.mark = CLT_MARK_DOT;
    clt_chart_draw(&figure, &chart);
    assert_int_equal(count(figure.body.bytes, "<circle"), 3);
    assert_int_equal(count(figure.body.bytes, "\"line c0\""), 2); /* where the spread is known */
    finish(&figure);
}

/* The y of each place of the first line's path; returns their number. */
static size_t path_places(double *x, double *y, const struct clt_figure *figure)
{
    const char *at = strstr(figure->body.bytes, "\"line ");
    size_t n = 0;
    at = strstr(at, " d=\"") + 4;
    while (*at == 'M' || *at == 'L') {
        char *end;
        x[n] = strtod(at + 1, &end);
        y[n++] = strtod(end, &end);
        at = end;
    }
    return n;
}

static void a_line_ends_where_it_leaves_the_range(void **state)
{
    const struct clt_point points[] = {{0, 1}, {1, 19}, {2, 1}, {4, 1}};
    const struct clt_series series = {.colour = "c0", .points = points, .n_points = 4};
    const struct clt_interval range = {0, 10};
    const struct clt_chart chart = {
        .x_title = "x", .y_title = "y", .y_range = &range, .series = &series, .n_series = 1};
    struct clt_figure figure = {0};
    double x[8], y[8];
    (void)state;
    clt_chart_draw(&figure, &chart);
    assert_int_equal(path_places(x, y, &figure), 5);
    assert_true(y[1] == y[2] && y[1] < y[0]); /* at the top, leaving and coming back */
    const double unit = (x[4] - x[0]) / 4;
    assert_true(fabs(x[1] - x[0] - unit / 2) < 0.2 && fabs(x[2] - x[0] - 1.5 * unit) < 0.2);
    finish(&figure);
}

static void names_stand_on_the_axis(void **state)
{
    const char *const names[] = {"relu", "a name of forty characters, that is cut", "<tanh>"};
    const struct clt_point points[] = {{0, 1}, {1, 2}, {2, 3}};
    const struct clt_series series = {
        .colour = "c0", .mark = CLT_MARK_DIAMOND, .points = points, .n_points = 3};
    const struct clt_chart chart = {.x_title = "x",
                                    .y_title = "y",
                                    .x_names = names,
                                    .n_names = 3,
                                    .series = &series,
                                    .n_series = 1};
    struct clt_figure figure = {0};
    (void)state;
    clt_chart_draw(&figure, &chart);
    assert_non_null(strstr(figure.body.bytes, ">relu<"));
    assert_non_null(strstr(figure.body.bytes, "&lt;tanh&gt;"));
    assert_null(strstr(figure.body.bytes, "that is cut"));
    assert_int_equal(count(figure.body.bytes, "hollow c0"), 3);
    finish(&figure);
}

static void bars_stand_on_zero(void **state)
{
    const struct clt_point points[] = {{0, 2}, {0.5, 4}, {1, 0}};
    const struct clt_series series = {
        .colour = "c1", .mark = CLT_MARK_BAR, .width = 0.4, .points = points, .n_points = 3};
    const struct clt_chart chart = {
        .x_title = "x", .y_title = "y", .series = &series, .n_series = 1};
    struct clt_interval x, y;
    struct clt_figure figure = {0};
    (void)state;
    assert_true(clt_chart_ranges(&x, &y, &chart));
    assert_true(y.low == 0 && y.high == 4 && x.high == 1.4);
    clt_chart_draw(&figure, &chart);
    assert_int_equal(count(figure.body.bytes, "\"bar c1\""), 2); /* none has no height */
    finish(&figure);
}

static void a_map_says_its_numbers(void **state)
{
    const double cells[] = {10, 20, NAN, 40, 30, 40};
    const char *const columns[] = {"a", "b", "c"}, *const rows[] = {"1", "2"};
    const struct clt_heat_map map = {
        .cells = cells, .columns = {"x", columns, 3}, .rows = {"y", rows, 2}, .title = "z (%)"};
    struct clt_figure figure = {0};
    (void)state;
    clt_heat_map_draw(&figure, &map);
    assert_non_null(strstr(figure.body.bytes, ">10.0<"));
    assert_int_equal(count(figure.body.bytes, ">40.0<"), 2);
    assert_int_equal(count(figure.body.bytes, "class=\"best\""), 1);
    assert_int_equal(count(figure.body.bytes, "class=\"axis\""),
                     2); /* the cross of the empty one */
    finish(&figure);
}

/* Nothing known at all, and one value alone. */
static void a_map_may_be_empty_or_flat(void **state)
{
    const double empty[] = {NAN, NAN, NAN, NAN}, flat[] = {10, 10, 10, 10};
    const char *const names[] = {"a", "b"};
    struct clt_heat_map map = {
        .cells = empty, .columns = {"x", names, 2}, .rows = {"y", names, 2}, .title = "z"};
    struct clt_figure figure = {0};
    (void)state;
    clt_heat_map_draw(&figure, &map);
    assert_null(strstr(figure.body.bytes, "class=\"best\""));
    finish(&figure);
    map.cells = flat;
    clt_heat_map_draw(&figure, &map);
    assert_int_equal(count(figure.body.bytes, ">10.0<"), 4);
    finish(&figure);
}

/* Many columns: numbers are turned; very many: left out. */
static void numbers_of_a_map_fit_their_cells(void **state)
{
    double cells[100];
    const char *names[50];
    struct clt_heat_map map = {
        .cells = cells, .columns = {"x", names, 20}, .rows = {"y", names, 2}, .title = "z"};
    struct clt_figure figure = {0};
    (void)state;
    for (size_t i = 0; i < 50; i++) names[i] = "1";
    for (size_t i = 0; i < 100; i++) cells[i] = (double)i;
    clt_heat_map_draw(&figure, &map);
    const char *number = strstr(figure.body.bytes, ">12.0<");
    assert_non_null(number);
    assert_memory_equal(number - 2, ")\"", 2); /* of a transform */
    finish(&figure);
    map.columns.n = 50;
    clt_heat_map_draw(&figure, &map);
    assert_null(strstr(figure.body.bytes, ">12.0<"));
    finish(&figure);
}

static void the_true_class_is_counted(void **state)
{
    uint16_t labels[] = {0, 1, 1, 0};
    float probabilities[] = {0.9F, 0.1F, 0.8F, 0.2F, 0, 1, NAN, NAN};
    const struct clt_predictions predictions = {
        .samples = 4, .classes = 2, .labels = labels, .probabilities = probabilities};
    struct clt_figures figures = {0};
    (void)state;
    assert_int_equal(clt_true_class_add(&figures, &predictions), CLT_OK);
    assert_int_equal(figures.count, 1);
    const char *body = figures.figure[0].body.bytes;
    assert_non_null(strstr(body, ">correct (2)<"));
    assert_non_null(strstr(body, ">wrong (1)<"));
    assert_int_equal(count(body, "\"bar c2\""), 3); /* two bins, and the legend */
    assert_int_equal(count(body, "\"bar c1\""), 2);
    clt_figures_free(&figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spread_is_a_band_or_an_error_bar),
        cmocka_unit_test(a_line_ends_where_it_leaves_the_range),
        cmocka_unit_test(names_stand_on_the_axis),
        cmocka_unit_test(bars_stand_on_zero),
        cmocka_unit_test(a_map_says_its_numbers),
        cmocka_unit_test(a_map_may_be_empty_or_flat),
        cmocka_unit_test(numbers_of_a_map_fit_their_cells),
        cmocka_unit_test(the_true_class_is_counted),
    };
    return cmocka_run_group_tests_name("chart", tests, NULL, NULL);
}
