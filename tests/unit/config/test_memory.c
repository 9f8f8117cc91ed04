/* Memory that runs out at any place: a status, no crash, and nothing left behind. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "status.h"
#include "study_config.h"

/* The linker sends the library's calls here (--wrap); libconfig's own are not among them. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

static long allowed = -1; /* allocations until they fail; below 0: they never do */

static bool is_out(void)
{
    if (allowed > 0)
        allowed--;
    else if (allowed == 0)
        return true;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return is_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_out() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return is_out() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
    return is_out() ? NULL : __real_strndup(text, length);
}

typedef enum clt_status use_function(const char *path, const char *const *sets, size_t n_sets);

/* Everything a caller may ask of a config. */
static enum clt_status use(const char *path, const char *const *sets, size_t n_sets)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL, *member = NULL;
    struct clt_config *some = NULL;
    char *text = NULL, *value = NULL, *page = NULL;
    size_t n_groups, group[64];
    TRY(clt_config_load(&config, path, sets, n_sets));
    TRY(clt_config_member(&member, config, 0));
    TRY(clt_config_write(&text, member));
    TRY(clt_config_reference(&page));
    if (config->varied.count > 0) TRY(clt_config_varied_value(&value, config, 0, 0));
    TRY(clt_config_groups(group, &n_groups, config));
    TRY(clt_config_select(&some, config, group, 1));
done:
    clt_config_free(some);
    free(text);
    free(value);
    free(page);
    clt_config_free(member);
    clt_config_free(config);
    return st;
}

/* Everything a caller may ask of a study; its second stage draws on the first. */
static enum clt_status use_study(const char *path, const char *const *sets, size_t n_sets)
{
    enum clt_status st = CLT_OK;
    struct clt_study_config *study = NULL, *again = NULL;
    struct clt_stage_trials first = {0};
    struct clt_config *coarse = NULL, *fine = NULL;
    char *text = NULL;
    TRY(clt_study_config_load(&study, path, sets, n_sets));
    TRY(clt_study_config_stage(&coarse, study, 0, NULL));
    first.config = coarse;
    if (clt_study_config_count(study) > 1) TRY(clt_study_config_stage(&fine, study, 1, &first));
    TRY(clt_study_config_write(&text, study));
    TRY(clt_study_config_parse(&again, text, "config.cfg"));
done:
    free(text);
    clt_config_free(coarse);
    clt_config_free(fine);
    clt_study_config_free(study);
    clt_study_config_free(again);
    return st;
}

/* Lets every allocation, or one in `stride`, fail in turn; the last run has memory enough and ends
 * with `status`. */
static void assert_fails_cleanly(use_function *use_it, long stride, const char *path,
                                 const char *const *sets, size_t n_sets, enum clt_status status)
{
    enum clt_status st = CLT_E_NOMEM;
    for (long i = 0; st == CLT_E_NOMEM; i += stride) {
        allowed = i;
        st = use_it(path, sets, n_sets);
        allowed = -1;
    }
    assert_int_equal(st, status);
}

static void good_configs_fail_cleanly(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "train.l2=1",          "report.every_updates=3",
        "model[5].hidden=[4]", "data.path=here",
        "expect[0].member=0",  "population=( { key = \"seed\"; count = 1; } )"};
    assert_fails_cleanly(use, 1, CONFIGS "full.cfg", sets, sizeof sets / sizeof sets[0], CLT_OK);
    assert_fails_cleanly(use, 1, CONFIGS "marked.cfg", sets, 2, CLT_OK);
    assert_fails_cleanly(use, 37, CONFIGS "kinds.cfg", NULL, 0, CLT_OK);
    assert_fails_cleanly(use_study, 1, CONFIGS "plain.cfg", NULL, 0, CLT_OK);
    assert_fails_cleanly(use_study, 3, CONFIGS "two-stages.cfg", NULL, 0, CLT_OK);
}

static void bad_configs_fail_cleanly(void **state)
{
    (void)state;
    static const char *const names[] = {"include-value", "names", "integers", "variable",
                                        "population-rows"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, CONFIGS "bad/%s.cfg", names[i]);
        assert_fails_cleanly(use, 1, path, NULL, 0, CLT_E_CONFIG);
        assert_fails_cleanly(use_study, 1, path, NULL, 0, CLT_E_CONFIG);
    }
    assert_fails_cleanly(use_study, 11, CONFIGS "bad/study-from.cfg", NULL, 0, CLT_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_configs_fail_cleanly),
        cmocka_unit_test(bad_configs_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
