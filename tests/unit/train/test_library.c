/* The library as a program sees it: a run from its config to its networks, and what becomes of
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cltrain/cltrain.h>
#include <cmocka.h>

#include "file.h"
#include "predict.h"
#include "scratch.h"

enum { TRAIN = 90, VALIDATION = 23, TEST = 517, PIXELS = 12, CLASSES = 3, MEMBERS = 2 };

struct fixture {
    char *folder, *config_path, *run_path;
    struct clt_device *device;
    struct clt_config *config;
    struct clt_run *run; /* trained */
};

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != CLT_OK) fail_msg("%s: %s", #call, clt_error_message());                      \
    } while (0)

/* Brightness and label go together, but for noise: more than chance can be learnt. */
static void write_idx(const char *folder, const char *part, size_t n)
{
    char images_name[64], labels_name[64];
    uint8_t *images = calloc(16 + n * PIXELS, 1), *labels = calloc(8 + n, 1);
    assert_true(images && labels);
    memcpy(images,
           (uint8_t[]){0, 0, 8, 3, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, 0, 3, 0, 0, 0, 4},
           16);
    memcpy(labels, (uint8_t[]){0, 0, 8, 1, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}, 8);
    for (size_t i = 0; i < n; i++) {
        labels[8 + i] = (uint8_t)(i * 7 / 5 % CLASSES);
        for (size_t f = 0; f < PIXELS; f++)
            images[16 + i * PIXELS + f] = (uint8_t)(60 * labels[8 + i] + (i * 31 + f * 57) % 90);
    }
    snprintf(images_name, sizeof images_name, "%s-images-idx3-ubyte", part);
    snprintf(labels_name, sizeof labels_name, "%s-labels-idx1-ubyte", part);
    clt_scratch_write(folder, images_name, images, 16 + n * PIXELS);
    clt_scratch_write(folder, labels_name, labels, 8 + n);
    free(images);
    free(labels);
}

static const char config_text[] =
    "name = \"small\";"
    "data = { format = \"idx\"; path = \".\"; validation = 23; };"
    "model = ( { type = \"dense\"; units = 7; }, { type = \"batch_norm\"; }, { type = \"relu\"; },"
    "          { type = \"dropout\"; rate = 0.1; }, { type = \"dense\"; } );"
    "train = { batch_size = 20; epochs = 3; learning_rate = 0.1; };"
    "population = ( { key = \"seed\"; count = 2; } );";

static int setup(void **state)
{
    const struct clt_observer silent = {0};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->folder = clt_scratch_create();
    f->config_path = clt_path_join(f->folder, "small.cfg");
    f->run_path = clt_path_join(f->folder, "run");
    write_idx(f->folder, "train", TRAIN + VALIDATION);
    write_idx(f->folder, "t10k", TEST);
    clt_scratch_write(f->folder, "small.cfg", config_text, strlen(config_text));
    MUST(clt_device_open(&f->device, NULL));
    MUST(clt_config_load(&f->config, f->config_path, NULL, 0));
    MUST(clt_run_create(&f->run, f->device, f->config));
    assert_null(clt_run_folder(f->run));
    MUST(clt_run_train(f->run, f->run_path, &silent));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    clt_run_free(f->run);
    clt_config_free(f->config);
    clt_device_close(f->device);
    clt_scratch_remove(f->folder);
    free(f->config_path);
    free(f->run_path);
    free(f);
    return 0;
}

static void the_record_of_a_run(void **state)
{
    const struct fixture *f = *state;
    const struct clt_run_record *record = clt_run_record_of(f->run);
    struct clt_measure measures[MEMBERS];
    assert_int_equal(record->status, CLT_RUN_DONE);
    assert_int_equal(record->updates, 15);
    assert_ptr_equal(record->config, f->config);
    assert_string_equal(record->device, clt_device_name(f->device));
    assert_string_equal(clt_run_folder(f->run), f->run_path);
    MUST(clt_run_evaluate(measures, f->run, CLT_SPLIT_TEST));
    for (size_t p = 0; p < MEMBERS; p++) {
        assert_true(measures[p].made && measures[p].accuracy > 0.5);
        assert_true(measures[p].accuracy == record->members[p].test.accuracy);
        assert_true(measures[p].loss == record->members[p].test.loss);
    }
}

/* On the device that the config names. */
static const struct clt_experiment_options configured;

/* Every split, checkpoint and member: the hits that are counted on the device. */
static void predictions_are_what_evaluation_counts(void **state)
{
    static const char *const checkpoints[] = {"last", "best"};
    static const size_t samples[] = {TRAIN, VALIDATION, TEST};
    const struct fixture *f = *state;
    for (size_t i = 0; i < 3 * 2 * MEMBERS; i++) {
        const enum clt_split split = (enum clt_split)(i % 3);
        const char *which = checkpoints[i / 3 % 2];
        const size_t member = i / 6;
        struct clt_measure measures[MEMBERS];
        struct clt_predictions *predictions;
        struct clt_run *run;
        size_t hits = 0;
        MUST(clt_run_open(&run, f->device, f->run_path, which));
        MUST(clt_run_evaluate(measures, run, split));
        clt_run_free(run);
        MUST(clt_run_predict(&predictions, f->run_path, &configured, split, which, member, true));
        assert_int_equal(predictions->samples, samples[split]);
        assert_int_equal(predictions->classes, CLASSES);
        for (size_t s = 0; s < predictions->samples; s++)
            hits += clt_predictions_class(predictions, s) == predictions->labels[s];
        assert_true((double)hits / (double)predictions->samples == measures[member].accuracy);
        clt_predictions_free(predictions);
    }
}

