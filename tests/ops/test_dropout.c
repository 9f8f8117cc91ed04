/* Dropout: the mask, its twin on the host, and what it depends on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "op.h"

#define LAYER 5

/* Agreement with the reference also proves that the device draws the host's Philox numbers. */
static void dropout_equals_reference(void **state)
{
    clt_check_op(*state, CLT_OP_DROPOUT);
}

static struct clt_case masks_of(const struct clt_harness *h, struct clt_test_shape shape,
                                const double *rates, const uint64_t *seeds)
{
    struct clt_case c = clt_case_of(h, CLT_OP_DROPOUT, shape);
    for (size_t p = 0; p < shape.members; p++) {
        c.member[p].threshold = (uint32_t)(rates[p] * 0x1p32);
        c.member[p].factor = 1 / (1 - rates[p]);
        c.member[p].seed = seeds[p];
    }
    for (size_t i = 0; i < c.array[CLT_X].count; i++) c.array[CLT_X].values[i] = 1;
    return c;
}

/* Draws again, at an update, as a layer; y [members][n]. */
static void mask(double *y, const struct clt_harness *h, struct clt_case *c, uint64_t update,
                 uint32_t layer)
{
    c->update = update;
    c->layer = layer;
    clt_run_case(h, c);
    memcpy(y, c->array[CLT_Y].got, c->array[CLT_Y].count * sizeof *y);
}

static size_t count_zeros(const double *y, size_t n)
{
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++) zeros += y[i] == 0;
    return zeros;
}

static void dropped_share_is_near_the_rate(void **state)
{
    const struct clt_harness *h = *state;
    const struct clt_test_shape shape = {3, h->small ? 40 : 1000, 100};
    const size_t n = shape.units * shape.batch;
    const double rates[] = {0.5, 0.1, 0.75};
    const uint64_t seeds[] = {7, 8, 9};
    struct clt_case c = masks_of(h, shape, rates, seeds);
    clt_run_case(h, &c);
    for (size_t p = 0; p < 3; p++) {
        const double wanted = rates[p] * (double)n, deviation = sqrt(wanted * (1 - rates[p]));
        const size_t zeros = count_zeros(c.array[CLT_Y].got + p * n, n);
        assert_true(fabs((double)zeros - wanted) <= 4 * deviation);
    }
    clt_case_free(&c);
}

static void rate_zero_is_the_identity(void **state)
{
    const double rates[] = {0}, special[] = {NAN, INFINITY, -INFINITY, -0.0};
    const uint64_t seeds[] = {7};
    struct clt_case c = masks_of(*state, (struct clt_test_shape){1, 11, 91}, rates, seeds);
    double *x = c.array[CLT_X].values;
    const size_t n = c.array[CLT_X].count;
    clt_compare_fill(x, n, 1);
    memcpy(x, special, sizeof special);
    clt_run_case(*state, &c);
    assert_true(isnan(c.array[CLT_Y].got[0]));
    clt_check_same("rate 0", c.array[CLT_Y].got + 1, x + 1, (n - 1) * sizeof *x);
    clt_case_free(&c);
}

/* Whether the masks, of equal rates, share any but a chance half of their elements. */
static bool same_mask(const double *a, const double *b, size_t n)
{
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) equal += (a[i] == 0) == (b[i] == 0);
    if (equal == n) return true;
    assert_true(fabs((double)equal / (double)n - 0.5) <= 0.1);
    return false;
}

static void mask_follows_seed_layer_and_update_not_the_member(void **state)
{
    enum { UNITS = 11, BATCH = 91, N = UNITS * BATCH };
    const struct clt_test_shape three = {3, UNITS, BATCH}, two = {2, UNITS, BATCH};
    const double rates[] = {0.5, 0.5, 0.5};
    const uint64_t seeds[] = {7, 8, 7};
    const uint64_t other_half[] = {7, UINT64_C(7) + (UINT64_C(1) << 32)};
    const uint64_t update = UINT64_C(0x100000000);
    struct clt_case c = masks_of(*state, three, rates, seeds);
    double y[3 * N], again[3 * N];
    mask(y, *state, &c, update, LAYER);
    assert_true(same_mask(y, y + 2 * N, N));
    assert_false(same_mask(y, y + N, N));
    assert_false(same_mask(y, y + BATCH, N - BATCH)); /* nor is a unit like the next */
    mask(again, *state, &c, update, LAYER);
    assert_true(same_mask(again, y, N));
    mask(again, *state, &c, update, LAYER + 1);
    assert_false(same_mask(again, y, N));
    mask(again, *state, &c, update + 1, LAYER);
    assert_false(same_mask(again, y, N));
    mask(again, *state, &c, 0, LAYER);
    assert_false(same_mask(again, y, N));
    clt_case_free(&c);

    c = masks_of(*state, two, rates, other_half);
    mask(again, *state, &c, update, LAYER);
    assert_true(same_mask(again, y, N));
    assert_false(same_mask(again, again + N, N));
    clt_case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropout_equals_reference),
        cmocka_unit_test(dropped_share_is_near_the_rate),
        cmocka_unit_test(rate_zero_is_the_identity),
        cmocka_unit_test(mask_follows_seed_layer_and_update_not_the_member),
    };
    return clt_harness_run("dropout", tests, sizeof tests / sizeof *tests);
}
