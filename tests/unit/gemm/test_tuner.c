/* The tuner: its candidates compute what the default does, and only such are taken; what it found
 * is found again, and what is not legal ignored. Also as a GPU, where CLBlast is the default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "candidates.h"
#include "choices.h"
#include "identity.h"
#include "scratch.h"
#include "trial.h"
#include "tuning_table.h"

/* Linked with --wrap: the clock and the verdict of a trial. */
enum clt_status __wrap_clt_trial_time(double *seconds, struct clt_trial *trial,
                                      const struct clt_launch_list *launch, size_t repeats);
enum clt_status __real_clt_trial_is_equal(bool *out, struct clt_trial *trial,
                                          const struct clt_launch_list *launch);
enum clt_status __wrap_clt_trial_is_equal(bool *out, struct clt_trial *trial,
                                          const struct clt_launch_list *launch);

static struct {
    struct clt_device *device;
    char *folder;
    double next, factor; /* times: the next one, and how they go on */
    bool wrong;          /* every candidate's result is */
    size_t timed;
} test;

/* A factor above 1 lets what is measured first, the candidate, win each turn. */
enum clt_status __wrap_clt_trial_time(double *seconds, struct clt_trial *trial,
                                      const struct clt_launch_list *launch, size_t repeats)
{
    (void)trial;
    (void)repeats;
    *seconds = test.next;
    test.next *= test.factor;
    test.timed++;
    return clt_launch_list_enqueue(launch);
}

enum clt_status __wrap_clt_trial_is_equal(bool *out, struct clt_trial *trial,
                                          const struct clt_launch_list *launch)
{
    const enum clt_status st = __real_clt_trial_is_equal(out, trial, launch);
    if (test.wrong) *out = false;
    return st;
}

static int open_device(void **state)
{
    (void)state;
    return clt_device_open(&test.device, getenv("CLTRAIN_DEVICE")) == CLT_OK ? 0 : -1;
}

static int close_device(void **state)
{
    (void)state;
    clt_device_close(test.device);
    return 0;
}

/* The driver has its own cache by now; the table's is empty. */
static int setup(void **state)
{
    (void)state;
    test.folder = clt_scratch_create();
    setenv("XDG_CACHE_HOME", test.folder, 1);
    test.next = 1e-4;
    test.factor = 1;
    test.wrong = false;
    test.timed = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clt_scratch_remove(test.folder);
    return 0;
}

static struct clt_gemm *create_gemm(void)
{
    struct clt_gemm *gemm;
    assert_int_equal(clt_gemm_create(&gemm, test.device, CLT_BACKEND_AUTO, CLT_FLOAT), CLT_OK);
    return gemm;
}

/* Sizes that fill no tile. */
static struct clt_asked_product workload(const struct clt_gemm *gemm, enum clt_product product,
                                         size_t members, bool shared, size_t batch)
{
    return (struct clt_asked_product){product,
                                      {73, 37, members, shared, clt_gemm_batch(gemm, batch)},
                                      product == CLT_WEIGHT_GRADIENT && clt_gemm_is_fused(gemm)};
}

/* Every product, of few members and of one, their input shared or not, in a batch of two blocks. */
static size_t workloads(struct clt_asked_product out[12], const struct clt_gemm *gemm)
{
    size_t n = 0;
    for (size_t i = 0; i < 12; i++) {
        const enum clt_product product = i % 3;
        const bool shared = i / 3 % 2;
        if (product == CLT_INPUT_GRADIENT && shared) continue;
        out[n++] = workload(gemm, product, i / 6 ? 3 : 1, shared, 300);
    }
    return n;
}

static enum clt_family family_of(const struct clt_gemm *gemm)
{
    return clt_choices_family(clt_gemm_choices(gemm));
}