/* The trained run has the weights of its last checkpoint, without reading it. */
static void a_trained_run_predicts_like_its_folder(void **state)
{
    const struct fixture *f = *state;
    for (size_t member = 0; member < MEMBERS; member++) {
        struct clt_predictions *now, *read;
        MUST(clt_run_predict_now(&now, f->run, CLT_SPLIT_TEST, member, true));
        MUST(
            clt_run_predict(&read, f->run_path, &configured, CLT_SPLIT_TEST, "last", member, true));
        assert_int_equal(now->samples, TEST);
        assert_memory_equal(now->probabilities, read->probabilities,
                            TEST * CLASSES * sizeof *read->probabilities);
        assert_memory_equal(now->images, read->images, TEST * PIXELS);
        assert_memory_equal(now->labels, read->labels, TEST * sizeof *read->labels);
        clt_predictions_free(now);
        clt_predictions_free(read);
    }
}

/* One at a time, in small batches and in large ones: always the bits of the run. */
static void a_saved_network_classifies_alike(void **state)
{
    static const size_t batches[] = {TEST, 1, 7, 500};
    const struct fixture *f = *state;
    char *path = clt_path_join(f->folder, "saved.safetensors");
    struct clt_predictions *wanted;
    struct clt_classifier *classifier;
    float *got = calloc(TEST * CLASSES, sizeof *got);
    assert_true(path && got);
    MUST(clt_run_save(f->run, path, 1));
    MUST(clt_classifier_load(&classifier, f->device, path));
    assert_int_equal(clt_classifier_input(classifier).height, 3);
    assert_int_equal(clt_classifier_classes(classifier), CLASSES);
    assert_null(clt_classifier_class_name(classifier, 0));
    MUST(clt_run_predict(&wanted, f->run_path, &configured, CLT_SPLIT_TEST, "last", 1, true));
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        memset(got, 0, TEST * CLASSES * sizeof *got);
        for (size_t first = 0; first < TEST; first += batches[i]) {
            const size_t n = TEST - first < batches[i] ? TEST - first : batches[i];
            MUST(clt_classifier_predict(got + first * CLASSES, classifier,
                                        wanted->images + first * PIXELS, n));
        }
        assert_memory_equal(got, wanted->probabilities, TEST * CLASSES * sizeof *got);
    }
    MUST(clt_classifier_predict(got, classifier, NULL, 0));
    clt_predictions_free(wanted);
    clt_classifier_free(classifier);
    free(got);
    free(path);
}

static void what_makes_no_sense_is_refused(void **state)
{
    const struct clt_observer silent = {0};
    const struct fixture *f = *state;
    struct clt_predictions *predictions;
    struct clt_run *run;
    assert_int_equal(clt_run_train(f->run, NULL, &silent), CLT_E_USAGE);
    assert_int_equal(clt_run_save(f->run, "x", MEMBERS), CLT_E_USAGE);
    assert_int_equal(clt_run_open(&run, f->device, f->run_path, "worst"), CLT_E_USAGE);
    assert_null(run);
    assert_int_equal(clt_run_open(&run, f->device, f->folder, "last"), CLT_E_DATA);
    MUST(clt_run_open(&run, f->device, f->run_path, "last"));
    assert_int_equal(clt_run_train(run, NULL, &silent), CLT_E_USAGE);
    clt_run_free(run);
    assert_int_equal(clt_run_predict(&predictions, f->run_path, &configured, CLT_SPLIT_TEST, "last",
                                     MEMBERS, false),
                     CLT_E_USAGE);
    assert_null(predictions);
    const char *shorter = "train.epochs=2";
    const struct clt_resume_options options = {.sets = &shorter, .n_sets = 1};
    clt_run_free(NULL);
    /* The first run holds the directory until it is freed. */
    assert_int_equal(clt_run_resume(&run, f->device, f->run_path, &options), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "in use"));
}

static void the_best_class(void **state)
{
    (void)state;
    assert_int_equal(clt_best_class((float[]){0.2f, 0.5f, 0.3f}, 3), 1);
    assert_int_equal(clt_best_class((float[]){0.4f, 0.2f, 0.4f}, 3), 0);
    const float nan = strtof("nan", NULL);
    assert_int_equal(clt_best_class((float[]){nan, nan, nan}, 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_of_a_run),
        cmocka_unit_test(predictions_are_what_evaluation_counts),
        cmocka_unit_test(a_trained_run_predicts_like_its_folder),
        cmocka_unit_test(a_saved_network_classifies_alike),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(the_best_class),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
