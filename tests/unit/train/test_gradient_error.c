/* The measures of a gradient's error. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gradient_error.h"

static void check_near(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-12 * fabs(wanted));
}

static void measures_follow_their_formulas(void **state)
{
    const double got[] = {3, 0, 4 + 1e-7, 1e-8}, wanted[] = {3, NAN, 4, 0};
    const struct clt_gradient_error error = clt_gradient_compare(got, wanted, 4);
    (void)state;
    assert_int_equal(error.compared, 3);
    assert_int_equal(error.worst, 2);
    check_near(error.absolute, got[2] - 4);
    check_near(error.elementwise, 1e-8 / 1e-6); /* both below 1e-6: that is the denominator */
    /* Far above 1e-6: the sum of the norms is the denominator. */
    check_near(error.norm, hypot(got[2] - 4, 1e-8) / (sqrt(9 + got[2] * got[2] + 1e-16) + 5));
    check_near(error.below_1e_6, 1);
    check_near(error.below_1_5e_8, 2.0 / 3);
}

static void zeros_agree(void **state)
{
    const double zeros[3] = {0};
    const struct clt_gradient_error error = clt_gradient_compare(zeros, zeros, 3);
    (void)state;
    assert_true(error.norm == 0 && error.absolute == 0 && error.elementwise == 0);
}

/* Of a tensor whose true gradient is zero: roundings, as multiples of 1e-6. */
static void roundings_have_a_floor(void **state)
{
    const double got[] = {0, 1e-17, 0}, wanted[] = {3e-11, 0, -4e-11};
    const struct clt_gradient_error error = clt_gradient_compare(got, wanted, 3);
    (void)state;
    check_near(error.norm, 5e-11 / 1e-6);
    check_near(error.elementwise, 4e-11 / 1e-6);
    check_near(error.absolute, 4e-11);
}

/* Comparisons with the measures have to fail, wherever the NaN stands. */
static void nan_passes_no_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        double got[3] = {1, 2, 3};
        const double wanted[3] = {1, 2, 4};
        got[i] = NAN;
        const struct clt_gradient_error error = clt_gradient_compare(got, wanted, 3);
        assert_false(error.norm <= 1e300);
        assert_false(error.absolute <= 1e300);
        assert_false(error.elementwise <= 1e300);
        assert_int_equal(error.worst, i);
        assert_true(error.below_1e_6 < 1);
    }
}

static void nothing_compared(void **state)
{
    const double got[2] = {1, 2}, wanted[2] = {NAN, NAN};
    (void)state;
    assert_int_equal(clt_gradient_compare(got, wanted, 2).compared, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_follow_their_formulas),
        cmocka_unit_test(zeros_agree),
        cmocka_unit_test(roundings_have_a_floor),
        cmocka_unit_test(nan_passes_no_bound),
        cmocka_unit_test(nothing_compared),
    };
    return cmocka_run_group_tests_name("gradient_error", tests, NULL, NULL);
}
