/* run.json and result.csv, to the byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "file.h"
#include "record.h"
#include "scratch.h"

/* Values of the sample below, in place of the config module's. */
enum clt_status clt_config_varied_value(char **out, const struct clt_config *config, size_t member,
                                        size_t key)
{
    static const char *const values[2][3] = {{"0.001", "7", "he"}, {"1e-300", "-3", "[1, \"2\"]"}};
    (void)config;
    *out = strdup(values[member][key]);
    assert_non_null(*out);
    return CLT_OK;
}

struct sample {
    struct clt_config config;
    char *varied[3];
    struct clt_member_result members[2];
    struct clt_expectation wanted[2];
    struct clt_expectation_result expectations[2];
    struct clt_published published[1];
    struct clt_run_product products[2];
    struct clt_run_record record;
};

static void fill(struct sample *s)
{
    static struct clt_rewind rewinds[] = {{.update = 12, .to_update = 8, .factor = 0.5}};
    *s = (struct sample){
        .varied = {"train.l2", "seed", "model[0].init"},
        .members = {{.train = {true, 1, 0.5, 0.9},
                     .validation = {true, 1, 0.5, 0.8765},
                     .test = {true, 1, 0.1 + 0.2, 1},
                     .best = {true, 450, 0.88, 1.0 / 3}},
                    {.train = {true, NAN, NAN, 0.1},
                     .diverged_at = 12,
                     .divergence = {12, CLT_DIVERGED_BY_GRADIENT, 3, "dense", "3.weight"},
                     .rewinds = rewinds,
                     .n_rewinds = 1}},
        .wanted = {{"test_accuracy", 0.5, -INFINITY, 0.5, -1, "a \"paper\"", 0.5, "a note", "",
                    CLT_EXPECT_BEST},
                   {"test_loss", 2, 1, 3, 1, NULL, NAN, NULL, NULL, CLT_EXPECT_MEAN}},
    };
    s->config = (struct clt_config){
        .name = "net", .seed = 3, .members = 2, .varied = {.name = s->varied, .count = 3}};
    s->config.data.seed = 5;
    s->published[0] = (struct clt_published){.value = 0.5, .metric = 0.25};
    s->config.published = s->published;
    s->config.n_published = 1;
    s->expectations[0] = (struct clt_expectation_result){&s->wanted[0], 0, 1, false};
    s->expectations[1] = (struct clt_expectation_result){&s->wanted[1], 1, NAN, true};
    s->products[0] = (struct clt_run_product){"forward", "native rows 5", true, 0.25, 0.5};
    s->products[1] = (struct clt_run_product){"weight_gradient", "clblast", false, 0, 0};
    s->record = (struct clt_run_record){.config = &s->config,
                                        .status = CLT_RUN_DONE,
                                        .reason = "all updates made",
                                        .platform = "Caf\xe9", /* not UTF-8 */
                                        .device = "cpu",
                                        .gemm_backend = "native",
                                        .products = s->products,
                                        .n_products = 2,
                                        .updates = 900,
                                        .total_updates = 900,
                                        .seconds = 1.25,
                                        .ended = 1000000000,
                                        .members = s->members,
                                        .expectations = s->expectations,
                                        .n_expectations = 2};
}

