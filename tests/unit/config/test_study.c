/* Configs of several runs: stages, and what one draws from another. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "philox.h"
#include "study_config.h"

static struct clt_study_config *load_study(const char *path, const char *const *sets)
{
    struct clt_study_config *study = NULL;
    size_t n = 0;
    while (sets && sets[n]) n++;
    if (clt_study_config_load(&study, path, sets, n) != CLT_OK)
        fail_msg("%s: %s", path, clt_error_message());
    return study;
}

/* What members reached: [member], by name. */
struct scores {
    double val_accuracy[12], val_loss[12], test_loss[12];
};

static double score(const void *self, size_t member, const char *name)
{
    const struct scores *scores = self;
    const double *metric = strcmp(name, "val_accuracy") == 0 ? scores->val_accuracy
                           : strcmp(name, "val_loss") == 0   ? scores->val_loss
                                                             : scores->test_loss;
    return metric[member];
}

/* The first member is the best by val_accuracy beside the second, its equal; the last diverged. */
static const struct scores coarse_scores = {
    .val_accuracy = {0.5, 0.5, 0.25, NAN}, .val_loss = {3, 2, 1, NAN}, .test_loss = {3, 2, 4, NAN}};
static const struct scores fine_scores = {.val_accuracy = {0.1, 0.2, 0.9, 0.3, 0.4}};

static const char *value(const struct clt_config *config, size_t member, size_t key)
{
    static char text[64];
    char *made;
    assert_int_equal(clt_config_varied_value(&made, config, member, key), CLT_OK);
    snprintf(text, sizeof text, "%s", made);
    free(made);
    return text;
}

static double number(const struct clt_config *config, size_t member, size_t key)
{
    return strtod(value(config, member, key), NULL);
}

static struct clt_config *run_stage(const struct clt_study_config *study, size_t stage,
                                    const struct clt_stage_trials *earlier)
{
    struct clt_config *config = NULL;
    if (clt_study_config_stage(&config, study, stage, earlier) != CLT_OK)
        fail_msg("stage %zu: %s", stage, clt_error_message());
    return config;
}

/* The stages of study.cfg as they run with those scores. */
struct ran {
    struct clt_study_config *study;
    struct clt_stage_trials trials[5];
    struct clt_config *stage[5];
};

static void run_all(struct ran *ran, struct clt_study_config *study)
{
    static const struct scores none;
    const struct scores *scores[5] = {&coarse_scores, &fine_scores, &none, &none, &none};
    ran->study = study;
    for (size_t i = 0; i < 5; i++) {
        ran->stage[i] = run_stage(study, i, ran->trials);
        ran->trials[i] = (struct clt_stage_trials){ran->stage[i], score, scores[i]};
    }
}

static void free_all(struct ran *ran)
{
    for (size_t i = 0; i < 5; i++) clt_config_free(ran->stage[i]);
    clt_study_config_free(ran->study);
}

static void a_plain_config_is_one_stage(void **state)
{
    (void)state;
    const char *const sets[] = {"name=other", "train.l2=2", NULL};
    struct clt_study_config *study = load_study(CONFIGS "full.cfg", sets);
    struct clt_config *plain = load(CONFIGS "full.cfg", sets), *stage = run_stage(study, 0, NULL);
    char *a, *b, *c;
    assert_false(clt_study_config_has_stages(study));
    assert_int_equal(clt_study_config_count(study), 1);
    assert_string_equal(clt_study_config_stage_name(study, 0), "");
    assert_string_equal(clt_study_config_name(study), "other");
    assert_string_equal(clt_study_config_device(study), "0:1");
    assert_int_equal(clt_config_write(&a, plain), CLT_OK);
    assert_int_equal(clt_config_write(&b, stage), CLT_OK);
    assert_int_equal(clt_study_config_write(&c, study), CLT_OK);
    assert_string_equal(a, b);
    assert_string_equal(a, c);
    free(a);
    free(b);
    free(c);
    clt_config_free(stage);
    clt_config_free(plain);
    clt_study_config_free(study);
}

