/* The resolved config, and the page made from the tables. */
#include "support.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "philox.h"
#include "scratch.h"

static struct clt_config *reload(const char *text, const char *name)
{
    char *folder = clt_scratch_create();
    char *path = clt_path_join(folder, name);
    clt_scratch_write(folder, name, text, strlen(text));
    struct clt_config *config = load(path, NULL);
    free(path);
    clt_scratch_remove(folder);
    return config;
}

static void assert_same_layers(const struct clt_config *a, const struct clt_config *b)
{
    assert_int_equal(a->n_layers, b->n_layers);
    for (size_t i = 0; i < a->n_layers; i++) {
        struct clt_layer_config x = a->layers[i], y = b->layers[i];
        x.where = y.where = NULL;
        assert_memory_equal(&x, &y, sizeof x);
    }
}

/* Written, read and written again: the same config and the same text. */
static void assert_round_trip(const char *path)
{
    struct clt_config *first = load(path, NULL);
    char *text, *again;
    assert_int_equal(clt_config_write(&text, first), CLT_OK);
    struct clt_config *second = reload(text, "other.cfg");
    assert_int_equal(clt_config_write(&again, second), CLT_OK);
    assert_string_equal(text, again);
    assert_string_equal(first->name, second->name);
    assert_string_equal(first->data.path, second->data.path);
    assert_memory_equal(&first->train, &second->train, sizeof first->train);
    assert_int_equal(first->seed, second->seed);
    assert_int_equal(first->members, second->members);
    assert_int_equal(first->n_expect, second->n_expect);
    assert_same_layers(first, second);
    free(text);
    free(again);
    clt_config_free(first);
    clt_config_free(second);
}

static bool is_study(const char *path)
{
    struct clt_study_config *study;
    assert_int_equal(clt_study_config_load(&study, path, NULL, 0), CLT_OK);
    const bool stages = clt_study_config_has_stages(study);
    clt_study_config_free(study);
    return stages;
}

static void configs_survive_writing(void **state)
{
    (void)state;
    static const char *const patterns[] = {CLT_SOURCE_FOLDER "/configs/*.cfg",
                                           CLT_SOURCE_FOLDER "/configs/*/*.cfg", CONFIGS "*.cfg"};
    size_t tried = 0;
    assert_int_equal(setenv("CLTRAIN_CIFAR10", "/data/cifar-10", 1), 0);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        glob_t found;
        assert_int_equal(glob(patterns[i], 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++, tried++)
            if (!is_study(found.gl_pathv[k])) assert_round_trip(found.gl_pathv[k]);
        globfree(&found);
    }
    assert_true(tried >= 11);
}

static void written_text_is_complete(void **state)
{
    (void)state;
    static const char expected[] = "name = \"plain\";\n"
                                   "seed = 1;\n"
                                   "device = \"\";\n"
                                   "data = {\n"
                                   "  format = \"idx\";\n"
                                   "  path = \"/data\";\n"
                                   "  train = ();\n"
                                   "  validation = 0;\n"
                                   "  train_samples = 0;\n"
                                   "  test = ();\n"
                                   "  device_memory = 0;\n"
                                   "  normalize = \"feature\";\n"
                                   "  augment = {\n"
                                   "    mirror = false;\n"
                                   "    shift = 0;\n"
                                   "  };\n"
                                   "  seed = 0;\n"
                                   "};\n"
                                   "model = (\n"
                                   "  {\n"
                                   "    type = \"dense\";\n"
                                   "    init = \"he\";\n"
                                   "  }\n"
                                   ");\n"
                                   "train = {\n"
                                   "  batch_size = 100;\n"
                                   "  epochs = 1;\n"
                                   "  cycles = 0;\n"
                                   "  updates = 0;\n"
                                   "  loss = \"softmax\";\n"
                                   "  learning_rate = 0.1;\n"
                                   "  optimizer = {\n"
                                   "    type = \"sgd\";\n"
                                   "    momentum = 0.0;\n"
                                   "    nesterov = false;\n"
                                   "  };\n"
                                   "  l2 = 0.0;\n"
                                   "  shuffle = \"epoch\";\n"
                                   "  stop_at_update = 0;\n"
                                   "  early_stopping = {\n"
                                   "    patience = 0;\n"
                                   "    min_delta = 0.0;\n"
                                   "    by = \"val_loss\";\n"
                                   "  };\n"
                                   "  on_divergence = \"stop\";\n"
                                   "  max_rewinds = 10;\n"
                                   "  snapshots = false;\n"
                                   "};\n"
                                   "gemm = {\n"
                                   "  backend = \"auto\";\n"
                                   "  tune_seconds = 5.0;\n"
                                   "};\n"
                                   "report = {\n"
                                   "  every_updates = 0;\n"
                                   "  train_samples = 0;\n"
                                   "};\n"
                                   "gradcheck = {\n"
                                   "  samples = 0;\n"
                                   "  coordinates = 50;\n"
                                   "  features = 0;\n"
                                   "  step = 0.0;\n"
                                   "};\n"
                                   "population = ();\n"
                                   "population_memory = 0;\n"
                                   "expect = ();\n"
                                   "published = ();\n";
    struct clt_config *c = load(CONFIGS "plain.cfg", NULL);
    char *text;
    assert_int_equal(clt_config_write(&text, c), CLT_OK);
    assert_string_equal(text, expected);
    free(text);
    clt_config_free(c);
}

static void numbers_keep_their_bits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        char l2[64], seed[64];
        const double value =
            clt_random_uniform(i, CLT_RANDOM_SEARCH, 0, 0) * (i % 2 ? 1e-20 : 1e20);
        const int64_t whole = (int64_t)(i * 0x123456789abcdefULL >> 1);
        snprintf(l2, sizeof l2, "train.l2=%.17e", value);
        snprintf(seed, sizeof seed, "seed=%" PRId64 "L", whole);
        const char *const sets[] = {l2, seed, NULL};
        struct clt_config *c = load(CONFIGS "plain.cfg", sets);
        char *text;
        assert_int_equal(clt_config_write(&text, c), CLT_OK);
        struct clt_config *same = reload(text, "x.cfg");
        assert_true(same->train.l2 == value);
        assert_int_equal(same->seed, whole);
        free(text);
        clt_config_free(same);
        clt_config_free(c);
    }
}

/* The name of a folder may be any bytes. */
static void strings_keep_their_bytes(void **state)
{
    (void)state;
    char path[300] = "data.path=/";
    size_t n = strlen(path);
    for (int c = 1; c < 256; c++) path[n++] = (char)c;
    const char *const sets[] = {path, NULL};
    struct clt_config *c = load(CONFIGS "plain.cfg", sets);
    char *text;
    assert_int_equal(clt_config_write(&text, c), CLT_OK);
    struct clt_config *same = reload(text, "x.cfg");
    assert_string_equal(same->data.path, path + strlen("data.path="));
    free(text);
    clt_config_free(same);
    clt_config_free(c);
}

/* docs/config.md is what `cltrain config` prints. */
static void the_page_follows_the_tables(void **state)
{
    (void)state;
    uint8_t *page;
    size_t size;
    char *expected;
    assert_int_equal(clt_file_read(&page, &size, CLT_SOURCE_FOLDER "/docs/config.md"), CLT_OK);
    assert_int_equal(clt_config_reference(&expected), CLT_OK);
    assert_string_equal((const char *)page, expected);
    free(page);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configs_survive_writing),     cmocka_unit_test(written_text_is_complete),
        cmocka_unit_test(numbers_keep_their_bits),     cmocka_unit_test(strings_keep_their_bytes),
        cmocka_unit_test(the_page_follows_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
