/* Replicas of a setting, and two stages compared by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cltrain/status.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "replicas.h"

#define CONFIG                                                                                     \
    "name = \"x\"; data = { format = \"idx\"; path = \"/x\"; validation = 10; };\n"                \
    "model = ( { type = \"dense\"; } ); train = { epochs = 1; learning_rate = 0.1; };\n"

static struct clt_config *parse(const char *population)
{
    struct clt_config *config;
    char text[1024];
    snprintf(text, sizeof text, "%s population = ( %s );", CONFIG, population);
    if (clt_config_parse(&config, text, "test") != CLT_OK) fail_msg("%s", clt_error_message());
    return config;
}

static struct clt_member_result result(double accuracy)
{
    const struct clt_measure measure = {true, 1, 1, accuracy};
    return (struct clt_member_result){.train = measure, .validation = measure, .test = measure};
}

static void members_that_differ_in_seeds_alone_are_replicas(void **state)
{
    (void)state;
    struct clt_config *config = parse("{ key = \"train.l2\"; values = (0.1, 0.2); },"
                                      "{ key = \"seed\"; count = 3; }");
    static const size_t wanted[] = {0, 0, 0, 1, 1, 1};
    size_t setting[6], n;
    assert_int_equal(clt_replicas_find(setting, &n, config), CLT_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(setting, wanted, sizeof wanted);
    clt_config_free(config);
}

static void settings_have_mean_and_range(void **state)
{
    (void)state;
    struct clt_config *config = parse("{ key = \"train.l2\"; values = (0.1, 0.2); },"
                                      "{ key = \"seed\"; count = 2; }");
    struct clt_member_result members[] = {result(0.4), result(0.6), result(0.5), result(0.5)};
    members[3] = (struct clt_member_result){.diverged_at = 7};
    const struct clt_run_record record = {.config = config, .members = members};
    struct clt_setting *settings;
    size_t n;
    assert_int_equal(clt_run_settings(&settings, &n, &record), CLT_OK);
    assert_int_equal(n, 2);
    assert_true(settings[0].members == 2 && settings[1].first == 2);
    assert_true(fabs(settings[0].test.mean - 0.5) < 1e-15);
    assert_true(fabs(settings[0].test.deviation - sqrt(0.02)) < 1e-15);
    assert_true(settings[0].test.low == 0.4 && settings[0].test.high == 0.6);
    assert_true(settings[1].test.mean == 0.5 && isnan(settings[1].test.deviation));
    free(settings);
    clt_config_free(config);
}

/* Both stages over five seeds, the second better by `gain`. */
static struct clt_comparison_result compare(double gain)
{
    struct clt_config *config = parse("{ key = \"seed\"; count = 5; }");
    static const double accuracies[] = {0.50, 0.51, 0.49, 0.505, 0.495};
    struct clt_member_result members[2][5];
    for (size_t i = 0; i < 5; i++) {
        members[0][i] = result(accuracies[i]);
        members[1][i] = result(accuracies[i] + gain);
    }
    const struct clt_run_record runs[] = {{.config = config, .members = members[0]},
                                          {.config = config, .members = members[1]}};
    const struct clt_stage_record stages[] = {{"without", "", &runs[0]}, {"with", "", &runs[1]}};
    const struct clt_comparison wanted = {{"without", "with"}, "test_accuracy"};
    struct clt_comparison_result out;
    assert_int_equal(clt_comparison_make(&out, &wanted, stages, 2), CLT_OK);
    clt_config_free(config);
    return out;
}

static void a_difference_beyond_the_spread_is_told_from_one_within(void **state)
{
    (void)state;
    const struct clt_comparison_result large = compare(0.05), small = compare(0.005);
    assert_true(large.significant && fabs(large.difference - 0.05) < 1e-12);
    assert_true(large.low > 0 && large.high < 0.1 && large.n[0] == 5 && large.n[1] == 5);
    assert_true(!small.significant && small.low < 0 && small.high > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_differ_in_seeds_alone_are_replicas),
        cmocka_unit_test(settings_have_mean_and_range),
        cmocka_unit_test(a_difference_beyond_the_spread_is_told_from_one_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
