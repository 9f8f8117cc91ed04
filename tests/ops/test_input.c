/* A batch's samples: gathered, and copied for every member. */
#include <stdlib.h>

#include "feed.h"
#include "op.h"
#include "ref.h"

static void check_gather(const struct clt_harness *h, size_t features, size_t batch)
{
    const size_t n = features * batch;
    struct clt_test_feed feed = {
        .features = features, .classes = 2, .batch = batch, .steps = 2, .members = 1};
    clt_test_feed_create(&feed, h);
    struct clt_region x = clt_region_of_reals(h, n);
    double *got = clt_allocate(n, sizeof *got), *wanted = clt_allocate(n, sizeof *wanted);
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_gather(list, clt_region_view(&x), &feed.feed, batch));
    clt_run_list(list);

    uint32_t cursor[2];
    clt_test_feed_cursor(cursor, &feed);
    assert_int_equal(cursor[0], 0);
    assert_int_equal(cursor[1], 0);
    clt_region_read_reals(&x, got);
    clt_ref_gather(wanted, feed.images, clt_test_feed_order(&feed, 0), feed.mean, feed.scale,
                   features, batch);
    clt_check_close("gather", h->real, 2, got, wanted, n);
    free(got);
    free(wanted);
    clt_region_free(&x);
    clt_test_feed_free(&feed);
}

static void gather_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++)
        if (s.members == 1) check_gather(*state, s.units, s.batch);
}

static void broadcast_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const struct clt_op op = clt_op_case_broadcast(s.members, s.units * s.batch);
        clt_check_op(*state, &op);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gather_equals_reference),
        cmocka_unit_test(broadcast_equals_reference),
    };
    return clt_harness_run("input", tests, sizeof tests / sizeof *tests);
}
