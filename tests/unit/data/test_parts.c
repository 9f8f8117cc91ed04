/* Splits of the pool, and mean and scale of the training part. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static int setup(void **state)
{
    static const uint8_t labels[] = {0, 1, 2, 0, 1, 1};
    clt_fixture_setup(state);
    clt_fixture_write_idx(*state, "train", 6, labels);
    clt_fixture_write_idx(*state, "extra", 3, labels);
    clt_fixture_write_idx(*state, "t10k", 2, labels);
    return 0;
}

static void last_training_samples_validate(void **state)
{
    struct fixture *f = *state;
    f->options.validation_count = 2;
    struct clt_dataset *d = clt_fixture_load(f);
    clt_fixture_assert_range(d->train, 0, 4);
    clt_fixture_assert_range(d->validation, 4, 2);
    clt_fixture_assert_range(d->test, 6, 2);
    assert_int_equal(d->samples, 8);
    assert_int_equal(clt_dataset_images(d, d->validation.first).images[0], 40);
    clt_dataset_free(d);
}

static void the_first_training_samples_are_kept(void **state)
{
    struct fixture *f = *state;
    f->options.validation_count = 2;
    for (size_t keep = 3; keep <= 5; keep += 2) {
        struct clt_dataset *d = clt_fixture_load(f);
        const size_t kept = keep < 4 ? keep : 4;
        const float mean = d->mean[0];
        clt_dataset_keep_samples(d, keep);
        clt_fixture_assert_range(d->train, 0, kept);
        assert_int_equal(d->validation.count + d->test.count, 0);
        assert_int_equal(d->samples, kept);
        assert_true(d->mean[0] == mean);
        clt_dataset_free(d);
    }
}

static void validation_of_its_own_files(void **state)
{
    struct fixture *f = *state;
    static const char *const extra[] = {"extra"};
    f->options.validation = extra;
    f->options.n_validation = 1;
    struct clt_dataset *d = clt_fixture_load(f);
    clt_fixture_assert_range(d->train, 0, 6);
    clt_fixture_assert_range(d->validation, 6, 3);
    clt_fixture_assert_range(d->test, 9, 2);
    clt_dataset_free(d);
}

/* Samples that both train and judge would pass unnoticed. */
static void parts_share_no_file(void **state)
{
    struct fixture *f = *state;
    static const char *const own[] = {"train"};
    struct clt_dataset *d;
    f->options.validation = own;
    f->options.n_validation = 1;
    assert_int_equal(clt_dataset_load(&d, &f->options), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "names every training file"));
    f->options.train = own;
    f->options.n_train = 1;
    assert_int_equal(clt_dataset_load(&d, &f->options), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "train is named in data.train and in data.valid"));
    f->options.n_validation = 0;
    f->options.test = own;
    f->options.n_test = 1;
    assert_int_equal(clt_dataset_load(&d, &f->options), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "train is named in data.train and in data.test"));
}

/* A split decides nothing about the classes: those are of the training files as a whole. */
static void classes_are_of_the_whole_training_files(void **state)
{
    struct fixture *f = *state;
    f->options.validation_count = 4;
    struct clt_dataset *d = clt_fixture_load(f);
    assert_int_equal(d->classes, 3);
    clt_dataset_free(d);
}

static void nothing_left_for_training(void **state)
{
    struct fixture *f = *state;
    for (size_t count = 6; count < 8; count++) {
        struct clt_dataset *d = NULL;
        char message[4096];
        f->options.validation_count = count;
        assert_int_equal(clt_dataset_load(&d, &f->options), CLT_E_DATA);
        assert_null(d);
        snprintf(message, sizeof message,
                 "%s: a validation part of %zu leaves nothing of the 6 training samples; it must "
                 "be smaller",
                 f->folder, count);
        assert_string_equal(clt_error_message(), message);
    }
}

static void more_training_samples_than_there_are(void **state)
{
    struct fixture *f = *state;
    struct clt_dataset *d = NULL;
    char message[4096];
    f->options.train_samples = 7;
    assert_int_equal(clt_dataset_load(&d, &f->options), CLT_E_DATA);
    assert_null(d);
    snprintf(message, sizeof message, "%s: data.train_samples asks for 7 of 6 training samples",
             f->folder);
    assert_string_equal(clt_error_message(), message);
}