static const char json[] = "{\n"
                           "  \"name\": \"net\",\n"
                           "  \"version\": \"" CLTRAIN_VERSION "\",\n"
                           "  \"status\": \"done\",\n"
                           "  \"reason\": \"all updates made\",\n"
                           "  \"exit_code\": 1,\n"
                           "  \"signal\": null,\n"
                           "  \"device\": {\n"
                           "    \"platform\": \"Caf?\",\n"
                           "    \"name\": \"cpu\",\n"
                           "    \"driver\": null\n"
                           "  },\n"
                           "  \"gemm_backend\": \"native\",\n"
                           "  \"tuning\": [\n"
                           "    {\n"
                           "      \"product\": \"forward\",\n"
                           "      \"method\": \"native rows 5\",\n"
                           "      \"measured\": true,\n"
                           "      \"seconds\": 0.25,\n"
                           "      \"default_seconds\": 0.5\n"
                           "    },\n"
                           "    {\n"
                           "      \"product\": \"weight_gradient\",\n"
                           "      \"method\": \"clblast\",\n"
                           "      \"measured\": false,\n"
                           "      \"seconds\": null,\n"
                           "      \"default_seconds\": null\n"
                           "    }\n"
                           "  ],\n"
                           "  \"seed\": 3,\n"
                           "  \"data_seed\": 5,\n"
                           "  \"updates\": 900,\n"
                           "  \"total_updates\": 900,\n"
                           "  \"seconds\": 1.25,\n"
                           "  \"ended\": \"2001-09-09T01:46:40Z\",\n"
                           "  \"members\": [\n"
                           "    {\n"
                           "      \"index\": 0,\n"
                           "      \"values\": {\n"
                           "        \"train.l2\": 0.001,\n"
                           "        \"seed\": 7,\n"
                           "        \"model[0].init\": \"he\"\n"
                           "      },\n"
                           "      \"train_accuracy\": 0.9,\n"
                           "      \"val_accuracy\": 0.8765,\n"
                           "      \"test_accuracy\": 1.0,\n"
                           "      \"train_loss\": 0.5,\n"
                           "      \"val_loss\": 0.5,\n"
                           "      \"test_loss\": 0.30000000000000004,\n"
                           "      \"best\": {\n"
                           "        \"update\": 450,\n"
                           "        \"val_accuracy\": 0.88,\n"
                           "        \"test_accuracy\": 0.3333333333333333\n"
                           "      },\n"
                           "      \"status\": \"done\",\n"
                           "      \"diverged_at\": null,\n"
                           "      \"stopped_at\": null,\n"
                           "      \"diverged\": null,\n"
                           "      \"rewinds\": []\n"
                           "    },\n"
                           "    {\n"
                           "      \"index\": 1,\n"
                           "      \"values\": {\n"
                           "        \"train.l2\": 1e-300,\n"
                           "        \"seed\": -3,\n"
                           "        \"model[0].init\": \"[1, \\\"2\\\"]\"\n"
                           "      },\n"
                           "      \"train_accuracy\": 0.1,\n"
                           "      \"val_accuracy\": null,\n"
                           "      \"test_accuracy\": null,\n"
                           "      \"train_loss\": null,\n"
                           "      \"val_loss\": null,\n"
                           "      \"test_loss\": null,\n"
                           "      \"best\": null,\n"
                           "      \"status\": \"diverged\",\n"
                           "      \"diverged_at\": 12,\n"
                           "      \"stopped_at\": null,\n"
                           "      \"diverged\": {\n"
                           "        \"update\": 12,\n"
                           "        \"what\": \"gradient\",\n"
                           "        \"layer\": 3,\n"
                           "        \"type\": \"dense\",\n"
                           "        \"name\": \"3.weight\"\n"
                           "      },\n"
                           "      \"rewinds\": [\n"
                           "        {\n"
                           "          \"update\": 12,\n"
                           "          \"to_update\": 8,\n"
                           "          \"factor\": 0.5\n"
                           "        }\n"
                           "      ]\n"
                           "    }\n"
                           "  ],\n"
                           "  \"expectations\": [\n"
                           "    {\n"
                           "      \"metric\": \"test_accuracy\",\n"
                           "      \"of\": \"best\",\n"
                           "      \"tensor\": \"\",\n"
                           "      \"member\": 0,\n"
                           "      \"value\": 0.5,\n"
                           "      \"low\": null,\n"
                           "      \"high\": 0.5,\n"
                           "      \"source\": \"a \\\"paper\\\"\",\n"
                           "      \"published\": 0.5,\n"
                           "      \"note\": \"a note\",\n"
                           "      \"measured\": 1.0,\n"
                           "      \"met\": false\n"
                           "    },\n"
                           "    {\n"
                           "      \"metric\": \"test_loss\",\n"
                           "      \"of\": \"mean\",\n"
                           "      \"tensor\": null,\n"
                           "      \"member\": 1,\n"
                           "      \"value\": 2.0,\n"
                           "      \"low\": 1.0,\n"
                           "      \"high\": 3.0,\n"
                           "      \"source\": null,\n"
                           "      \"published\": null,\n"
                           "      \"note\": null,\n"
                           "      \"measured\": null,\n"
                           "      \"met\": true\n"
                           "    }\n"
                           "  ],\n"
                           "  \"published\": [\n"
                           "    [\n"
                           "      0.5,\n"
                           "      0.25\n"
                           "    ]\n"
                           "  ],\n"
                           "  \"resumes\": []\n"
                           "}\n";

static void assert_file(const char *folder, const char *name, const char *wanted)
{
    uint8_t *bytes;
    size_t size;
    char *path = clt_path_join(folder, name);
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);
    assert_string_equal((const char *)bytes, wanted);
    free(bytes);
    free(path);
}

static int setup(void **state)
{
    *state = clt_scratch_create();
    return 0;
}

static int teardown(void **state)
{
    clt_scratch_remove(*state);
    return 0;
}

static void run_json(void **state)
{
    const char *folder = *state;
    struct sample s;
    char *text;
    fill(&s);
    assert_int_equal(clt_record_json(&text, &s.record), CLT_OK);
    assert_string_equal(text, json);
    free(text);
    assert_int_equal(clt_record_write_json(folder, &s.record), CLT_OK);
    assert_file(folder, "run.json", json);
    assert_int_equal(clt_scratch_count(folder), 1);
}

