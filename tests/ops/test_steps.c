/* Several steps of one list: what the cursor, the table of steps and its rates promise. */
#include <stdlib.h>

#include "compare.h"
#include "feed.h"
#include "ref.h"

#define MEMBERS 3
#define CLASSES 7
#define BATCH   65
#define STEPS   4
#define SCORES  (CLASSES * BATCH) /* of a member */
#define N       (MEMBERS * SCORES)

/* A "network" whose scores are the normalised inputs, masked, and whose weights nothing reads: each
 * step moves them by the loss's gradient. */
struct network {
    const struct clt_harness *h;
    struct clt_test_feed feed;
    struct clt_test_state state;
    struct clt_region x, z, weights, pieces, seeds, threshold, factor;
    struct clt_ref_dropout dropout[MEMBERS];
    struct clt_launch_list *list;
};

static void upload_dropout(struct network *net)
{
    const uint64_t seeds[MEMBERS] = {5, 6, 7};
    const uint32_t threshold[MEMBERS] = {0, 0x40000000, 0x80000000};
    const double factor[MEMBERS] = {1, 1 / 0.75, 2};
    for (size_t p = 0; p < MEMBERS; p++)
        net->dropout[p] = (struct clt_ref_dropout){seeds[p], 0, 1, threshold[p], factor[p]};
    net->seeds = clt_region_of(net->h, MEMBERS, sizeof *seeds);
    net->threshold = clt_region_of(net->h, MEMBERS, sizeof *threshold);
    net->factor = clt_region_of(net->h, MEMBERS, clt_real_size(net->h->real));
    clt_region_write(&net->seeds, seeds);
    clt_region_write(&net->threshold, threshold);
    clt_region_write_reals(&net->factor, factor);
}

/* The gradients of all members lie where the scores do. */
static void upload_weights(struct network *net, const double *weights)
{
    struct clt_piece pieces[MEMBERS];
    for (uint32_t p = 0; p < MEMBERS; p++)
        pieces[p] = (struct clt_piece){net->z.front + p * SCORES, SCORES, p, CLT_PIECE_DECAYED, 0};
    net->weights = clt_region_of_reals(net->h, N);
    clt_region_write_reals(&net->weights, weights);
    net->pieces = clt_region_of(net->h, MEMBERS, sizeof *pieces);
    clt_region_write(&net->pieces, pieces);
}

static void build_list(struct network *net)
{
    const struct clt_view x = clt_region_view(&net->x), z = clt_region_view(&net->z);
    const struct clt_dropout dropout = {&net->seeds.buffer, &net->threshold.buffer,
                                        &net->factor.buffer, 1};
    const struct clt_vectors vectors = {.parameters = net->weights.buffer,
                                        .gradients = net->z.buffer,
                                        .running = net->weights.buffer,
                                        .batch = net->z.buffer,
                                        .pieces = net->pieces.buffer,
                                        .n_pieces = MEMBERS};
    const struct clt_feed *feed = &net->feed.feed;
    const struct clt_member_state *state = &net->state.state;
    MUST(clt_launch_list_create(&net->list, net->h->device, net->h->real));
    MUST(clt_op_gather(net->list, x, feed, BATCH));
    MUST(clt_op_broadcast(net->list, z, x, MEMBERS, SCORES));
    MUST(clt_op_dropout(net->list, &dropout, z, z, feed, MEMBERS, SCORES));
    MUST(clt_op_softmax_cross_entropy(net->list, z, feed, state, CLASSES, BATCH, true));
    MUST(clt_op_sgd(net->list, &vectors, feed, state));
}

static void network_create(struct network *net, const struct clt_harness *h, const double *weights)
{
    *net = (struct network){.h = h,
                            .feed = {.features = CLASSES,
                                     .classes = CLASSES,
                                     .batch = BATCH,
                                     .steps = STEPS,
                                     .members = MEMBERS}};
    clt_test_feed_create(&net->feed, h);
    clt_test_state_create(&net->state, h, MEMBERS);
    net->x = clt_region_of_reals(h, SCORES);
    net->z = clt_region_of_reals(h, N);
    upload_dropout(net);
    upload_weights(net, weights);
    build_list(net);
}

static void network_free(struct network *net)
{
    struct clt_region *regions[] = {&net->x,     &net->z,         &net->weights, &net->pieces,
                                    &net->seeds, &net->threshold, &net->factor};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) clt_region_free(regions[i]);
    clt_launch_list_free(net->list);
    clt_test_feed_free(&net->feed);
    clt_test_state_free(&net->state);
}

struct expected {
    double x[SCORES], weights[N], loss[MEMBERS];
    size_t hits[MEMBERS];
};

static void step_host(struct expected *e, struct network *net, size_t step)
{
    const struct clt_test_feed *feed = &net->feed;
    uint16_t labels[BATCH];
    double z[SCORES], loss;
    size_t hits;
    clt_test_feed_labels(labels, feed, step);
    clt_ref_gather(e->x, feed->images, clt_test_feed_order(feed, step), feed->mean, feed->scale,
                   CLASSES, BATCH);
    for (size_t p = 0; p < MEMBERS; p++) {
        const double *rates = feed->rates + (step * MEMBERS + p) * 2;
        net->dropout[p].update = feed->rows[step].update;
        clt_ref_dropout(&net->dropout[p], z, e->x, SCORES);
        clt_ref_softmax_cross_entropy(z, &loss, &hits, z, labels, CLASSES, BATCH);
        e->loss[p] += loss;
        e->hits[p] += hits;
        clt_ref_sgd(e->weights + p * SCORES, z, rates[0], rates[1], SCORES);
    }
}

static void check(const struct network *net, const struct expected *e, size_t step)
{
    double x[SCORES], weights[N];
    uint32_t cursor[2];
    clt_test_feed_cursor(cursor, &net->feed);
    assert_int_equal(cursor[0], step + 1);
    assert_int_equal(cursor[1], step);
    clt_region_read_reals(&net->x, x);
    clt_check_close("x", net->h->real, 2, x, e->x, SCORES);
    clt_region_read_reals(&net->weights, weights);
    clt_check_close("weights", net->h->real, 8, weights, e->weights, N);
    for (size_t p = 0; p < MEMBERS; p++) {
        const struct clt_test_member member = clt_test_state_member(&net->state, p);
        clt_check_close("loss", net->h->real, 16, &member.loss, &e->loss[p], 1);
        assert_int_equal(member.hits, e->hits[p]);
        assert_int_equal(member.frozen, 0);
    }
}

static void each_step_takes_its_row(void **state)
{
    struct network net;
    struct expected *e = clt_allocate(1, sizeof *e);
    clt_compare_fill(e->weights, N, 1);
    network_create(&net, *state, e->weights);
    for (size_t step = 0; step < STEPS; step++) {
        MUST(clt_launch_list_enqueue(net.list));
        step_host(e, &net, step);
        check(&net, e, step);
    }
    network_free(&net);
    free(e);
}

/* Queued without waiting in between, as training does. */
static void steps_may_be_queued_ahead(void **state)
{
    struct network net;
    struct expected *e = clt_allocate(1, sizeof *e);
    clt_compare_fill(e->weights, N, 1);
    network_create(&net, *state, e->weights);
    for (size_t step = 0; step < STEPS; step++) {
        MUST(clt_launch_list_enqueue(net.list));
        step_host(e, &net, step);
    }
    check(&net, e, STEPS - 1);
    network_free(&net);
    free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_takes_its_row),
        cmocka_unit_test(steps_may_be_queued_ahead),
    };
    return clt_harness_run("steps", tests, sizeof tests / sizeof *tests);
}