static void compare_candidates(struct clt_trial *trial, const struct clt_gemm *gemm,
                               const struct clt_asked_product *work, enum clt_axis axis,
                               size_t most)
{
    struct clt_method methods[CLT_CANDIDATES_MOST];
    const struct clt_method from = clt_method_default(test.device, family_of(gemm), work);
    const size_t n = clt_candidates(methods, test.device, family_of(gemm), work, &from, axis);
    for (size_t i = 0; i < n; i++) {
        struct clt_launch_list *launch;
        bool equal;
        assert_true(clt_method_is_legal(&methods[i], family_of(gemm), work));
        if (i >= most) continue; /* each is a program */
        assert_int_equal(clt_trial_prepare(&launch, trial, &methods[i]), CLT_OK);
        assert_int_equal(clt_launch_list_count(launch), 1);
        assert_int_equal(clt_trial_is_equal(&equal, trial, launch), CLT_OK);
        if (!equal) {
            char text[CLT_METHOD_TEXT], product[CLT_METHOD_TEXT];
            clt_method_format(text, sizeof text, &methods[i]);
            clt_asked_product_format(product, sizeof product, work);
            fail_msg("%s: %s differs from the default", product, text);
        }
        clt_launch_list_free(launch);
    }
}

static void candidates_compute_what_the_default_does(void **state)
{
    (void)state;
    struct clt_gemm *gemm = create_gemm();
    struct clt_asked_product works[12];
    const size_t n = workloads(works, gemm);
    for (size_t i = 0; i < n; i++) {
        struct clt_trial *trial;
        struct clt_launch_list *launch;
        bool is_chain;
        const struct clt_method usual = clt_method_default(test.device, family_of(gemm), &works[i]);
        assert_true(clt_method_is_legal(&usual, family_of(gemm), &works[i]));
        assert_int_equal(clt_trial_create(&trial, test.device, &works[i]), CLT_OK);
        assert_int_equal(clt_trial_prepare(&launch, trial, &usual), CLT_OK);
        assert_int_equal(clt_trial_set_reference(&is_chain, trial, launch), CLT_OK);
        assert_true(is_chain);
        for (enum clt_axis axis = 0; axis < CLT_AXES; axis++)
            compare_candidates(trial, gemm, &works[i], axis, axis < CLT_AXIS_REGISTERS ? 99 : 2);
        clt_launch_list_free(launch);
        clt_trial_free(trial);
    }
    clt_gemm_free(gemm);
}

/* A trial that could not see a wrong result would let every candidate pass. */
static void another_result_is_seen(void **state)
{
    (void)state;
    struct clt_gemm *gemm = create_gemm();
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 300),
                                   longer = workload(gemm, CLT_FORWARD, 1, true, 304);
    struct clt_trial *trial, *other;
    struct clt_launch_list *launch, *others;
    bool is_chain, equal;
    const struct clt_method usual = clt_method_default(test.device, family_of(gemm), &work);
    assert_int_equal(clt_trial_create(&trial, test.device, &work), CLT_OK);
    assert_int_equal(clt_trial_create(&other, test.device, &longer), CLT_OK);
    assert_int_equal(clt_trial_prepare(&launch, trial, &usual), CLT_OK);
    assert_int_equal(clt_trial_prepare(&others, other, &usual), CLT_OK);
    assert_int_equal(clt_trial_set_reference(&is_chain, trial, launch), CLT_OK);
    assert_int_equal(clt_trial_is_equal(&equal, trial, others), CLT_OK); /* writes nothing here */
    assert_false(equal);
    assert_int_equal(clt_trial_set_reference(&is_chain, trial, others), CLT_OK);
    assert_false(is_chain);
    clt_launch_list_free(launch);
    clt_launch_list_free(others);
    clt_trial_free(trial);
    clt_trial_free(other);
    clt_gemm_free(gemm);
}

/* The first of gemm's list, after one was asked for. */
static struct clt_tuned ask(const struct clt_gemm *gemm, const struct clt_asked_product *work)
{
    size_t count;
    struct clt_method method;
    assert_int_equal(clt_choices_ask(&method, clt_gemm_choices(gemm), work), CLT_OK);
    const struct clt_tuned *list = clt_gemm_tuned(gemm, &count);
    assert_int_equal(count, 1);
    assert_true(clt_method_is_same(&method, &list[0].method));
    return list[0];
}

/* Tunes one product; what came of it. */
static struct clt_tuned tune(double seconds)
{
    struct clt_gemm *gemm = create_gemm();
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 40);
    assert_false(ask(gemm, &work).measured);
    assert_int_equal(clt_gemm_unmeasured(gemm), 1);
    assert_int_equal(clt_gemm_tune(gemm, &(struct clt_tuning_options){.seconds = seconds}), CLT_OK);
    const struct clt_tuned tuned = ask(gemm, &work);
    assert_int_equal(clt_gemm_unmeasured(gemm), !tuned.measured);
    clt_gemm_free(gemm);
    return tuned;
}

