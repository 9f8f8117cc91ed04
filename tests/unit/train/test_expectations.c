/* What the config expects, judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "expectations.h"

static const struct clt_member_result results[] = {
    {.validation = {true, 1, 1, 0.5}, .test = {true, 1, 2, 0.25}},
    {.validation = {true, 1, 1, 0.9}, .test = {true, 1, 2, 1}, .diverged_at = 3},
    {.validation = {true, 1, 1, 0.75}, .test = {true, 1, 6, 0.5}},
};

static struct clt_expectation expectation(const char *metric, double low, double high, long member,
                                          enum clt_expectation_of of)
{
    return (struct clt_expectation){.metric = (char *)metric,
                                    .low = low,
                                    .high = high,
                                    .member = member,
                                    .published = NAN,
                                    .of = of};
}

/* What is measured of the first `members` results. */
static struct clt_expectation_result judge(struct clt_expectation wanted, size_t members)
{
    struct clt_expectation_result result;
    const struct clt_config config = {.members = members, .expect = &wanted, .n_expect = 1};
    clt_expectations_judge(&result, &config, results, NULL);
    return result;
}

static void the_best_or_a_named_member_is_judged(void **state)
{
    (void)state;
    struct clt_expectation_result best =
        judge(expectation("test_accuracy", 0.5, 0.5, -1, CLT_EXPECT_BEST), 3);
    assert_int_equal(best.member, 2);
    assert_true(best.measured == 0.5 && best.met);
    best = judge(expectation("test_accuracy", 0.5, 0.5, 0, CLT_EXPECT_BEST), 3);
    assert_true(best.measured == 0.25 && !best.met);
}

static void a_mean_leaves_out_what_diverged(void **state)
{
    (void)state;
    const struct clt_expectation mean = expectation("test_loss", 4, 4, -1, CLT_EXPECT_MEAN);
    const struct clt_expectation_result result = judge(mean, 3);
    assert_true(result.measured == 4 && result.met);
    assert_true(judge(mean, 2).measured == 2);
}

static void a_mean_of_nothing_is_not_met(void **state)
{
    (void)state;
    struct clt_expectation_result result;
    struct clt_expectation mean =
        expectation("test_loss", -INFINITY, INFINITY, -1, CLT_EXPECT_MEAN);
    const struct clt_config config = {.members = 1, .expect = &mean, .n_expect = 1};
    clt_expectations_judge(&result, &config, results + 1, NULL);
    assert_true(isnan(result.measured) && !result.met);
    mean = expectation("train_loss", -INFINITY, INFINITY, -1, CLT_EXPECT_MEAN); /* not measured */
    clt_expectations_judge(&result, &config, results, NULL);
    assert_true(isnan(result.measured) && !result.met);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_or_a_named_member_is_judged),
        cmocka_unit_test(a_mean_leaves_out_what_diverged),
        cmocka_unit_test(a_mean_of_nothing_is_not_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
