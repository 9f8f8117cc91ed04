/* A batch's samples: gathered, and copied for every member. */
#include <stdlib.h>

#include "compare.h"
#include "feed.h"
#include "ref.h"

static void check_gather(const struct clt_harness *h, size_t features, struct clt_batch batch)
{
    struct clt_test_feed feed = {
        .features = features, .classes = 2, .batch = batch.size, .steps = 2, .members = 1};
    clt_test_feed_create(&feed, h);
    struct clt_region x = clt_region_of_reals(h, features * batch.pitch);
    double *got = clt_allocate(features * batch.pitch, sizeof *got);
    double *wanted = clt_allocate(features * batch.pitch, sizeof *wanted);
    double *samples = clt_allocate(features * batch.size, sizeof *samples);
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_gather(list, clt_region_view(&x), &feed.feed, &batch));
    clt_run_list(list);

    uint32_t cursor[2];
    clt_test_feed_cursor(cursor, &feed);
    assert_int_equal(cursor[0], 0);
    assert_int_equal(cursor[1], 0);
    clt_region_read_reals(&x, got);
    clt_ref_gather(samples, feed.images, clt_test_feed_order(&feed, 0), feed.mean, feed.scale,
                   features, batch.size);
    for (size_t f = 0; f < features; f++)
        for (size_t b = 0; b < batch.pitch; b++) /* padding repeats the last sample */
            wanted[clt_batch_at(&batch, features, f, b)] =
                samples[f * batch.size + (b < batch.size ? b : batch.size - 1)];
    clt_check_close("gather", h->real, 2, got, wanted, features * batch.pitch);
    free(got);
    free(wanted);
    free(samples);
    clt_region_free(&x);
    clt_test_feed_free(&feed);
}

static void gather_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const size_t pitch = (s.batch + CLT_LANES - 1) / CLT_LANES * CLT_LANES;
        if (s.members > 1) continue;
        check_gather(*state, s.units, (struct clt_batch){s.batch, CLT_LANES, pitch});
        check_gather(*state, s.units, (struct clt_batch){s.batch, pitch, pitch});
    }
}

static void check_broadcast(const struct clt_harness *h, size_t members, size_t n)
{
    struct clt_region x = clt_region_of_reals(h, n), y = clt_region_of_reals(h, members * n);
    double *values = clt_allocate(n, sizeof *values);
    double *got = clt_allocate(members * n, sizeof *got);
    struct clt_launch_list *list;
    clt_compare_fill(values, n, 1);
    clt_region_write_reals(&x, values);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_broadcast(list, clt_region_view(&y), clt_region_view(&x), members, n));
    clt_run_list(list);
    clt_region_read_reals(&y, got);
    for (size_t p = 0; p < members; p++)
        clt_check_same("broadcast", got + p * n, values, n * sizeof *values);
    free(values);
    free(got);
    clt_region_free(&x);
    clt_region_free(&y);
}

static void broadcast_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++)
        check_broadcast(*state, s.members, s.units * s.batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gather_equals_reference),
        cmocka_unit_test(broadcast_equals_reference),
    };
    return clt_harness_run("input", tests, sizeof tests / sizeof *tests);
}
