/* What the default device can do at best. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ceilings.h"
#include "launch.h"

static int open_device(void **state)
{
    struct clt_device *device;
    if (clt_device_open(&device, NULL) != CLT_OK) fail_msg("%s", clt_error_message());
    *state = device;
    return 0;
}

static int close_device(void **state)
{
    clt_device_close(*state);
    return 0;
}

static void ceilings_are_plausible(void **state)
{
    struct clt_ceilings ceilings;
    if (getenv("CLTRAIN_TEST_SIZES")) skip(); /* nothing to measure under an interpreter */
    if (clt_ceilings_measure(&ceilings, *state, 0.2) != CLT_OK) fail_msg("%s", clt_error_message());
    print_message("%.1f GFLOP/s, %.1f GB/s\n", ceilings.fma_gflops, ceilings.copy_gbs);
    assert_true(ceilings.fma_gflops > 1 && ceilings.fma_gflops < 1e6);
    assert_true(ceilings.copy_gbs > 0.1 && ceilings.copy_gbs < 1e5);
    assert_true(ceilings.fma_gflops > ceilings.copy_gbs);
}

/* Three chains of five links, as the host computes them. */
static void every_chain_is_computed(void **state)
{
    enum { VEC = 4, CHAINS = 3, ITEMS = 5, ROUNDS = 5 };
    double expected = 0;
    for (int i = 0; i < CHAINS; i++) {
        double v = (double)i / CHAINS + 1;
        for (int round = 0; round < ROUNDS; round++) v = -0.75 * v + 1.75;
        expected += v;
    }
    float result[ITEMS * VEC];
    struct clt_buffer y;
    struct clt_launch_list *list;
    const struct clt_geometry geometry = {1, {ITEMS}, {1}};
    assert_int_equal(clt_buffer_create(&y, *state, sizeof result), CLT_OK);
    assert_int_equal(clt_launch_list_create(&list, *state, CLT_FLOAT), CLT_OK);
    assert_int_equal(clt_launch_list_add(list, "ceilings.cl", "ceiling_fma",
                                         "-DVEC=4 -DCHAINS=3 -DGROUP=1", geometry,
                                         CLT_ARGS(clt_arg_buffer(&y), clt_arg_real(-0.75),
                                                  clt_arg_real(1.75), clt_arg_uint(ROUNDS))),
                     CLT_OK);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    assert_int_equal(clt_buffer_read(&y, 0, result, sizeof result), CLT_OK);
    for (int i = 0; i < ITEMS * VEC; i++)
        assert_true(fabs((double)result[i] - expected) < 1e-5 * expected);
    clt_launch_list_free(list);
    clt_buffer_free(&y);
}

/* Two groups of two items, three vectors of two each: every element arrives at its place. */
static void every_element_is_copied(void **state)
{
    enum { N = 24 };
    float sent[N], received[N];
    struct clt_buffer x, y;
    struct clt_launch_list *list;
    const struct clt_geometry geometry = {1, {4}, {2}};
    for (int i = 0; i < N; i++) sent[i] = (float)i;
    assert_int_equal(clt_buffer_create(&x, *state, sizeof sent), CLT_OK);
    assert_int_equal(clt_buffer_create(&y, *state, sizeof sent), CLT_OK);
    assert_int_equal(clt_buffer_write(&x, 0, sent, sizeof sent), CLT_OK);
    assert_int_equal(clt_buffer_zero(&y), CLT_OK);
    assert_int_equal(clt_launch_list_create(&list, *state, CLT_FLOAT), CLT_OK);
    assert_int_equal(
        clt_launch_list_add(list, "ceilings.cl", "ceiling_copy", "-DVEC=2 -DGROUP=2", geometry,
                            CLT_ARGS(clt_arg_buffer(&y), clt_arg_buffer(&x), clt_arg_uint(3))),
        CLT_OK);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    assert_int_equal(clt_buffer_read(&y, 0, received, sizeof received), CLT_OK);
    assert_memory_equal(received, sent, sizeof sent);
    clt_launch_list_free(list);
    clt_buffer_free(&x);
    clt_buffer_free(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ceilings_are_plausible),
        cmocka_unit_test(every_chain_is_computed),
        cmocka_unit_test(every_element_is_copied),
    };
    return cmocka_run_group_tests(tests, open_device, close_device);
}
