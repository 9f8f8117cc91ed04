/* Axes: round ticks, their labels, places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "axis.h"

static void expect_labels(const struct clt_axis *axis, const char *const *labels, size_t n)
{
    assert_int_equal(axis->n_ticks, n);
    for (size_t i = 0; i < n; i++) assert_string_equal(axis->ticks[i].label, labels[i]);
}

static void ticks_are_round_inside_the_values(void **state)
{
    struct clt_axis axis;
    static const char *const labels[] = {"0", "1000", "2000", "3000", "4000", "5000"};
    (void)state;
    clt_axis_fit(&axis, 0, 5500, false, false, 7);
    expect_labels(&axis, labels, 6);
    assert_true(axis.low == 0 && axis.high == 5500);
}

static void a_widened_axis_ends_at_ticks(void **state)
{
    struct clt_axis axis;
    static const char *const labels[] = {"0.10", "0.15", "0.20", "0.25", "0.30"};
    (void)state;
    clt_axis_fit(&axis, 0.12, 0.29, false, true, 4);
    expect_labels(&axis, labels, 5);
    assert_true(fabs(axis.low - 0.1) < 1e-12 && fabs(axis.high - 0.3) < 1e-12);
    assert_true(fabs(clt_axis_place(&axis, 0.2) - 0.5) < 1e-12);
}

static void steps_are_1_2_or_5_at_every_scale(void **state)
{
    (void)state;
    for (int exponent = -20; exponent < 30; exponent++) {
        const double scale = pow(3.7, exponent);
        struct clt_axis axis;
        clt_axis_fit(&axis, -0.3 * scale, scale, false, true, 5);
        assert_in_range(axis.n_ticks, 3, 8);
        const double step = axis.ticks[1].value - axis.ticks[0].value;
        const double digit = step / pow(10, floor(log10(step) + 1e-9));
        assert_true(fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6);
        assert_true(axis.low <= -0.3 * scale * (1 - 1e-6) && axis.high >= scale * (1 - 1e-6));
    }
}

static void few_decades_have_ticks_between(void **state)
{
    struct clt_axis axis;
    static const char *const labels[] = {"0.5", "1", "2", "5", "10", "20"};
    (void)state;
    clt_axis_fit(&axis, 0.6, 19, true, true, 6);
    expect_labels(&axis, labels, 6);
}

static void many_decades_have_ticks_at_powers(void **state)
{
    struct clt_axis axis;
    static const char *const labels[] = {"1e-5", "0.0001", "0.001", "0.01", "0.1", "1"};
    (void)state;
    clt_axis_fit(&axis, 1e-5, 1, true, false, 7);
    expect_labels(&axis, labels, 6);
    assert_true(fabs(clt_axis_place(&axis, 1e-3) - 0.4) < 1e-9);
}

static void one_value_stands_in_the_middle(void **state)
{
    static const double values[] = {0.001, -3, 0, 1e-300, 1e300};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct clt_axis axis;
        clt_axis_fit(&axis, values[i], values[i], false, true, 5);
        const double place = clt_axis_place(&axis, values[i]);
        assert_true(axis.low < axis.high && place > 0.2 && place < 0.8);
    }
}

static void no_logarithm_of_what_is_not_positive(void **state)
{
    struct clt_axis axis;
    (void)state;
    clt_axis_fit(&axis, 0, 10, true, true, 5);
    assert_false(axis.logarithmic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_inside_the_values),
        cmocka_unit_test(a_widened_axis_ends_at_ticks),
        cmocka_unit_test(steps_are_1_2_or_5_at_every_scale),
        cmocka_unit_test(few_decades_have_ticks_between),
        cmocka_unit_test(many_decades_have_ticks_at_powers),
        cmocka_unit_test(one_value_stands_in_the_middle),
        cmocka_unit_test(no_logarithm_of_what_is_not_positive),
    };
    return cmocka_run_group_tests_name("axis", tests, NULL, NULL);
}