static void stages_are_the_config_with_their_changes(void **state)
{
    (void)state;
    const struct clt_comparison *comparisons;
    struct ran ran = {0};
    run_all(&ran, load_study(CONFIGS "study.cfg", NULL));
    assert_true(clt_study_config_has_stages(ran.study));
    assert_int_equal(clt_study_config_count(ran.study), 5);
    assert_string_equal(clt_study_config_stage_name(ran.study, 4), "final");
    assert_string_equal(clt_study_config_name(ran.study), "study");
    assert_string_equal(clt_study_config_device(ran.study), "");
    assert_string_equal(ran.stage[1]->name, "study-fine");
    assert_int_equal(ran.stage[0]->train.cycles, 2);
    assert_int_equal(ran.stage[1]->train.cycles, 3);
    assert_int_equal(ran.stage[4]->train.learning_rate.step_size, 9);
    assert_true(ran.stage[4]->train.learning_rate.min == 0);
    assert_int_equal(ran.stage[3]->n_layers, 2);
    assert_int_equal(ran.stage[4]->n_layers, 1);
    assert_int_equal(ran.stage[0]->n_expect, 1); /* the study's */
    assert_int_equal(ran.stage[1]->n_expect, 0); /* its own, none */
    assert_string_equal(ran.stage[4]->expect[0].metric, "test_accuracy");
    assert_int_equal(ran.stage[1]->n_published, 1);
    assert_int_equal(ran.stage[2]->n_published, 0);
    assert_int_equal(clt_study_config_comparisons(&comparisons, ran.study), 2);
    assert_string_equal(comparisons[0].stages[0], "coarse");
    assert_string_equal(comparisons[0].stages[1], "final");
    assert_string_equal(comparisons[0].metric, "test_loss");
    assert_string_equal(comparisons[1].metric, "test_accuracy");
    free_all(&ran);
}

static void stages_draw_on_earlier_ones(void **state)
{
    (void)state;
    struct ran ran = {0};
    char drawn[64];
    run_all(&ran, load_study(CONFIGS "study.cfg", NULL));
    double l2[4], low = HUGE_VAL, high = 0;
    for (size_t i = 0; i < 4; i++) {
        const double u = clt_random_uniform(3, CLT_RANDOM_SEARCH, 0, i);
        l2[i] = number(ran.stage[0], i, 0);
        assert_true(fabs(l2[i] / pow(10, -5 + 4 * u) - 1) < 5e-6); /* six digits */
        snprintf(drawn, sizeof drawn, "%.6g", l2[i]);
        assert_true(strtod(drawn, NULL) == l2[i]);
        if (i < 3) low = fmin(low, l2[i]);
        if (i < 3) high = fmax(high, l2[i]);
    }
    /* the range of the best three, the diverged one not among them */
    assert_true(number(ran.stage[1], 0, 0) == low);
    assert_true(number(ran.stage[1], 4, 0) == high);
    /* from the best by val_loss, member 2, to the worse of two, member 1; draws of stage 2 */
    const double from = log10(fmin(l2[1], l2[2])), to = log10(fmax(l2[1], l2[2]));
    for (size_t i = 0; i < 5; i++) {
        const double u = clt_random_uniform(3, CLT_RANDOM_SEARCH, 2 * 65536, i);
        assert_true(fabs(number(ran.stage[2], i, 0) / pow(10, from + u * (to - from)) - 1) < 5e-6);
    }
    /* the best two by val_accuracy with both their values, of equals the first one first */
    assert_int_equal(ran.stage[3]->members, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(number(ran.stage[3], i, 0) == l2[i / 2]);
        assert_string_equal(value(ran.stage[3], i, 1), i < 2 ? "1" : "2");
    }
    /* the best of fine, and of coarse by test_loss */
    snprintf(drawn, sizeof drawn, "%s", value(ran.stage[1], 2, 0));
    assert_true(ran.stage[4]->train.l2 == strtod(drawn, NULL));
    assert_true(ran.stage[4]->train.learning_rate.max == 2);
    assert_int_equal(ran.stage[4]->members, 1);
    free_all(&ran);
}

