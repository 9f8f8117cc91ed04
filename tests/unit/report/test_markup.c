/* Text inside HTML and SVG. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "markup.h"

static void expect_escaped(const char *text, const char *wanted)
{
    struct clt_text out = {0};
    clt_markup_add(&out, text);
    char *got = clt_text_take(&out);
    assert_string_equal(got, wanted);
    free(got);
}

static void a_script_is_text(void **state)
{
    (void)state;
    expect_escaped("<script>alert(\"1\" & '2')</script>",
                   "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
}

static void what_is_no_text_becomes_a_question_mark(void **state)
{
    (void)state;
    expect_escaped("a\x01z\x7f", "a?z?");
    expect_escaped("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_escaped("\xe9t\xe9", "?t?");         /* Latin-1 */
    expect_escaped("\xc0\xbc", "??");           /* '<', overlong */
    expect_escaped("\xed\xa0\x80", "???");      /* a surrogate */
    expect_escaped("\xf4\x90\x80\x80", "????"); /* above U+10FFFF */
    expect_escaped("a\xe2\x82", "a??");         /* cut */
}

static void numbers_have_a_point_and_a_tenth(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"}, {-0.04, "0"}, {12.34, "12.3"}, {-0.5, "-0.5"}, {100, "100"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct clt_text out = {0};
        clt_svg_add_number(&out, cases[i].value);
        assert_string_equal(out.bytes, cases[i].text);
        clt_text_free(&out);
    }
}

static void expect_short(const char *text, size_t characters, const char *wanted)
{
    char out[40];
    clt_markup_shorten(out, sizeof out, text, characters);
    assert_string_equal(out, wanted);
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    expect_short("cat", 3, "cat");
    expect_short("cats", 3, "ca\xe2\x80\xa6");
    expect_short("\xc3\xa9\xc3\xa9\xc3\xa9", 3, "\xc3\xa9\xc3\xa9\xc3\xa9");
    expect_short("\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xe2\x80\xa6");
    expect_short("", 3, "");
}

static void a_chart_without_a_point_says_so(void **state)
{
    const struct clt_point points[] = {{0, NAN}, {1, INFINITY}};
    const struct clt_series series = {.colour = "c0", .points = points, .n_points = 2};
    const struct clt_chart chart = {
        .x_title = "x", .y_title = "y", .series = &series, .n_series = 1};
    struct clt_figure figure = {.name = "empty"};
    (void)state;
    clt_chart_draw(&figure, &chart);
    assert_non_null(strstr(figure.body.bytes, "nothing was measured"));
    assert_null(strstr(figure.body.bytes, "nan"));
    clt_figure_free(&figure);
}

static void a_gap_interrupts_the_line(void **state)
{
    const struct clt_point points[] = {{0, 1}, {1, 2}, {2, NAN}, {3, 2}, {4, 1}};
    const struct clt_series series = {
        .label = "<a>", .colour = "c0", .points = points, .n_points = 5};
    const struct clt_chart chart = {
        .x_title = "x", .y_title = "y", .series = &series, .n_series = 1};
    struct clt_figure figure = {.name = "gap"};
    (void)state;
    clt_chart_draw(&figure, &chart);
    const char *line = strstr(figure.body.bytes, "class=\"line c0\" d=\"M");
    assert_non_null(line);
    const char *second = strchr(strchr(line, 'M') + 1, 'M');
    assert_true(second && second < strstr(line, "/>"));
    assert_non_null(strstr(figure.body.bytes, "&lt;a&gt;"));
    clt_figure_free(&figure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_text),
        cmocka_unit_test(what_is_no_text_becomes_a_question_mark),
        cmocka_unit_test(numbers_have_a_point_and_a_tenth),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(a_chart_without_a_point_says_so),
        cmocka_unit_test(a_gap_interrupts_the_line),
    };
    return cmocka_run_group_tests_name("markup", tests, NULL, NULL);
}
