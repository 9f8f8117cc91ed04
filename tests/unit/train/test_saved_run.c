/* Run directories, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saved_fixture.h"
#include "saved_run.h"
#include "scratch.h"

static char *write_run(const char *json, const char *metrics)
{
    char *folder = clt_scratch_create();
    clt_saved_fixture_write(folder, json, metrics);
    return folder;
}

static void a_profile_is_read(void **state)
{
    const char *const whole = "{\"kernels\": [{\"name\": \"gemm\", \"calls\": 8, "
                              "\"seconds\": 0.5, \"share\": 0.25, \"gflops\": 100.5, "
                              "\"gbs\": null}], \"seconds\": 2, \"idle_share\": 0.75, "
                              "\"ceilings\": {\"fma_gflops\": 400, \"copy_gbs\": 40}}";
    char json[1024];
    struct clt_saved_run *run;
    (void)state;
    snprintf(json, sizeof json, "{\"profile\": %s, %s", whole, &JSON[1]);
    char *folder = write_run(json, HEADER ROW);
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_OK);
    const struct clt_profile *profile = run->profile;
    assert_int_equal(profile->n_kernels, 1);
    assert_string_equal(profile->kernels[0].name, "gemm");
    assert_int_equal(profile->kernels[0].calls, 8);
    assert_true(profile->kernels[0].seconds == 0.5 && profile->kernels[0].share == 0.25);
    assert_true(profile->kernels[0].gflops == 100.5 && isnan(profile->kernels[0].gbs));
    assert_true(profile->seconds == 2 && profile->idle_share == 0.75);
    assert_true(profile->ceilings.fma_gflops == 400 && profile->ceilings.copy_gbs == 40);
    clt_saved_run_free(run);
    clt_scratch_remove(folder);

    snprintf(json, sizeof json, "{\"profile\": {\"kernels\": [{\"calls\": 8}]}, %s", &JSON[1]);
    folder = write_run(json, HEADER ROW);
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "\"profile\" is no list of kernels"));
    clt_scratch_remove(folder);
}

static void a_run_is_read(void **state)
{
    char *folder = write_run(JSON, HEADER ROW);
    struct clt_saved_run *run;
    (void)state;
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_OK);
    assert_string_equal(run->name, "x");
    assert_null(run->device);
    assert_int_equal(run->members, 1);
    assert_true(run->results[0].test.made && run->results[0].test.accuracy == 0.5);
    assert_false(run->results[0].train.made);
    assert_string_equal(run->keys[0], "seed");
    assert_string_equal(run->values[0], "1");
    assert_true(run->n_expectations == 1 && isinf(run->expectations[0].high));
    assert_int_equal(run->n_rows, 1);
    assert_null(run->profile);
    assert_true(run->rows[0].train.made && run->rows[0].train.loss == 2);
    assert_false(run->rows[0].validation.made);
    clt_saved_run_free(run);
    clt_scratch_remove(folder);
}

/* Reading fails with CLT_E_DATA and a message that holds `part`. */
static void expect_damaged(const char *json, const char *metrics, const char *part)
{
    char *folder = write_run(json, metrics);
    struct clt_saved_run *run = (void *)folder;
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_E_DATA);
    assert_null(run);
    if (!strstr(clt_error_message(), part))
        fail_msg("'%s' does not hold '%s'", clt_error_message(), part);
    clt_scratch_remove(folder);
}

static void damaged_metrics_are_refused(void **state)
{
    static const struct {
        const char *metrics, *part;
    } cases[] = {
        {"", "metrics.csv:1: "},
        {"member,update\n", "no column epoch"},
        {HEADER "0,10,0.5,0.1,2.5,2,0.25,,,\n", "metrics.csv:2: "},
        {HEADER ROW "0,x,0.5,0.1,2.5,2,0.25,,,,1.5\n", "metrics.csv:3: "},
        {HEADER "7,10,0.5,0.1,2.5,2,0.25,,,,1.5\n", "member"},
        {HEADER "-1,10,0.5,0.1,2.5,2,0.25,,,,1.5\n", "member"},
        {HEADER "0,10,0.5,0.1,2.5,,0.25,,,,1.5\n", "no number"},
        {HEADER "0,10,0.5,0.1,2.5z,2,0.25,,,,1.5\n", "no number"},
        {HEADER "0,10,,0.1,2.5,2,0.25,,,,1.5\n", "no number"},
        {HEADER ROW "0,20,1", "no end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_damaged(JSON, cases[i].metrics, cases[i].part);
}

static void columns_may_move_and_others_join(void **state)
{
    char *folder = write_run(
        JSON, "extra,update,member,epoch,learning_rate,train_cost,train_loss,train_accuracy,"
              "val_cost,val_loss,val_accuracy,seconds\n9,10,0,1,0.1,nan,inf,0,1,2,0.5,3\n");
    struct clt_saved_run *run;
    (void)state;
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_OK);
    assert_true(run->rows[0].update == 10 && isnan(run->rows[0].train.cost));
    assert_true(run->rows[0].validation.loss == 2);
    clt_saved_run_free(run);
    clt_scratch_remove(folder);
}

static void damaged_json_is_refused(void **state)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"", "run.json"},
        {"{\"name\": \"x\"", "run.json"},
        {"[]", "name"},
        {"{\"name\": 1, \"status\": \"done\", \"members\": []}", "name"},
        {"{\"name\": \"x\", \"status\": \"done\"}", "members"},
        {"{\"name\": \"x\", \"status\": \"done\", \"members\": []}", "members"},
        {"{\"name\": \"x\", \"status\": \"done\", \"members\": [{\"test_accuracy\": \"a\"}]}",
         "test_accuracy"},
        {"{\"name\": \"x\", \"status\": \"done\", \"members\": [{\"values\": {\"k\": []}}]}",
         "values"},
        {"{\"name\": \"x\", \"status\": \"done\", \"members\": [{\"values\": {\"k\": true}}, {}]}",
         "group like the first"},
        {"{\"name\": \"x\", \"status\": \"done\", \"members\": [{}, {}]}", "config.cfg"},
        {"{\"name\": \"x\", \"status\": \"done\", \"updates\": 1.5, \"members\": [{}]}", "updates"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_damaged(cases[i].json, HEADER, cases[i].part);
}

static void published_figures_are_read(void **state)
{
    char json[1024];
    struct clt_saved_run *run;
    (void)state;
    snprintf(json, sizeof json, "{\"published\": [[1e-5, 0.5088], [1, 0.5]], %s", &JSON[1]);
    char *folder = write_run(json, HEADER ROW);
    assert_int_equal(clt_saved_run_read(&run, folder), CLT_OK);
    assert_int_equal(run->n_published, 2);
    assert_true(run->published[0].value == 1e-5 && run->published[0].metric == 0.5088);
    assert_true(run->published[1].value == 1);
    clt_saved_run_free(run);
    clt_scratch_remove(folder);

    snprintf(json, sizeof json, "{\"published\": [[1e-5]], %s", &JSON[1]);
    expect_damaged(json, HEADER, "\"published\" is no list of pairs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_read),
        cmocka_unit_test(a_profile_is_read),
        cmocka_unit_test(published_figures_are_read),
        cmocka_unit_test(damaged_metrics_are_refused),
        cmocka_unit_test(columns_may_move_and_others_join),
        cmocka_unit_test(damaged_json_is_refused),
    };
    return cmocka_run_group_tests_name("saved_run", tests, NULL, NULL);
}