static struct clt_tuned found(void)
{
    struct clt_gemm *gemm = create_gemm();
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 40);
    const struct clt_tuned tuned = ask(gemm, &work);
    clt_gemm_free(gemm);
    return tuned;
}

static bool is_default(const struct clt_tuned *tuned)
{
    struct clt_gemm *gemm = create_gemm();
    const struct clt_method usual = clt_method_default(test.device, family_of(gemm), &tuned->work);
    clt_gemm_free(gemm);
    return clt_method_is_same(&usual, &tuned->method);
}

static void a_faster_method_is_taken_and_found_again(void **state)
{
    (void)state;
    test.factor = 1.05;
    const struct clt_tuned tuned = tune(2);
    assert_true(tuned.measured);
    assert_false(is_default(&tuned));
    assert_true(tuned.seconds < tuned.default_seconds);
    const struct clt_tuned again = found();
    assert_true(again.measured);
    assert_true(clt_method_is_same(&again.method, &tuned.method));
}

static void one_that_is_no_faster_is_not_taken(void **state)
{
    (void)state;
    test.factor = 1.0005; /* less than 2 % in all of the last turns */
    const struct clt_tuned tuned = tune(0.5);
    assert_true(tuned.measured);
    assert_true(is_default(&tuned));
    assert_true(found().measured);
}

static void a_wrong_one_is_not_taken_however_fast(void **state)
{
    (void)state;
    test.factor = 1.05;
    test.wrong = true;
    const struct clt_tuned tuned = tune(2);
    assert_true(tuned.measured);
    assert_true(is_default(&tuned));
}

static void without_time_nothing_is_measured_or_kept(void **state)
{
    (void)state;
    assert_false(tune(0).measured);
    assert_int_equal(test.timed, 0);
    assert_false(found().measured);
    assert_int_equal(clt_scratch_count(test.folder), 0);
}

static bool stop(void *self)
{
    (*(size_t *)self)++;
    return true;
}

static void who_asks_to_stop_is_heard(void **state)
{
    (void)state;
    size_t calls = 0;
    struct clt_gemm *gemm = create_gemm();
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 40);
    ask(gemm, &work);
    const struct clt_tuning_options options = {.seconds = 9, .interrupt = {stop, &calls}};
    assert_int_equal(clt_gemm_tune(gemm, &options), CLT_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(test.timed, 0);
    clt_gemm_free(gemm);
}

static bool stop_later(void *self)
{
    return ++*(size_t *)self > 2;
}

static void what_is_stopped_halfway_counts_as_not_measured(void **state)
{
    (void)state;
    size_t calls = 0;
    struct clt_gemm *gemm = create_gemm();
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 41);
    ask(gemm, &work);
    const struct clt_tuning_options options = {.seconds = 9, .interrupt = {stop_later, &calls}};
    assert_int_equal(clt_gemm_tune(gemm, &options), CLT_OK);
    assert_int_equal(calls, 3);
    assert_true(test.timed > 0);
    assert_int_equal(clt_gemm_unmeasured(gemm), 1);
    clt_gemm_free(gemm);
}

static void save_value(const char *key, const char *value)
{
    struct clt_tuning *table;
    char description[4096];
    char *kernels = clt_kernels_identity();
    char *identity = clt_device_identity(clt_device_describe(test.device));
    snprintf(description, sizeof description, "%s\n%s", kernels, identity);
    assert_int_equal(clt_tuning_open(&table, description), CLT_OK);
    assert_int_equal(clt_tuning_put(table, key, value), CLT_OK);
    assert_int_equal(clt_tuning_save(table), CLT_OK);
    clt_tuning_free(table);
    free(identity);
    free(kernels);
}

#define TIMES " nanoseconds 1000 default 2000"