static void run_json_of_a_plain_run_that_starts(void **state)
{
    (void)state;
    struct sample s;
    char *text;
    fill(&s);
    s.config.members = 1;
    s.config.varied.count = 0;
    s.members[0] = (struct clt_member_result){0};
    s.record.status = CLT_RUN_RUNNING;
    s.record.reason = NULL;
    s.record.n_expectations = 0;
    s.config.n_published = 0;
    assert_int_equal(clt_record_json(&text, &s.record), CLT_OK);
    assert_non_null(strstr(text, "\"reason\": null,"));
    assert_non_null(strstr(text, "\"values\": {},"));
    assert_non_null(strstr(text, "\"test_accuracy\": null,"));
    assert_non_null(strstr(text, "\"status\": \"running\",\n      \"diverged_at\": null"));
    assert_non_null(
        strstr(text, "\"expectations\": [],\n  \"published\": [],\n  \"resumes\": []\n}\n"));
    free(text);
}

static void run_json_with_a_check_of_gradients(void **state)
{
    struct clt_tensor_gradient tensor = {"0.bias", "bias", 1, 2, {5, 2e-5, 3e-5, NAN, 1, 0.5, 4},
                                         true,     true};
    const struct clt_gradients gradients = {20, 3072, 1e-5, false, &tensor, 1, true};
    struct sample s;
    char *text;
    (void)state;
    fill(&s);
    s.record.gradients = &gradients;
    assert_int_equal(clt_record_json(&text, &s.record), CLT_OK);
    assert_non_null(strstr(text, "  \"gradients\": {\n"
                                 "    \"samples\": 20,\n"
                                 "    \"features\": 3072,\n"
                                 "    \"step\": 1e-05,\n"
                                 "    \"real\": \"float\",\n"
                                 "    \"passed\": true,\n"
                                 "    \"tensors\": [\n"
                                 "      {\n"
                                 "        \"member\": 1,\n"
                                 "        \"tensor\": \"0.bias\",\n"
                                 "        \"kind\": \"bias\",\n"
                                 "        \"compared\": 5,\n"
                                 "        \"left_out\": 2,\n"
                                 "        \"norm_wise\": 2e-05,\n"
                                 "        \"elementwise\": 3e-05,\n"
                                 "        \"absolute\": null,\n"
                                 "        \"below_1e-6\": 1.0,\n"
                                 "        \"below_1.5e-8\": 0.5,\n"
                                 "        \"within_rounding\": true,\n"
                                 "        \"passed\": true\n"));
    free(text);
}

static void result_csv(void **state)
{
    const char *folder = *state;
    struct sample s;
    fill(&s);
    s.varied[2] = "a,b";
    s.members[1].train = (struct clt_measure){true, NAN, NAN, -NAN};
    assert_int_equal(clt_record_write_results(folder, &s.record), CLT_OK);
    assert_file(folder, "result.csv",
                "member,train.l2,seed,\"a,b\",train_accuracy,val_accuracy,test_accuracy,test_loss,"
                "best_update,status\n"
                "0,0.001,7,he,0.9,0.8765,1,0.3,450,done\n"
                "1,1e-300,-3,\"[1, \"\"2\"\"]\",nan,,,,,diverged\n");
    assert_int_equal(clt_scratch_count(folder), 1);
}

static void nowhere_to_write(void **state)
{
    (void)state;
    struct sample s;
    fill(&s);
    assert_int_equal(clt_record_write_json("nowhere", &s.record), CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "nowhere/run.json: "));
    assert_int_equal(clt_record_write_results("nowhere", &s.record), CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "nowhere/result.csv: "));
}

static void names_of_states(void **state)
{
    (void)state;
    assert_string_equal(clt_run_status_name(CLT_RUN_RUNNING), "running");
    assert_string_equal(clt_run_status_name(CLT_RUN_DONE), "done");
    assert_string_equal(clt_run_status_name(CLT_RUN_INTERRUPTED), "interrupted");
    assert_string_equal(clt_run_status_name(CLT_RUN_DIVERGED), "diverged");
    assert_string_equal(clt_run_status_name(CLT_RUN_FAILED), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(run_json, setup, teardown),
        cmocka_unit_test(run_json_of_a_plain_run_that_starts),
        cmocka_unit_test(run_json_with_a_check_of_gradients),
        cmocka_unit_test_setup_teardown(result_csv, setup, teardown),
        cmocka_unit_test(nowhere_to_write),
        cmocka_unit_test(names_of_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
