/* Summaries, Student's quantiles and Welch's intervals against SciPy 1.17.1 (statistics.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "statistics.h"

/* A NaN is near nothing. */
static void expect_near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 1e-10 * fmax(1e-2, fabs(wanted))))
        fail_msg("%.17g is not near %.17g", value, wanted);
}

static const double five[] = {0.5283, 0.5291, 0.5259, 0.5302, 0.5270};
static const double four[] = {0.5339, 0.5345, 0.5328, 0.5351};
static const double two[] = {1, 2};
static const double eight[] = {10, 10.5, 9.25, 11, 10.125, 9.875, 10.25, 9.5};

static const struct {
    const double *values;
    struct clt_summary summary;
} samples[] = {
    {five, {5, 0.52810000000000001, 0.0016955824957813055, 0.5259, 0.5302}},
    {four, {4, 0.53407499999999997, 0.00098107084351740795, 0.5328, 0.5351}},
    {two, {2, 1.5, 0.70710678118654757, 1, 2}},
    {eight, {8, 10.0625, 0.55097316501933968, 9.25, 11}},
};

static void summaries_are_scipys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct clt_summary *wanted = &samples[i].summary;
        const struct clt_summary summary = clt_summarize(samples[i].values, wanted->n);
        assert_int_equal(summary.n, wanted->n);
        expect_near(summary.mean, wanted->mean);
        expect_near(summary.deviation, wanted->deviation);
        assert_true(summary.low == wanted->low && summary.high == wanted->high);
    }
}

static void what_is_no_number_is_left_out(void **state)
{
    const double values[] = {NAN, 1, NAN, 2};
    (void)state;
    const struct clt_summary some = clt_summarize(values, 4);
    assert_int_equal(some.n, 2);
    expect_near(some.mean, 1.5);
    expect_near(some.deviation, 0.70710678118654757);
    const struct clt_summary one = clt_summarize(values, 2);
    assert_true(one.n == 1 && one.mean == 1 && one.low == 1 && isnan(one.deviation));
    const struct clt_summary none = clt_summarize(values, 1);
    assert_true(none.n == 0 && isnan(none.mean) && isnan(none.low) && isnan(none.high));
}

static void quantiles_are_scipys(void **state)
{
    static const double rows[][3] = {
        {0.975, 1, 12.706204736174694},   {0.975, 2, 4.3026527297494619},
        {0.975, 4, 2.7764451051977934},   {0.995, 7.5, 3.4214226881240442},
        {0.9, 30, 1.3104150253913955},    {0.975, 1e4, 1.9602012398906259},
        {0.6, 3.25, 0.27483523688785044}, {0.9995, 1, 636.6192487687897},
        {0.025, 8, -2.3060041352041662},  {0.5, 5, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_near(clt_student_quantile(rows[i][0], rows[i][1]), rows[i][2]);
    assert_true(isnan(clt_student_quantile(1, 4)) && isnan(clt_student_quantile(0, 4)));
    assert_true(isnan(clt_student_quantile(0.975, 0)) && isnan(clt_student_quantile(NAN, 4)));
}

static void differences_are_scipys(void **state)
{
    static const struct {
        size_t first, second;
        double level;
        struct clt_difference wanted;
    } rows[] = {
        {0,
         1,
         0.95,
         {0.0059749999999999526, 0.0038075237503200393, 0.0081424762496798662, 6.5247916733181803}},
        {0,
         1,
         0.99,
         {0.0059749999999999526, 0.0027345672727089811, 0.0092154327272909245, 6.5247916733181803}},
        {2, 3, 0.95, {8.5625, 4.6501998902443109, 12.474800109755689, 1.3222584196964706}},
        {3, 2, 0.9, {-8.5625, -10.841379760538157, -6.2836202394618459, 1.3222584196964706}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct clt_difference found = clt_welch(
            &samples[rows[i].first].summary, &samples[rows[i].second].summary, rows[i].level);
        expect_near(found.difference, rows[i].wanted.difference);
        expect_near(found.low, rows[i].wanted.low);
        expect_near(found.high, rows[i].wanted.high);
        expect_near(found.degrees, rows[i].wanted.degrees);
        assert_true(clt_difference_is_significant(&found));
    }
}

static void one_value_gives_no_interval(void **state)
{
    const double values[] = {0.25};
    (void)state;
    const struct clt_summary one = clt_summarize(values, 1);
    const struct clt_difference found = clt_welch(&one, &samples[0].summary, 0.95);
    expect_near(found.difference, 0.27810000000000001);
    assert_true(isnan(found.low) && isnan(found.high) && isnan(found.degrees));
    assert_false(clt_difference_is_significant(&found));
}

static void values_without_spread_give_an_interval_without_width(void **state)
{
    const double low[] = {0.1, 0.1, 0.1}, high[] = {0.5, 0.5};
    (void)state;
    const struct clt_summary first = clt_summarize(low, 3), second = clt_summarize(high, 2);
    const struct clt_difference apart = clt_welch(&first, &second, 0.95);
    const struct clt_difference same = clt_welch(&first, &first, 0.95);
    assert_true(apart.low == apart.difference && apart.high == apart.difference);
    assert_true(clt_difference_is_significant(&apart));
    assert_false(clt_difference_is_significant(&same));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_are_scipys),
        cmocka_unit_test(what_is_no_number_is_left_out),
        cmocka_unit_test(quantiles_are_scipys),
        cmocka_unit_test(differences_are_scipys),
        cmocka_unit_test(one_value_gives_no_interval),
        cmocka_unit_test(values_without_spread_give_an_interval_without_width),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
