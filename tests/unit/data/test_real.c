/* The real data sets, where they are installed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "file.h"
#include "fixture.h"

static void assert_classes_even(const struct clt_dataset *d, struct clt_range part)
{
    size_t count[10] = {0};
    assert_int_equal(d->classes, 10);
    for (size_t i = part.first; i < part.first + part.count; i++) count[d->labels[i]]++;
    for (size_t c = 0; c < 10; c++) assert_int_equal(count[c], part.count / 10);
}

static void fashion_mnist(void **state)
{
    (void)state;
    static const uint16_t train[] = {9, 0, 0, 3}, test[] = {9, 2, 1, 1};
    const struct fixture f = {.options = {.format = CLT_DATASET_IDX,
                                          .path = "/usr/share/datasets/fashion-mnist",
                                          .scaling = CLT_SCALING_CHANNEL}};
    if (!clt_file_exists(f.options.path)) {
        print_message("install Debian's package dataset-fashion-mnist to run this test\n");
        skip();
    }
    struct clt_dataset *d = clt_fixture_load(&f);
    clt_fixture_assert_range(d->train, 0, 60000);
    clt_fixture_assert_range(d->validation, 60000, 0);
    clt_fixture_assert_range(d->test, 60000, 10000);
    assert_int_equal(d->height, 28);
    assert_int_equal(d->width, 28);
    assert_memory_equal(d->labels, train, sizeof train);
    assert_memory_equal(d->labels + d->test.first, test, sizeof test);
    assert_classes_even(d, d->train);
    assert_classes_even(d, d->test);
    /* Its usual constants, 0.2860 and 0.3530 of pixels in 0..1. */
    assert_true(fabs(d->mean[0] / 255 - 0.2860) < 5e-5);
    assert_true(fabs(1 / d->scale[0] / 255 - 0.3530) < 5e-5);
    clt_dataset_free(d);
}

static void cifar10(void **state)
{
    (void)state;
    /* The usual constants of CIFAR-10: red, green, blue. Re-encoded images are within 0.002. */
    static const double mean[] = {0.4914, 0.4822, 0.4465}, deviation[] = {0.2470, 0.2435, 0.2616};
    const struct fixture f = {.options = {.format = CLT_DATASET_CIFAR10,
                                          .path = getenv("CLTRAIN_CIFAR10"),
                                          .scaling = CLT_SCALING_CHANNEL}};
    if (!f.options.path) {
        print_message("set CLTRAIN_CIFAR10 to a folder made by scripts/get-cifar10 to run this "
                      "test\n");
        skip();
    }
    struct clt_dataset *d = clt_fixture_load(&f);
    clt_fixture_assert_range(d->train, 0, 50000);
    clt_fixture_assert_range(d->test, 50000, 10000);
    assert_classes_even(d, d->train);
    assert_classes_even(d, d->test);
    for (size_t c = 0; c < 3; c++) {
        assert_true(fabs(d->mean[c * 1024] / 255 - mean[c]) < 0.002);
        assert_true(fabs(1 / d->scale[c * 1024] / 255 - deviation[c]) < 0.002);
    }
    if (d->class_names) assert_string_equal(d->class_names[9], "truck");
    clt_dataset_free(d);
}

static uint8_t byte_of(const struct clt_dataset *d, size_t sample, size_t feature)
{
    return clt_dataset_images(d, sample).images[feature];
}

/* mean and scale against the plain two-pass formula, for a part that ends in the middle. */
static void feature_statistics_of_fashion_mnist(void **state)
{
    (void)state;
    const struct fixture f = {.options = {.format = CLT_DATASET_IDX,
                                          .path = "/usr/share/datasets/fashion-mnist",
                                          .validation_count = 5000,
                                          .scaling = CLT_SCALING_FEATURE}};
    if (!clt_file_exists(f.options.path)) skip();
    struct clt_dataset *d = clt_fixture_load(&f);
    for (size_t feature = 0; feature < d->features; feature += 97) {
        const double n = (double)d->train.count;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < d->train.count; i++) sum += byte_of(d, i, feature);
        for (size_t i = 0; i < d->train.count; i++) {
            const double x = byte_of(d, i, feature) - sum / n;
            squares += x * x;
        }
        const double scale = 1 / sqrt(squares / n);
        assert_true(d->mean[feature] == (float)(sum / n));
        assert_true(fabs(d->scale[feature] - scale) <= 1e-7 * scale);
    }
    clt_dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fashion_mnist),
        cmocka_unit_test(cifar10),
        cmocka_unit_test(feature_statistics_of_fashion_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
