/* Directories of studies, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "saved_fixture.h"
#include "saved_study.h"
#include "scratch.h"

#define STAGES                                                                                     \
    "\"stages\": [{\"name\": \"with\", \"folder\": \"with\", \"status\": \"done\", \"members\": "  \
    "1, "                                                                                          \
    "\"seconds\": 2.5}, {\"name\": \"later\", \"folder\": \"later\", \"status\": \"waiting\"}]"
#define EXPECTATIONS                                                                               \
    "\"expectations\": [{\"stage\": \"with\", \"metric\": \"test_accuracy\", \"low\": 0.4, "       \
    "\"high\": 0.6, \"published\": 0.55, \"measured\": 0.5, \"of\": \"mean\", "                    \
    "\"met\": true}]"
#define COMPARISON                                                                                 \
    "{\"stages\": [\"later\", \"with\"], \"metric\": \"test_accuracy\", \"n\": [5, 1], \"mean\": " \
    "[0.4, 0.5], \"deviation\": [0.01, null], \"difference\": 0.1, \"low\": null, \"high\": "      \
    "null, "                                                                                       \
    "\"significant\": false}"
#define STUDY                                                                                      \
    "{\"name\": \"s\", \"status\": \"done\", \"device\": {\"name\": \"d\"}, " STAGES               \
    ", " EXPECTATIONS ", \"comparisons\": [" COMPARISON "]}"

/* With a run of the stage `with`. */
static char *write_study(const char *json)
{
    char *folder = clt_scratch_create();
    char *stage = clt_path_join(folder, "with");
    assert_int_equal(clt_folder_create(stage), CLT_OK);
    clt_saved_fixture_write(stage, JSON, HEADER ROW);
    clt_saved_fixture_write(folder, json, HEADER);
    free(stage);
    return folder;
}

static void a_study_is_read(void **state)
{
    char *folder = write_study(STUDY);
    struct clt_saved_study *study;
    (void)state;
    assert_int_equal(clt_saved_study_read(&study, folder), CLT_OK);
    assert_string_equal(study->name, "s");
    assert_string_equal(study->device, "d");
    assert_true(isnan(study->seconds));
    assert_int_equal(study->n_stages, 2);
    assert_string_equal(study->stages[0].run->name, "x");
    assert_true(study->stages[0].seconds == 2.5);
    assert_null(study->stages[1].run); /* there is nothing of it yet */
    assert_string_equal(study->stages[1].status, "waiting");
    assert_int_equal(study->n_expectations, 1);
    assert_string_equal(study->expectations[0].stage, "with");
    assert_true(study->expectations[0].published == 0.55 && study->expectations[0].met);
    assert_true(study->expectations[0].mean);
    clt_saved_study_free(study);
    clt_scratch_remove(folder);
}

static void comparisons_are_read(void **state)
{
    char *folder = write_study(STUDY);
    struct clt_saved_study *study;
    (void)state;
    assert_int_equal(clt_saved_study_read(&study, folder), CLT_OK);
    assert_int_equal(study->n_comparisons, 1);
    const struct clt_saved_comparison *comparison = study->comparisons;
    assert_true(comparison->stage[0] == 1 && comparison->stage[1] == 0);
    assert_string_equal(comparison->metric, "test_accuracy");
    assert_true(comparison->n[0] == 5 && comparison->mean[1] == 0.5);
    assert_true(comparison->deviation[0] == 0.01 && isnan(comparison->deviation[1]));
    assert_true(comparison->difference == 0.1 && isnan(comparison->low));
    assert_true(comparison->level == 0.95);
    assert_false(comparison->significant);
    clt_saved_study_free(study);
    clt_scratch_remove(folder);
}

static void a_run_is_no_study(void **state)
{
    char *folder = write_study(JSON);
    struct clt_saved_study *study = (void *)folder;
    (void)state;
    assert_int_equal(clt_saved_study_read(&study, folder), CLT_OK);
    assert_null(study);
    clt_scratch_remove(folder);
}

static void damaged_studies_are_refused(void **state)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"{", "run.json:1"},
        {"{\"status\": \"done\", " STAGES "}", "\"name\""},
        {"{\"name\": \"s\", " STAGES "}", "\"status\""},
        {"{\"name\": \"s\", \"status\": \"done\", \"stages\": 1}", "\"stages\" is no list"},
        {"{\"name\": \"s\", \"status\": \"done\", \"stages\": [{\"name\": \"a\"}]}",
         "\"stages\" is no list of named folders"},
        {"{\"name\": \"s\", \"status\": \"done\", " STAGES
         ", \"comparisons\": [{\"stages\": [\"with\", \"without\"], \"metric\": \"m\"}]}",
         "\"comparisons\" is no list about pairs of stages"},
        {"{\"name\": \"s\", \"status\": \"done\", " STAGES
         ", \"comparisons\": [{\"stages\": [\"with\", \"with\"]}]}",
         "\"comparisons\" is no list with metrics"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = write_study(cases[i].json);
        struct clt_saved_study *study = (void *)folder;
        assert_int_equal(clt_saved_study_read(&study, folder), CLT_E_DATA);
        assert_null(study);
        if (!strstr(clt_error_message(), cases[i].part))
            fail_msg("'%s' does not hold '%s'", clt_error_message(), cases[i].part);
        clt_scratch_remove(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_is_read),
        cmocka_unit_test(comparisons_are_read),
        cmocka_unit_test(a_run_is_no_study),
        cmocka_unit_test(damaged_studies_are_refused),
    };
    return cmocka_run_group_tests_name("saved_study", tests, NULL, NULL);
}
