/* Settings over seeds, and the order of their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "repeats.h"
#include "values.h"

/* Of the run below, in place of the config module's. */
static const struct clt_saved_run *saved;

enum clt_status clt_config_varied_value(char **out, const struct clt_config *config, size_t member,
                                        size_t key)
{
    *out = strdup(saved->values[member * config->varied.count + key]);
    assert_non_null(*out);
    return CLT_OK;
}

/* As long as its values, keys and results are there. */
static void create_run(struct clt_saved_run *run, struct clt_config *config)
{
    *config = (struct clt_config){.members = run->members,
                                  .varied = {.name = run->keys, .count = run->n_keys}};
    run->config = config;
    saved = run;
}

static struct clt_member_result measured(double validation, double test)
{
    return (struct clt_member_result){.validation = {true, 0, 0, validation},
                                      .test = {true, 0, 0, test}};
}

/* Three values of two keys in six members, the last of which diverged. */
static void find(struct clt_repeats *out, struct clt_saved_run *run)
{
    static char *keys[] = {"train.l2", "seed", "model[0].units"};
    static char *values[] = {"0.1",  "1", "50", "0.1",   "2", "50", "0.01",  "1", "50",
                             "0.01", "2", "50", "0.001", "1", "50", "0.001", "2", "50"};
    static struct clt_member_result results[6];
    static struct clt_config config;
    const double accuracies[] = {0.5, 0.6, 0.7, 0.5, 0.4};
    for (size_t i = 0; i < 5; i++) results[i] = measured(accuracies[i], accuracies[i] + 0.1);
    results[5] = (struct clt_member_result){.diverged_at = 7};
    *run = (struct clt_saved_run){
        .members = 6, .results = results, .n_keys = 3, .keys = keys, .values = values};
    create_run(run, &config);
    assert_int_equal(clt_repeats_find(out, run), CLT_OK);
}

static void seeds_make_no_setting(void **state)
{
    struct clt_saved_run run;
    struct clt_repeats repeats;
    (void)state;
    find(&repeats, &run);
    assert_int_equal(repeats.count, 3);
    assert_int_equal(repeats.n_keys, 2);
    assert_true(repeats.keys[0] == 0 && repeats.keys[1] == 2);
    assert_true(repeats.setting[0] == 0 && repeats.setting[3] == 1 && repeats.setting[4] == 2);
    assert_true(clt_repeats_exist(&repeats));
    assert_string_equal(clt_repeats_value(&repeats, 1, 0), "0.01");
    assert_string_equal(clt_repeats_value(&repeats, 2, 1), "50");
    clt_repeats_free(&repeats);
}

static void a_setting_is_summed_up(void **state)
{
    struct clt_saved_run run;
    struct clt_repeats repeats;
    (void)state;
    find(&repeats, &run);
    const struct clt_summary first = clt_repeats_summary(&repeats, 0, CLT_SPLIT_VALIDATION);
    assert_true(first.n == 2 && fabs(first.mean - 0.55) < 1e-12);
    assert_true(fabs(first.deviation - 0.05 * sqrt(2)) < 1e-12);
    const struct clt_summary test = clt_repeats_summary(&repeats, 0, CLT_SPLIT_TEST);
    assert_true(fabs(test.low - 0.6) < 1e-12 && fabs(test.high - 0.7) < 1e-12);
    const struct clt_summary last = clt_repeats_summary(&repeats, 2, CLT_SPLIT_VALIDATION);
    assert_true(last.n == 1 && last.mean == 0.4 && isnan(last.deviation)); /* one diverged */
    assert_int_equal(clt_repeats_best(&repeats), 1);
    clt_repeats_free(&repeats);
}

static void numbers_rise(void **state)
{
    struct clt_saved_run run;
    struct clt_repeats repeats;
    struct clt_values values;
    (void)state;
    find(&repeats, &run);
    assert_int_equal(clt_values_find(&values, &repeats, 0), CLT_OK);
    assert_int_equal(values.count, 3);
    assert_true(values.numbers && values.low == 0.001 && values.high == 0.1);
    assert_string_equal(values.text[0], "0.001");
    assert_string_equal(values.text[2], "0.1");
    assert_true(values.place[0] == 2 && values.place[1] == 1 && values.place[2] == 0);
    clt_values_free(&values);
    clt_repeats_free(&repeats);
}

/* Of members that differ in one key. */
static enum clt_scale scale_of(char **texts, size_t n)
{
    static char *key = "k";
    struct clt_saved_run run = {.members = n, .n_keys = 1, .keys = &key, .values = texts};
    struct clt_repeats repeats;
    struct clt_values values;
    struct clt_config config;
    create_run(&run, &config);
    assert_int_equal(clt_repeats_find(&repeats, &run), CLT_OK);
    assert_int_equal(clt_values_find(&values, &repeats, 0), CLT_OK);
    const enum clt_scale scale = clt_values_scale(&values);
    clt_values_free(&values);
    clt_repeats_free(&repeats);
    return scale;
}

static void the_scale_follows_the_values(void **state)
{
    char *near[] = {"10", "20", "30"}, *wide[] = {"1e-5", "0.1", "1e-3"};
    char *zero[] = {"0", "0.1", "1e-3"}, *text[] = {"relu", "tanh", "1"};
    char *from_zero[] = {"0", "1", "2"};
    (void)state;
    assert_int_equal(scale_of(near, 3), CLT_SCALE_LINEAR);
    assert_int_equal(scale_of(from_zero, 3), CLT_SCALE_LINEAR);
    assert_int_equal(scale_of(wide, 3), CLT_SCALE_LOGARITHMIC);
    assert_int_equal(scale_of(zero, 3), CLT_SCALE_NAMES);
    assert_int_equal(scale_of(text, 3), CLT_SCALE_NAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_make_no_setting),
        cmocka_unit_test(a_setting_is_summed_up),
        cmocka_unit_test(numbers_rise),
        cmocka_unit_test(the_scale_follows_the_values),
    };
    return cmocka_run_group_tests_name("repeats", tests, NULL, NULL);
}
