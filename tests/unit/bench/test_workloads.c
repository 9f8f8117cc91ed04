/* The built-in workloads: configs that are right, and samples that are the same everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "philox.h"
#include "workloads.h"

static void configs_are_right(void **state)
{
    size_t n;
    const struct clt_workload *workloads = clt_workloads(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct clt_config *config;
        assert_int_equal(clt_workload_config(&config, &workloads[i], "native"), CLT_OK);
        assert_string_equal(config->name, workloads[i].name);
        assert_int_equal(config->members, workloads[i].members);
        assert_int_equal(config->train.batch_size, workloads[i].batch);
        assert_int_equal(config->gemm.backend, CLT_GEMM_NATIVE);
        clt_config_free(config);
    }
}

static void members_differ_in_l2(void **state)
{
    const struct clt_workload workload = {"two", "two", "3", false, 10, 2};
    struct clt_config *config, *last;
    (void)state;
    assert_int_equal(clt_workload_config(&config, &workload, "auto"), CLT_OK);
    assert_int_equal(clt_config_member(&last, config, 1), CLT_OK);
    assert_true(last->train.l2 == 1e-2);
    clt_config_free(last);
    clt_config_free(config);
}

static void samples_are_philox_words(void **state)
{
    const uint32_t key[2] = {1, 0}, label_key[2] = {2, 0}, counter[4] = {5, 0, 0, 0};
    uint32_t words[4], labels[4];
    struct clt_dataset *dataset;
    (void)state;
    assert_int_equal(clt_workload_dataset(&dataset, 256), CLT_OK);
    assert_int_equal(dataset->samples, 39 * 256);
    assert_int_equal(dataset->train.count, dataset->samples);
    clt_philox4x32(words, counter, key);
    clt_philox4x32(labels, counter, label_key);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(clt_dataset_images(dataset, 0).images[5 * 16 + i],
                         words[i / 4] >> 8 * (i % 4) & 0xff);
    for (size_t i = 0; i < 4; i++) assert_int_equal(dataset->labels[5 * 4 + i], labels[i] % 10);
    /* Uniform bytes: mean 127.5, deviation 73.9. */
    for (size_t f = 0; f < dataset->features; f++) {
        assert_true(fabsf(dataset->mean[f] - 127.5f) < 5);
        assert_true(fabsf(1 / dataset->scale[f] - 73.9f) < 3);
    }
    clt_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configs_are_right),
        cmocka_unit_test(members_differ_in_l2),
        cmocka_unit_test(samples_are_philox_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
