/* Several steps of one list: what the cursor, the table of steps and its rates promise. */
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "feed.h"
#include "ref.h"
#include "steps.h"

#define MEMBERS 3
#define CLASSES 7
#define BATCH   65
#define STEPS   4
#define PITCH   80
#define SCORES  (CLASSES * PITCH) /* of a member, padding included */
#define N       (MEMBERS * SCORES)
#define LAYER   1

/* A "network" whose scores are the normalised inputs, masked, and whose weights nothing reads: each
 * step moves them by the loss's gradient. */
struct network {
    const struct clt_harness *h;
    struct clt_test_feed feed;
    struct clt_test_state state;
    struct clt_gemm *gemm;
    struct clt_batch batch;
    struct clt_region values, weights, pieces, seeds, threshold, factor; /* values: x, then z */
    struct clt_step_tables tables;
    struct clt_ref_dropout dropout[MEMBERS];
    struct clt_launch_list *list;
};

static void upload_dropout(struct network *net)
{
    const uint64_t seeds[MEMBERS] = {5, 6, 7};
    const uint32_t threshold[2 * MEMBERS] = {0, 0, 0, 0, 0x40000000, 0x80000000};
    const double factor[2 * MEMBERS] = {0, 0, 0, 1, 1 / 0.75, 2};
    for (size_t p = 0; p < MEMBERS; p++)
        net->dropout[p] = (struct clt_ref_dropout){seeds[p], 0, LAYER, threshold[MEMBERS + p],
                                                   factor[MEMBERS + p]};
    net->seeds = clt_region_of(net->h, MEMBERS, sizeof *seeds);
    net->threshold = clt_region_of(net->h, 2 * MEMBERS, sizeof *threshold);
    net->factor = clt_region_of(net->h, 2 * MEMBERS, clt_real_size(net->h->real));
    clt_region_write(&net->seeds, seeds);
    clt_region_write(&net->threshold, threshold);
    clt_region_write_reals(&net->factor, factor);
}

static size_t scores_at(const struct network *net)
{
    return net->values.front + SCORES;
}

/* The gradients of all members are the scores in the workspace; weights lie likewise. */
static void upload_weights(struct network *net, const double *weights)
{
    struct clt_piece pieces[MEMBERS];
    for (uint32_t p = 0; p < MEMBERS; p++)
        pieces[p] =
            (struct clt_piece){scores_at(net) + p * SCORES, SCORES, p, CLT_PIECE_DECAYED, 0, 0};
    double *behind = clt_allocate(SCORES + N, sizeof *behind);
    memcpy(behind + SCORES, weights, N * sizeof *weights);
    net->weights = clt_region_of_reals(net->h, SCORES + N);
    clt_region_write_reals(&net->weights, behind);
    free(behind);
    net->pieces = clt_region_of(net->h, MEMBERS, sizeof *pieces);
    clt_region_write(&net->pieces, pieces);
}

/* Dropout and the loss. */
static void append_steps(struct network *net, const struct clt_vectors *vectors)
{
    const struct clt_step_memory memory = {vectors,
                                           &net->feed.feed,
                                           &net->state.state,
                                           &net->values.buffer,
                                           &net->seeds.buffer,
                                           &net->threshold.buffer,
                                           &net->factor.buffer};
    const struct clt_step_mode mode = {.batch = net->batch, .training = true};
    const size_t z = scores_at(net);
    const struct clt_row_op dropout = {.kind = CLT_ROW_DROPOUT, .in = z, .out = z, .layer = LAYER};
    struct clt_steps steps = {0};
    MUST(clt_steps_add_row_op(&steps, CLASSES, dropout));
    MUST(clt_steps_add(&steps, (struct clt_step){.kind = CLT_STEP_LOSS, .y = z, .out = CLASSES}));
    MUST(clt_op_steps(net->list, &net->tables, net->gemm, &memory, &mode, &steps));
    clt_steps_free(&steps);
}

