/* Dropout: the mask, its twin on the host, and what it depends on. */
#include <math.h>
#include <stdlib.h>

#include "compare.h"
#include "feed.h"
#include "op.h"
#include "ref.h"

#define LAYER 5

/* Members' masks on the device and on the host, drawn for step 1 of a feed. */
struct masks {
    struct clt_test_feed feed;
    struct clt_region at_seeds, at_threshold, at_factor;
    struct clt_dropout dropout;
    struct clt_ref_dropout ref[3];
    size_t members;
};

static void masks_create(struct masks *masks, const struct clt_harness *h, size_t members,
                         const double *rates, const uint64_t *seeds)
{
    uint32_t threshold[3];
    double factor[3];
    *masks = (struct masks){
        .members = members,
        .feed = {.features = 1, .classes = 2, .batch = 1, .steps = 3, .members = members}};
    clt_test_feed_create(&masks->feed, h);
    clt_test_feed_at(&masks->feed, 1);
    for (size_t p = 0; p < members; p++) {
        threshold[p] = (uint32_t)(rates[p] * 0x1p32);
        factor[p] = 1 / (1 - rates[p]);
        masks->ref[p] = (struct clt_ref_dropout){seeds[p], masks->feed.rows[1].update, LAYER,
                                                 threshold[p], factor[p]};
    }
    masks->at_seeds = clt_region_of(h, members, sizeof *seeds);
    masks->at_threshold = clt_region_of(h, members, sizeof *threshold);
    masks->at_factor = clt_region_of(h, members, clt_real_size(h->real));
    clt_region_write(&masks->at_seeds, seeds);
    clt_region_write(&masks->at_threshold, threshold);
    clt_region_write_reals(&masks->at_factor, factor);
    masks->dropout = (struct clt_dropout){&masks->at_seeds.buffer, &masks->at_threshold.buffer,
                                          &masks->at_factor.buffer, LAYER};
}

static void masks_free(struct masks *masks)
{
    clt_test_feed_free(&masks->feed);
    clt_region_free(&masks->at_seeds);
    clt_region_free(&masks->at_threshold);
    clt_region_free(&masks->at_factor);
}

static enum clt_status append(struct clt_launch_list *list, const struct clt_op *op,
                              struct clt_view y, struct clt_view x)
{
    const struct masks *masks = op->self;
    return clt_op_dropout(list, &masks->dropout, y, x, &masks->feed.feed, masks->members,
                          op->output / masks->members);
}

static enum clt_status append_forward(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *v)
{
    return append(list, op, v->y, v->x[0]);
}

static enum clt_status append_backward(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *v)
{
    return append(list, op, v->gx[0], v->g);
}

static void apply_ref(const struct clt_op *op, double *y, const double *x)
{
    const struct masks *masks = op->self;
    const size_t n = op->output / masks->members;
    for (size_t p = 0; p < masks->members; p++)
        clt_ref_dropout(&masks->ref[p], y + p * n, x + p * n, n);
}

static void ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    apply_ref(op, r->y, r->x[0]);
}

static void ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    apply_ref(op, r->gx[0], r->g);
}

/* Agreement with the reference also proves that the device draws the host's Philox numbers. */
static void dropout_equals_reference(void **state)
{
    const double rates[] = {0.5, 0.25, 0.9};
    const uint64_t seeds[] = {1, UINT64_C(0x0123456789ABCDEF), 0};
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        if (s.units != 7) continue; /* only the number of elements matters */
        const size_t n = s.members * s.units * s.batch;
        struct masks masks;
        masks_create(&masks, *state, s.members, rates, seeds);
        const struct clt_op op = {.name = "dropout",
                                  .output = n,
                                  .n_inputs = 1,
                                  .input = {n},
                                  .forward = CLT_SEPARATE | CLT_IN_PLACE,
                                  .backward = CLT_SEPARATE | CLT_IN_PLACE,
                                  .ulps = 2,
                                  .self = &masks,
                                  .append_forward = append_forward,
                                  .append_backward = append_backward,
                                  .ref_forward = ref_forward,
                                  .ref_backward = ref_backward};
        clt_check_op(*state, &op);
        masks_free(&masks);
    }
}

/* y [members][n] = x masked at step `step` as layer `layer`. */
static void mask(double *y, const struct clt_harness *h, struct masks *masks, uint32_t step,
                 size_t layer, const double *x, size_t n)
{
    struct clt_region region = clt_region_of_reals(h, masks->members * n);
    const struct clt_view view = clt_region_view(&region);
    struct clt_launch_list *list;
    clt_test_feed_at(&masks->feed, step);
    masks->dropout.layer = layer;
    clt_region_write_reals(&region, x);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_dropout(list, &masks->dropout, view, view, &masks->feed.feed, masks->members, n));
    clt_run_list(list);
    clt_region_read_reals(&region, y);
    clt_region_free(&region);
}

static double *ones(size_t n)
{
    double *x = clt_allocate(n, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = 1;
    return x;
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
    const size_t n = h->small ? 4000 : 100000;
    const double rates[] = {0.5, 0.1, 0.75};
    const uint64_t seeds[] = {7, 8, 9};
    struct masks masks;
    masks_create(&masks, h, 3, rates, seeds);
    double *x = ones(3 * n), *y = clt_allocate(3 * n, sizeof *y);
    mask(y, h, &masks, 0, 0, x, n);
    for (size_t p = 0; p < 3; p++) {
        const double wanted = rates[p] * (double)n, deviation = sqrt(wanted * (1 - rates[p]));
        assert_true(fabs((double)count_zeros(y + p * n, n) - wanted) <= 4 * deviation);
    }
    free(x);
    free(y);
    masks_free(&masks);
}

static void rate_zero_is_the_identity(void **state)
{
    enum { N = 1001 };
    const double rates[] = {0}, special[] = {NAN, INFINITY, -INFINITY, -0.0};
    const uint64_t seeds[] = {7};
    struct masks masks;
    masks_create(&masks, *state, 1, rates, seeds);
    double x[N], y[N];
    clt_compare_fill(x, N, 1);
    for (size_t i = 0; i < 4; i++) x[i] = special[i];
    mask(y, *state, &masks, 0, 0, x, N);
    assert_true(isnan(y[0]));
    clt_check_same("rate 0", y + 1, x + 1, sizeof y - sizeof *y);
    masks_free(&masks);
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
    enum { N = 1001 };
    const double rates[] = {0.5, 0.5, 0.5};
    const uint64_t seeds[] = {7, 8, 7};
    const uint64_t other_half[] = {7, UINT64_C(7) + (UINT64_C(1) << 32)};
    struct masks masks;
    double *x = ones(3 * N);
    double y[3 * N], again[3 * N];
    masks_create(&masks, *state, 3, rates, seeds);
    mask(y, *state, &masks, 1, LAYER, x, N);
    assert_true(same_mask(y, y + 2 * N, N));
    assert_false(same_mask(y, y + N, N));
    mask(again, *state, &masks, 1, LAYER, x, N);
    assert_true(same_mask(again, y, N));
    mask(again, *state, &masks, 1, LAYER + 1, x, N);
    assert_false(same_mask(again, y, N));
    mask(again, *state, &masks, 2, LAYER, x, N);
    assert_false(same_mask(again, y, N));
    masks_free(&masks);

    masks_create(&masks, *state, 2, rates, other_half);
    mask(again, *state, &masks, 1, LAYER, x, N);
    assert_true(same_mask(again, y, N));
    assert_false(same_mask(again, again + N, N));
    masks_free(&masks);
    free(x);
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
