/* Philox against published answers, and what is drawn with it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "philox.h"

/* Lines "philox4x32 10" of Random123's kat_vectors. */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t out[4];
        clt_philox4x32(out, rows[i].counter, rows[i].key);
        assert_memory_equal(out, rows[i].out, sizeof out);
    }
}

static void output_may_be_the_counter(void **state)
{
    (void)state;
    uint32_t block[4] = {0, 0, 0, 0};
    const uint32_t key[2] = {0, 0}, wanted[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    clt_philox4x32(block, block, key);
    assert_memory_equal(block, wanted, sizeof block);
}

#define SEED  UINT64_C(0x123456789abcdef0)
#define INDEX UINT64_C(0x500000003)

/* From an independent program: counter = {index low, index high, epoch, purpose}, key = seed. Runs
 * of an older cltrain can be repeated only while these stay. */
static void draws_are_the_recorded_ones(void **state)
{
    (void)state;
    static const uint32_t wanted[10] = {100, 102, 105, 108, 109, 104, 101, 103, 107, 106};
    uint32_t order[10];
    const double uniform = clt_random_uniform(SEED, CLT_RANDOM_SEARCH, 7, INDEX);
    const double normal = clt_random_normal(SEED, CLT_RANDOM_WEIGHTS, 7, INDEX);
    assert_true(fabs(uniform - 0.7007935273633684) < 1e-15);
    assert_true(fabs(normal - 1.5228886346160673) < 1e-14);
    clt_random_permutation(order, 100, 10, SEED, 3);
    assert_memory_equal(order, wanted, sizeof order);
}

static void every_argument_selects_another_draw(void **state)
{
    (void)state;
    const double base = clt_random_uniform(SEED, CLT_RANDOM_WEIGHTS, 1, 2);
    assert_true(clt_random_uniform(SEED, CLT_RANDOM_WEIGHTS, 1, 2) == base);
    assert_true(clt_random_uniform(SEED + 1, CLT_RANDOM_WEIGHTS, 1, 2) != base);
    assert_true(clt_random_uniform(SEED ^ UINT64_C(1) << 63, CLT_RANDOM_WEIGHTS, 1, 2) != base);
    assert_true(clt_random_uniform(SEED, CLT_RANDOM_SEARCH, 1, 2) != base);
    assert_true(clt_random_uniform(SEED, CLT_RANDOM_WEIGHTS, 2, 2) != base);
    assert_true(clt_random_uniform(SEED, CLT_RANDOM_WEIGHTS, 1, 3) != base);
    assert_true(clt_random_uniform(SEED, CLT_RANDOM_WEIGHTS, 1, UINT64_C(2) << 32) != base);
}

/* Bounds are five standard errors: mean sqrt(1/12n), and each of 16 bins sqrt(n * p * (1-p)). */
static void uniform_is_uniform(void **state)
{
    (void)state;
    enum { N = 1 << 20, BINS = 16 };
    size_t bin[BINS] = {0};
    double sum = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double u = clt_random_uniform(1, CLT_RANDOM_SEARCH, 0, i);
        assert_true(u > 0 && u < 1);
        bin[(size_t)(u * BINS)]++;
        sum += u;
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    for (size_t b = 0; b < BINS; b++)
        assert_true(fabs((double)bin[b] - (double)N / BINS) <
                    5 * sqrt(N * (1.0 / BINS) * (1 - 1.0 / BINS)));
}

/* Bounds are five standard errors; the moments of N(0, 1) are 0, 1, 0, 3. */
static void normal_has_its_moments_and_tails(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    double moment[5] = {0}, neighbours = 0, before = 0;
    size_t beyond_two = 0, beyond_four = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double x = clt_random_normal(2, CLT_RANDOM_WEIGHTS, 3, i);
        double power = 1;
        for (int k = 1; k < 5; k++) moment[k] += power *= x;
        beyond_two += fabs(x) > 2;
        beyond_four += fabs(x) > 4;
        neighbours += x * before;
        before = x;
    }
    assert_true(fabs(moment[1] / N) < 5 * sqrt(1.0 / N));
    assert_true(fabs(moment[2] / N - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(moment[3] / N) < 5 * sqrt(15.0 / N));
    assert_true(fabs(moment[4] / N - 3) < 5 * sqrt(96.0 / N));
    assert_true(fabs(neighbours / N) < 5 * sqrt(1.0 / N));
    assert_true(fabs((double)beyond_two / N - 0.0455003) < 5 * sqrt(0.0455 / N));
    assert_true(fabs((double)beyond_four / N - 6.3342e-5) < 5 * sqrt(6.3342e-5 / N));
}

static void permutation_is_one_and_pure(void **state)
{
    (void)state;
    enum { N = 10007, FIRST = 90000 };
    uint32_t order[N], again[N], other[N];
    bool seen[N] = {false};
    clt_random_permutation(order, FIRST, N, 5, 1);
    for (size_t i = 0; i < N; i++) {
        assert_in_range(order[i], FIRST, FIRST + N - 1);
        assert_false(seen[order[i] - FIRST]);
        seen[order[i] - FIRST] = true;
    }
    clt_random_permutation(again, FIRST, N, 5, 1);
    assert_memory_equal(order, again, sizeof order);
    clt_random_permutation(other, FIRST, N, 5, 2);
    assert_memory_not_equal(order, other, sizeof order);
    clt_random_permutation(other, FIRST, N, 6, 1);
    assert_memory_not_equal(order, other, sizeof order);
}

static void permutation_of_few(void **state)
{
    (void)state;
    uint32_t order[1] = {42};
    clt_random_permutation(order, 7, 0, 1, 1);
    assert_int_equal(order[0], 42);
    clt_random_permutation(order, UINT32_MAX, 1, 1, 1);
    assert_int_equal(order[0], UINT32_MAX);
}

/* The six orders of three, 60,000 times: each within five standard deviations of 10,000. */
static void permutation_is_uniform(void **state)
{
    (void)state;
    size_t count[27] = {0};
    for (uint32_t epoch = 0; epoch < 60000; epoch++) {
        uint32_t order[3];
        clt_random_permutation(order, 0, 3, 11, epoch);
        count[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    static const size_t orders[6] = {5, 7, 11, 15, 19, 21}; /* 012 021 102 120 201 210 */
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs((double)count[orders[i]] - 10000) < 5 * sqrt(60000 / 6.0 * 5 / 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(output_may_be_the_counter),
        cmocka_unit_test(draws_are_the_recorded_ones),
        cmocka_unit_test(every_argument_selects_another_draw),
        cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_has_its_moments_and_tails),
        cmocka_unit_test(permutation_is_one_and_pure),
        cmocka_unit_test(permutation_of_few),
        cmocka_unit_test(permutation_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
