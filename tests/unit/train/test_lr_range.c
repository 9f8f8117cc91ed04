/* The curve of a range test: smoothing, its end, the range that is suggested. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lr_range.h"

enum { POINTS = 601 };

/* 1e-6 to 1 */
static double rate_at(size_t i)
{
    return pow(10, -6 + (double)i / 100);
}

static void smoothing_has_no_bias(void **state)
{
    struct clt_lr_point points[3];
    struct clt_lr_curve curve = {.points = points};
    (void)state;
    assert_true(clt_lr_curve_add(&curve, 1, 2));
    assert_true(fabs(points[0].smoothed - 2) < 1e-12);
    assert_true(clt_lr_curve_add(&curve, 2, 4));
    /* Weights 0.95 and 1 of 1.95. */
    assert_true(fabs(points[1].smoothed - (0.95 * 2 + 4) / 1.95) < 1e-12);
    assert_true(clt_lr_curve_add(&curve, 3, 1));
    assert_true(fabs(points[2].smoothed - (0.95 * 0.95 * 2 + 0.95 * 4 + 1) / 2.8525) < 1e-12);
    assert_true(points[2].rate == 3 && points[2].loss == 1 && curve.n_points == 3);
}

static void it_ends_beyond_four_times_the_lowest(void **state)
{
    struct clt_lr_point points[4];
    struct clt_lr_curve curve = {.points = points};
    (void)state;
    assert_true(clt_lr_curve_add(&curve, 1, 1));
    assert_true(clt_lr_curve_add(&curve, 2, 3)); /* smoothed 2.03 */
    assert_false(clt_lr_curve_add(&curve, 3, 20));
    assert_true(curve.ended && curve.n_points == 3);
}

static void it_ends_where_the_loss_is_not_finite(void **state)
{
    static const double losses[] = {NAN, INFINITY};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct clt_lr_point points[2];
        struct clt_lr_curve curve = {.points = points};
        assert_true(clt_lr_curve_add(&curve, 1, 1));
        assert_false(clt_lr_curve_add(&curve, 2, losses[i]));
        assert_true(curve.ended && curve.n_points == 1);
        struct clt_lr_curve first = {.points = points};
        assert_false(clt_lr_curve_add(&first, 1, losses[i]));
        assert_int_equal(first.n_points, 0);
        clt_lr_curve_suggest(&first);
        assert_true(isnan(first.min) && isnan(first.max));
    }
}

/* Flat at 2 up to 1e-4, straight down over log(rate) to 1 at 1e-2, straight up from there. */
static double valley(size_t i)
{
    const double decade = -6 + (double)i / 100;
    return decade < -4 ? 2 : decade < -2 ? 2 - (decade + 4) / 2 : 1 + 3 * (decade + 2);
}

static void the_range_is_that_of_the_fall(void **state)
{
    struct clt_lr_point points[POINTS];
    struct clt_lr_curve curve = {.points = points};
    (void)state;
    for (size_t i = 0; i < POINTS && clt_lr_curve_add(&curve, rate_at(i), valley(i)); i++) {
    }
    clt_lr_curve_suggest(&curve);
    /* A tenth of the fall is done 0.2 decades after 1e-4; smoothing lags by less than 0.25 more. */
    assert_true(curve.min > 1e-4 && curve.min < 3e-4);
    assert_true(curve.max > 0.5 * 1e-2 && curve.max < 0.5 * 2e-2);
    assert_false(curve.still_falls);
}

static void a_curve_that_falls_to_its_end_says_so(void **state)
{
    struct clt_lr_point points[POINTS];
    struct clt_lr_curve curve = {.points = points};
    (void)state;
    for (size_t i = 0; i < 400; i++) clt_lr_curve_add(&curve, rate_at(i), valley(i));
    clt_lr_curve_suggest(&curve);
    assert_true(curve.still_falls && curve.max == rate_at(399) / 2);
}

static void one_that_only_rises_has_no_range(void **state)
{
    struct clt_lr_point points[POINTS];
    struct clt_lr_curve curve = {.points = points};
    (void)state;
    for (size_t i = 0; i < 100; i++) clt_lr_curve_add(&curve, rate_at(i), 2 + 0.01 * (double)i);
    clt_lr_curve_suggest(&curve);
    assert_true(isnan(curve.min) && isnan(curve.max));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smoothing_has_no_bias),
        cmocka_unit_test(it_ends_beyond_four_times_the_lowest),
        cmocka_unit_test(it_ends_where_the_loss_is_not_finite),
        cmocka_unit_test(the_range_is_that_of_the_fall),
        cmocka_unit_test(a_curve_that_falls_to_its_end_says_so),
        cmocka_unit_test(one_that_only_rises_has_no_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