static void build_list(struct network *net)
{
    const struct clt_view x = clt_region_view(&net->values),
                          z = {&net->values.buffer, scores_at(net)};
    const struct clt_vectors vectors = {.parameters = net->weights.buffer,
                                        .gradients = net->values.buffer,
                                        .running = net->weights.buffer,
                                        .statistics = net->values.buffer,
                                        .pieces = net->pieces.buffer,
                                        .n_pieces = MEMBERS};
    const struct clt_optimizer plain = {.rule = CLT_UPDATE_SGD};
    const struct clt_feed *feed = &net->feed.feed;
    MUST(clt_launch_list_create(&net->list, net->h->device, net->h->real));
    MUST(clt_op_gather(net->list, x, feed, &net->batch));
    MUST(clt_op_broadcast(net->list, z, x, MEMBERS, SCORES));
    append_steps(net, &vectors);
    MUST(clt_op_update(net->list, &vectors, &plain, feed, &net->state.state));
    assert_int_equal(clt_launch_list_count(net->list), 4);
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
    MUST(clt_gemm_create(&net->gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    net->batch = clt_gemm_batch(net->gemm, BATCH);
    assert_int_equal(net->batch.pitch, PITCH);
    net->values = clt_region_of_reals(h, SCORES + N);
    upload_dropout(net);
    upload_weights(net, weights);
    build_list(net);
}

static void network_free(struct network *net)
{
    struct clt_region *regions[] = {&net->values, &net->weights,   &net->pieces,
                                    &net->seeds,  &net->threshold, &net->factor};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) clt_region_free(regions[i]);
    clt_launch_list_free(net->list);
    clt_step_tables_free(&net->tables);
    clt_gemm_free(net->gemm);
    clt_test_feed_free(&net->feed);
    clt_test_state_free(&net->state);
}

#define SAMPLES (CLASSES * BATCH) /* of a member, without padding */

struct expected {
    double x[SAMPLES], weights[N], loss[MEMBERS];
    size_t hits[MEMBERS];
};

static void step_host(struct expected *e, struct network *net, size_t step)
{
    const struct clt_test_feed *feed = &net->feed;
    uint16_t labels[BATCH];
    double z[SAMPLES], loss;
    size_t hits;
    clt_test_feed_labels(labels, feed, step);
    clt_ref_gather(e->x, feed->images, clt_test_feed_order(feed, step), feed->mean, feed->scale,
                   CLASSES, BATCH);
    for (size_t p = 0; p < MEMBERS; p++) {
        const double *rates = feed->rates + (step * MEMBERS + p) * CLT_RATES;
        net->dropout[p].update = feed->rows[step].update;
        clt_ref_dropout(&net->dropout[p], z, e->x, CLASSES, BATCH);
        clt_ref_softmax_cross_entropy(z, &loss, &hits, z, labels, CLASSES, BATCH);
        e->loss[p] += loss;
        e->hits[p] += hits;
        for (size_t i = 0; i < SAMPLES; i++)
            clt_ref_sgd(e->weights + p * SCORES +
                            clt_batch_at(&net->batch, CLASSES, i / BATCH, i % BATCH),
                        &z[i], rates[0], rates[1], 1);
    }
}

/* values [SAMPLES] of a batch */
static void without_padding(double *values, const struct network *net, const double *batch)
{
    for (size_t i = 0; i < SAMPLES; i++)
        values[i] = batch[clt_batch_at(&net->batch, CLASSES, i / BATCH, i % BATCH)];
}

static void check_batch(const char *what, const struct network *net, double ulps, const double *got,
                        const double *wanted)
{
    double samples[SAMPLES];
    without_padding(samples, net, got);
    clt_check_close(what, net->h->real, ulps, samples, wanted, SAMPLES);
}

static void check(const struct network *net, const struct expected *e, size_t step)
{
    double got[SCORES + N], wanted[SAMPLES];
    uint32_t cursor[2];
    clt_test_feed_cursor(cursor, &net->feed);
    assert_int_equal(cursor[0], step + 1);
    assert_int_equal(cursor[1], step);
    clt_region_read_reals(&net->values, got);
    check_batch("x", net, 2, got, e->x);
    clt_region_read_reals(&net->weights, got);
    for (size_t p = 0; p < MEMBERS; p++) {
        const struct clt_test_member member = clt_test_state_member(&net->state, p);
        without_padding(wanted, net, e->weights + p * SCORES);
        check_batch("weights", net, 8, got + SCORES + p * SCORES, wanted);
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
