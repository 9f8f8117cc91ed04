/* Rates: the median of slices, on work whose time is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "clock.h"
#include "rate.h"

#define NAP  0.5e-3 /* seconds that a thing takes at least */
#define MOST 40

struct work {
    size_t calls, largest;
    size_t fails_at; /* call; 0: never */
};

static enum clt_status nap(void *self, size_t count)
{
    struct work *work = self;
    if (++work->calls == work->fails_at) return clt_fail(CLT_E_DEVICE, "asked to fail");
    if (count > work->largest) work->largest = count;
    const double end = clt_clock_seconds() + NAP * (double)count;
    while (clt_clock_seconds() < end) continue;
    return CLT_OK;
}

static void median_of_odd_and_even_counts(void **state)
{
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2};
    (void)state;
    assert_true(clt_median(odd, 3) == 2);
    assert_true(clt_median(even, 4) == 2.5);
}

static void rate_is_that_of_the_work(void **state)
{
    struct work work = {0};
    struct clt_rate rate;
    (void)state;
    assert_int_equal(clt_rate_measure(&rate, nap, &work, 0.2, MOST), CLT_OK);
    /* A machine that is busy with other things takes longer, but never less. */
    assert_true(rate.lowest <= rate.median && rate.median <= rate.highest);
    assert_true(rate.highest <= 1 / NAP);
    assert_true(rate.median > 0.2 / NAP);
    assert_true(work.largest > 1 && work.largest <= MOST);
}

static void time_may_be_too_short_for_one(void **state)
{
    struct work work = {0};
    struct clt_rate rate;
    (void)state;
    assert_int_equal(clt_rate_measure(&rate, nap, &work, 1e-9, MOST), CLT_OK);
    assert_true(rate.median > 0 && rate.highest <= 1 / NAP);
    assert_int_equal(work.largest, 1);
}

static void failures_are_passed_on(void **state)
{
    (void)state;
    for (size_t call = 1; call < 5; call++) {
        struct work work = {.fails_at = call};
        struct clt_rate rate;
        assert_int_equal(clt_rate_measure(&rate, nap, &work, 1e-9, MOST), CLT_E_DEVICE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_odd_and_even_counts),
        cmocka_unit_test(rate_is_that_of_the_work),
        cmocka_unit_test(time_may_be_too_short_for_one),
        cmocka_unit_test(failures_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