static void studies_survive_writing(void **state)
{
    (void)state;
    struct ran first = {0}, second = {0};
    struct clt_study_config *again;
    char *text, *same;
    const char *const sets[] = {"name=written", "train.batch_size=7", "data.path=here",
                                "study[4].set.model[0].init=zeros", NULL};
    run_all(&first, load_study(CONFIGS "study.cfg", sets));
    assert_int_equal(clt_study_config_write(&text, first.study), CLT_OK);
    assert_int_equal(clt_study_config_parse(&again, text, "config.cfg"), CLT_OK);
    assert_int_equal(clt_study_config_write(&same, again), CLT_OK);
    assert_string_equal(text, same);
    free(text);
    free(same);
    run_all(&second, again);
    assert_string_equal(first.stage[2]->name, "written-toward");
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(first.stage[i]->train.batch_size, 7);
        assert_int_equal(first.stage[i]->data.path[0], '/');
        assert_int_equal(clt_config_write(&text, first.stage[i]), CLT_OK);
        assert_int_equal(clt_config_write(&same, second.stage[i]), CLT_OK);
        assert_string_equal(text, same);
        free(text);
        free(same);
    }
    assert_int_equal(first.stage[4]->layers[0].init, CLT_INIT_ZEROS);
    free_all(&first);
    free_all(&second);
}

static void sets_reach_every_stage(void **state)
{
    (void)state;
    struct ran ran = {0};
    const char *const sets[] = {"train.cycles=4",
                                "expect=()",
                                "study[0].population[0].count=6",
                                "study[0].population[1].values=(1,2,3,4,5,6)",
                                "compare=()",
                                NULL};
    const struct clt_comparison *comparisons;
    run_all(&ran, load_study(CONFIGS "study.cfg", sets));
    assert_int_equal(ran.stage[0]->members, 6);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(ran.stage[i]->train.cycles, 4);
        assert_int_equal(ran.stage[i]->n_expect, 0);
    }
    assert_int_equal(clt_study_config_comparisons(&comparisons, ran.study), 0);
    free_all(&ran);
}

static void assert_stage_refused(const struct clt_study_config *study, size_t stage,
                                 const struct clt_stage_trials *earlier, const char *message)
{
    struct clt_config *config = NULL;
    assert_int_equal(clt_study_config_stage(&config, study, stage, earlier), CLT_E_CONFIG);
    assert_null(config);
    assert_non_null(strstr(clt_error_message(), message));
}

static void what_was_found_may_not_do(void **state)
{
    (void)state;
    static const struct scores diverged = {.val_accuracy = {NAN, NAN, 0.5, NAN}};
    struct ran ran = {0};
    run_all(&ran, load_study(CONFIGS "study.cfg", NULL));
    ran.trials[0].self = &diverged;
    assert_stage_refused(ran.study, 1, ran.trials,
                         "study.cfg:13: population[0].log_space: wants the best 3 of coarse, where "
                         "1 of 4 members have val_accuracy (stage fine)");
    free_all(&ran);
    const char *const sets[] = {"study[1].population[0].log_space.best=1", NULL};
    struct clt_study_config *study = load_study(CONFIGS "study.cfg", sets);
    struct clt_config *coarse = run_stage(study, 0, NULL);
    const struct clt_stage_trials trials = {coarse, score, &coarse_scores};
    assert_stage_refused(study, 1, &trials,
                         "population[0].log_space: spans no range: what it draws");
    clt_config_free(coarse);
    clt_study_config_free(study);
}

static void a_study_is_no_single_run(void **state)
{
    (void)state;
    assert_refused(CONFIGS "study.cfg", NULL, CLT_E_CONFIG,
                   CONFIGS
                   "study.cfg:8: study: is a list of several runs, which only run and check "
                   "take; give a config of one run");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_config_is_one_stage),
        cmocka_unit_test(stages_are_the_config_with_their_changes),
        cmocka_unit_test(stages_draw_on_earlier_ones),
        cmocka_unit_test(studies_survive_writing),
        cmocka_unit_test(sets_reach_every_stage),
        cmocka_unit_test(what_was_found_may_not_do),
        cmocka_unit_test(a_study_is_no_single_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