static void what_is_not_legal_is_ignored(void **state)
{
    (void)state;
    static const char key[] = "panels forward 37x40x73 members 1 shared 1 update 0";
    static const char *const values[] = {
        "",
        "native",
        "clblast" TIMES, /* needs plain matrices */
        "native rows 5 vectors 1 depth 64 run 10 width 1",
        "native rows 5 vectors 1 depth 64 run 10 width 1 nanoseconds 1000",
        "native rows 5 vectors 1 depth 64 run 10" TIMES,
        "native rows 5 vectors 1 depth 64 run 10 width 1 more" TIMES,
        "native rows +5 vectors 1 depth 64 run 10 width 1" TIMES,
        "native rows 5 vectors 1 depth 64 run 10 width -1" TIMES,
        "native rows 18446744073709551621 vectors 1 depth 64 run 10 width 1" TIMES, /* 2^64 + 5 */
        "native rows 0 vectors 1 depth 64 run 10 width 1" TIMES,
        "native rows 38 vectors 1 depth 64 run 38 width 1" TIMES,
        "native rows 5 vectors 0 depth 64 run 10 width 1" TIMES,
        "native rows 5 vectors 4 depth 64 run 10 width 3" TIMES,
        "native rows 5 vectors 1 depth 0 run 10 width 1" TIMES,
        "native rows 5 vectors 1 depth 72 run 10 width 1" TIMES,
        "native rows 5 vectors 1 depth 65536 run 10 width 1" TIMES,
        "native rows 5 vectors 1 depth 64 run 0 width 1" TIMES,
        "native rows 5 vectors 1 depth 64 run 12 width 1" TIMES,
        "native rows 5 vectors 1 depth 64 run 45 width 1" TIMES,
        "native rows 5 vectors 1 depth 64 run 10 width 0" TIMES,
        "native rows 5 vectors 1 depth 64 run 10 width 4" TIMES,
        "native rows 5 vectors 2 depth 64 run 10 width 1" TIMES,
    };
    if (!clt_device_is_cpu(test.device)) skip();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        save_value(key, values[i]);
        const struct clt_tuned tuned = found();
        if (tuned.measured || !is_default(&tuned)) fail_msg("taken: '%s'", values[i]);
    }
    save_value(key, "native rows 5 vectors 2 depth 64 run 10 width 3" TIMES);
    const struct clt_tuned tuned = found();
    const struct clt_method wanted = {CLT_PANELS, {5, 2, 64, 10, 3}};
    assert_true(tuned.measured);
    assert_true(clt_method_is_same(&tuned.method, &wanted));
    assert_true(tuned.seconds == 1000 * 1e-9 && tuned.default_seconds == 2000 * 1e-9);
}

static void a_gpu_may_take_our_own(void **state)
{
    (void)state;
    if (clt_device_is_cpu(test.device)) skip();
    test.factor = 1.05;
    const struct clt_tuned tuned = tune(60);
    assert_true(tuned.measured);
    assert_int_equal(tuned.method.backend, CLT_PLAIN);
    struct clt_gemm *gemm = create_gemm();
    assert_string_equal(clt_gemm_name(gemm), "clblast"); /* where nothing was measured */
    clt_gemm_free(gemm);
}

static void in_double_there_is_nothing_to_choose(void **state)
{
    (void)state;
    size_t count;
    struct clt_gemm *gemm;
    struct clt_method method;
    assert_int_equal(clt_gemm_create(&gemm, test.device, CLT_BACKEND_AUTO, CLT_DOUBLE), CLT_OK);
    const struct clt_asked_product work = workload(gemm, CLT_FORWARD, 1, true, 40);
    assert_int_equal(clt_choices_ask(&method, clt_gemm_choices(gemm), &work), CLT_OK);
    assert_int_not_equal(method.backend, CLT_CLBLAST);
    clt_gemm_tuned(gemm, &count);
    assert_int_equal(count, 0);
    clt_gemm_free(gemm);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(candidates_compute_what_the_default_does),
        TEST(another_result_is_seen),
        TEST(a_faster_method_is_taken_and_found_again),
        TEST(one_that_is_no_faster_is_not_taken),
        TEST(a_wrong_one_is_not_taken_however_fast),
        TEST(without_time_nothing_is_measured_or_kept),
        TEST(who_asks_to_stop_is_heard),
        TEST(what_is_stopped_halfway_counts_as_not_measured),
        TEST(what_is_not_legal_is_ignored),
        TEST(a_gpu_may_take_our_own),
        TEST(in_double_there_is_nothing_to_choose),
    };
    return cmocka_run_group_tests_name("gemm_tuner", tests, open_device, close_device);
}