/* Two images of 2 x 1 x 2 and a third that only validates. */
static struct clt_dataset *load_three(struct fixture *f, enum clt_dataset_scaling scaling)
{
    clt_fixture_write(f, "train-images-idx3-ubyte",
                      BYTES("\0\0\x08\x04\0\0\0\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                            "\x07\x0a\xff\x00"
                            "\x07\x14\xff\xff"
                            "\xc8\xc8\x01\xc8"));
    clt_fixture_write(f, "train-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x03\0\1\2"));
    clt_fixture_write(f, "t10k-images-idx3-ubyte",
                      BYTES("\0\0\x08\x04\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                            "\x99\x99\x99\x99"));
    clt_fixture_write(f, "t10k-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x01\0"));
    f->options.validation_count = 1;
    f->options.scaling = scaling;
    return clt_fixture_load(f);
}

static void assert_scaling(void **state, enum clt_dataset_scaling scaling, const double mean[4],
                           const double scale[4])
{
    struct clt_dataset *d = load_three(*state, scaling);
    for (size_t f = 0; f < 4; f++) {
        assert_true(d->mean[f] == (float)mean[f]);
        assert_true(fabs(d->scale[f] - scale[f]) <= 1e-7 * scale[f]);
    }
    clt_dataset_free(d);
}

static void feature_statistics(void **state)
{
    const double mean[] = {7, 15, 255, 127.5}, scale[] = {1, 1 / 5.0, 1, 1 / 127.5};
    assert_scaling(state, CLT_SCALING_FEATURE, mean, scale);
}

static void channel_statistics(void **state)
{
    /* Of 7, 10, 7, 20 (mean 11, squares 16 + 1 + 16 + 81) and of 255, 0, 255, 255. */
    const double first = sqrt(114 / 4.0), second = 255 * sqrt(3) / 4;
    const double mean[] = {11, 11, 191.25, 191.25};
    const double scale[] = {1 / first, 1 / first, 1 / second, 1 / second};
    assert_scaling(state, CLT_SCALING_CHANNEL, mean, scale);
}

static void bytes_and_none(void **state)
{
    const double mean[4] = {0}, byte[] = {1 / 255.0, 1 / 255.0, 1 / 255.0, 1 / 255.0},
                 none[] = {1, 1, 1, 1};
    assert_scaling(state, CLT_SCALING_BYTE, mean, byte);
    assert_scaling(state, CLT_SCALING_NONE, mean, none);
}

/* One image in 70,000 differs by one: its variance, about 1/n, must survive, past the block of
 * samples whose sums are held in 32 bits. */
static void a_small_variance_among_many(void **state)
{
    enum { N = 70000 };
    struct fixture *f = *state;
    uint8_t *images = malloc(16 + N), *labels = malloc(8 + N);
    assert_non_null(images);
    assert_non_null(labels);
    memcpy(images, "\0\0\x08\x03\0\x01\x11\x70\0\0\0\x01\0\0\0\x01", 16);
    memcpy(labels, "\0\0\x08\x01\0\x01\x11\x70", 8);
    memset(images + 16, 254, N);
    memset(labels + 8, 0, N);
    images[16 + N - 1] = 255;
    clt_fixture_write(f, "train-images-idx3-ubyte", images, 16 + N);
    clt_fixture_write(f, "train-labels-idx1-ubyte", labels, 8 + N);
    clt_fixture_write(f, "t10k-images-idx3-ubyte",
                      BYTES("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01x"));
    clt_fixture_write(f, "t10k-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x01\0"));
    f->options.scaling = CLT_SCALING_FEATURE;
    struct clt_dataset *d = clt_fixture_load(f);
    const double p = 1.0 / N, scale = 1 / sqrt(p * (1 - p));
    assert_true(d->mean[0] == (float)(254 + p));
    assert_true(fabs(d->scale[0] - scale) <= 1e-7 * scale);
    clt_dataset_free(d);
    free(images);
    free(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(last_training_samples_validate, setup,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(the_first_training_samples_are_kept, setup,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(validation_of_its_own_files, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(parts_share_no_file, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(classes_are_of_the_whole_training_files, setup,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_left_for_training, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(more_training_samples_than_there_are, setup,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(feature_statistics, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(channel_statistics, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(bytes_and_none, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_small_variance_among_many, setup, clt_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
