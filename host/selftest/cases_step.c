/* cases_step.c - the kernels that read the feed and the members' state. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "compare.h"
#include "ops.h"
#include "ref.h"

#define FIRST    2                       /* place of the batch in the order */
#define UPDATE   (UINT64_C(5) << 32 | 7) /* both halves count */
#define CURSOR   1                       /* the row in use */
#define LAYER    3
#define MOMENTUM 0.75f

/* A pool of samples, and a table of steps with one row before the one in use. */
struct feed {
    struct clt_feed on_device;
    struct clt_selftest_shape shape;
    size_t samples, places;
    uint8_t *images;
    uint16_t *labels;
    uint32_t *order;
    float *mean, *scale;
    struct clt_reals rates; /* [2][members][2] */
};

static void feed_free(struct feed *feed)
{
    struct clt_feed *d = &feed->on_device;
    struct clt_buffer *const buffers[] = {&d->images, &d->labels, &d->mean,  &d->scale,
                                          &d->order,  &d->rows,   &d->cursor};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) clt_buffer_free(buffers[i]);
    clt_reals_free(&feed->rates);
    free(feed->images);
    free(feed->labels);
    free(feed->order);
    free(feed->mean);
    free(feed->scale);
}

static enum clt_status feed_allocate(struct feed *feed)
{
    const size_t features = feed->shape.units;
    feed->images = calloc(feed->samples * features, sizeof *feed->images);
    feed->labels = calloc(feed->samples, sizeof *feed->labels);
    feed->order = calloc(feed->places, sizeof *feed->order);
    feed->mean = calloc(features, sizeof *feed->mean);
    feed->scale = calloc(features, sizeof *feed->scale);
    if (!feed->images || !feed->labels || !feed->order || !feed->mean || !feed->scale)
        return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    return CLT_OK;
}

/* Classes and features are both shape.units. */
static void feed_fill(struct feed *feed)
{
    const size_t features = feed->shape.units;
    assert(features > 0 && feed->samples > 0);
    for (size_t i = 0; i < feed->samples; i++) feed->labels[i] = (uint16_t)(i * 31 % features);
    for (size_t i = 0; i < feed->samples * features; i++)
        feed->images[i] = (uint8_t)(i * 97 + i / 251);
    for (size_t i = 0; i < feed->places; i++)
        feed->order[i] = (uint32_t)((i * 7 + 2) % feed->samples);
    for (size_t i = 0; i < features; i++) {
        feed->mean[i] = 100.25f + (float)(i % 50);
        feed->scale[i] = 1.0f / (float)(20 + i % 7);
    }
    for (size_t i = 0; i < feed->rates.count; i++)
        feed->rates.host[i] = 1 / (double)(3 + i); /* a rate and a shrink of every member */
}

static enum clt_status feed_send(struct feed *feed, const struct clt_bench *bench)
{
    const struct clt_feed_row rows[CURSOR + 1] = {[CURSOR] = {FIRST, UPDATE}};
    const uint32_t cursor[2] = {CURSOR, CURSOR};
    enum clt_status st = CLT_OK;
    struct clt_feed *d = &feed->on_device;
    const size_t features = feed->shape.units;
    d->features = features;
    TRY(clt_bytes_create(&d->images, bench, feed->images, feed->samples * features));
    TRY(clt_bytes_create(&d->labels, bench, feed->labels, feed->samples * sizeof(uint16_t)));
    TRY(clt_bytes_create(&d->order, bench, feed->order, feed->places * sizeof(uint32_t)));
    TRY(clt_bytes_create(&d->mean, bench, feed->mean, features * sizeof(float)));
    TRY(clt_bytes_create(&d->scale, bench, feed->scale, features * sizeof(float)));
    TRY(clt_bytes_create(&d->rows, bench, rows, sizeof rows));
    TRY(clt_bytes_create(&d->cursor, bench, cursor, sizeof cursor));
    TRY(clt_reals_send(&feed->rates));
    d->rates = feed->rates.buffer; /* owned by the reals */
done:
    return st;
}

static enum clt_status feed_create(struct feed *feed, const struct clt_bench *bench,
                                   struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    *feed =
        (struct feed){.shape = shape, .samples = shape.batch + 5, .places = FIRST + shape.batch};
    TRY(feed_allocate(feed));
    TRY(clt_reals_create(&feed->rates, bench, (CURSOR + 1) * shape.members * 2, 0));
    feed_fill(feed);
    TRY(feed_send(feed, bench));
done:
    return st;
}

/* All zeros; a member's state after nothing has happened. */
struct state {
    struct clt_member_state on_device;
    struct clt_reals loss;
};

static void state_free(struct state *state)
{
    clt_reals_free(&state->loss);
    clt_buffer_free(&state->on_device.hits);
    clt_buffer_free(&state->on_device.frozen);
    clt_buffer_free(&state->on_device.overflow);
}

static enum clt_status state_create(struct state *state, const struct clt_bench *bench,
                                    size_t members)
{
    enum clt_status st = CLT_OK;
    struct clt_member_state *d = &state->on_device;
    *state = (struct state){.on_device = {.members = members}};
    uint64_t *zeros = calloc(members, sizeof *zeros);
    if (!zeros) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    TRY(clt_reals_create(&state->loss, bench, members * 2, 0));
    memset(state->loss.host, 0, state->loss.count * sizeof *state->loss.host);
    TRY(clt_reals_send(&state->loss));
    d->loss = state->loss.buffer; /* owned by the reals */
    TRY(clt_bytes_create(&d->hits, bench, zeros, members * sizeof(uint32_t)));
    TRY(clt_bytes_create(&d->frozen, bench, zeros, members * sizeof(uint64_t)));
    TRY(clt_bytes_create(&d->overflow, bench, zeros, members * sizeof(uint32_t)));
done:
    free(zeros);
    return st;
}

static enum clt_status check_gather(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct feed *feed)
{
    enum clt_status st = CLT_OK;
    const size_t features = feed->shape.units, batch = feed->shape.batch;
    struct clt_reals x = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(clt_reals_create(&x, bench, features * batch, 0));
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_gather(list, clt_reals_view(&x), &feed->on_device, batch), list));
    clt_ref_gather(x.host, feed->images, feed->order + FIRST, feed->mean, feed->scale, features,
                   batch);
    TRY(clt_reals_compare(&error, &x, x.host));
    TRY(clt_selftest_note(test, "gather_normalize", bench->real, error, 2));
done:
    clt_reals_free(&x);
    return st;
}

/* --- dropout --- */

struct masks {
    struct clt_buffer seeds, threshold;
    struct clt_reals factor, y, x;
};

static void masks_free(struct masks *masks)
{
    clt_buffer_free(&masks->seeds);
    clt_buffer_free(&masks->threshold);
    clt_reals_free(&masks->factor);
    clt_reals_free(&masks->y);
    clt_reals_free(&masks->x);
}

/* Member p drops (p + 1) / 4; at most three members. */
static enum clt_status masks_create(struct masks *masks, const struct clt_bench *bench,
                                    size_t members, size_t n)
{
    const uint64_t seeds[3] = {1, UINT64_C(0x0123456789ABCDEF), 0};
    const uint32_t threshold[3] = {1u << 30, 1u << 31, 3u << 30};
    enum clt_status st = CLT_OK;
    TRY(clt_bytes_create(&masks->seeds, bench, seeds, members * sizeof *seeds));
    TRY(clt_bytes_create(&masks->threshold, bench, threshold, members * sizeof *threshold));
    TRY(clt_reals_create(&masks->factor, bench, members, 0));
    TRY(clt_reals_create(&masks->y, bench, members * n, 0));
    TRY(clt_reals_create(&masks->x, bench, members * n, 1));
    for (size_t p = 0; p < members; p++) {
        const struct clt_ref_dropout ref = {seeds[p], UPDATE, LAYER, threshold[p],
                                            4 / (double)(3 - p)};
        masks->factor.host[p] = ref.factor;
        clt_ref_dropout(&ref, masks->y.host + p * n, masks->x.host + p * n, n);
    }
    TRY(clt_reals_send(&masks->factor));
    TRY(clt_reals_send(&masks->x));
done:
    return st;
}

static enum clt_status check_dropout(struct clt_selftest *test, const struct clt_bench *bench,
                                     const struct feed *feed)
{
    enum clt_status st = CLT_OK;
    const size_t members = feed->shape.members, n = feed->shape.units * feed->shape.batch;
    struct masks masks = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(masks_create(&masks, bench, members, n));
    const struct clt_dropout dropout = {&masks.seeds, &masks.threshold, &masks.factor.buffer,
                                        LAYER};
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_dropout(list, &dropout, clt_reals_view(&masks.y),
                                     clt_reals_view(&masks.x), &feed->on_device, members, n),
                      list));
    TRY(clt_reals_compare(&error, &masks.y, masks.y.host));
    TRY(clt_selftest_note(test, "dropout", bench->real, error, 2));
done:
    masks_free(&masks);
    return st;
}

/* --- the loss --- */

/* *error: scores' gradient, or in evaluation nothing of them; losses; hits. */
static enum clt_status compare_loss(double *error, const struct feed *feed, struct clt_reals *z,
                                    struct state *state, bool training)
{
    enum clt_status st = CLT_OK;
    const struct clt_selftest_shape s = feed->shape;
    double *losses = calloc(s.members, sizeof *losses), *got = calloc(s.members * 2, sizeof *got);
    uint32_t *hits = calloc(s.members, sizeof *hits);
    uint16_t *labels = calloc(s.batch, sizeof *labels);
    if (!losses || !got || !hits || !labels)
        TRY(clt_fail(CLT_E_NOMEM, "no memory for the self-test"));
    for (size_t b = 0; b < s.batch; b++) labels[b] = feed->labels[feed->order[FIRST + b]];
    for (size_t p = 0; p < s.members; p++) {
        double *scores = z->host + p * s.units * s.batch;
        size_t count;
        clt_ref_softmax_cross_entropy(scores, &losses[p], &count, scores, labels, s.units, s.batch);
        hits[p] = (uint32_t)count;
    }
    TRY(clt_reals_read(got, &state->loss));
    for (size_t p = 0; p < s.members; p++)
        *error = fmax(*error, clt_compare_error(z->real, &got[2 * p], &losses[p], 1));
    TRY(clt_bytes_compare(error, &state->on_device.hits, hits));
    if (training) TRY(clt_reals_compare(error, z, z->host));
done:
    free(losses);
    free(got);
    free(hits);
    free(labels);
    return st;
}

static enum clt_status check_loss(struct clt_selftest *test, const struct clt_bench *bench,
                                  const struct feed *feed, bool training)
{
    enum clt_status st = CLT_OK;
    const struct clt_selftest_shape s = feed->shape;
    struct clt_reals z = {0};
    struct state state = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(clt_reals_create(&z, bench, s.members * s.units * s.batch, 1));
    TRY(clt_reals_send(&z));
    TRY(state_create(&state, bench, s.members));
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_softmax_cross_entropy(list, clt_reals_view(&z), &feed->on_device,
                                                   &state.on_device, s.units, s.batch, training),
                      list));
    TRY(compare_loss(&error, feed, &z, &state, training));
    TRY(clt_selftest_note(test, "softmax_cross_entropy", bench->real, error, 64));
done:
    clt_reals_free(&z);
    state_free(&state);
    return st;
}

/* --- the flat vectors --- */

/* Of each member two pieces of parameters, the first under decay, and one of running statistics.
 * The two vectors have the same length. */
struct flat {
    struct clt_vectors on_device;
    struct clt_reals parameters, gradients, running, batch, sums;
    struct clt_piece *pieces;
    size_t n_pieces;
};

static void flat_free(struct flat *flat)
{
    clt_reals_free(&flat->parameters);
    clt_reals_free(&flat->gradients);
    clt_reals_free(&flat->running);
    clt_reals_free(&flat->batch);
    clt_reals_free(&flat->sums);
    clt_buffer_free(&flat->on_device.pieces);
    free(flat->pieces);
}

/* Pieces of `n` elements, CLT_PIECE_SIZE at most. */
static enum clt_status cut_pieces(struct flat *flat, size_t members, size_t n)
{
    const uint32_t kinds[3] = {CLT_PIECE_DECAYED, CLT_PIECE_PLAIN, CLT_PIECE_RUNNING};
    flat->n_pieces = 3 * members;
    flat->pieces = calloc(flat->n_pieces, sizeof *flat->pieces);
    if (!flat->pieces) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    for (size_t i = 0; i < flat->n_pieces; i++)
        flat->pieces[i] = (struct clt_piece){.offset = (i / 3 * 2 + i % 3 % 2) * n,
                                             .count = (uint32_t)n,
                                             .member = (uint32_t)(i / 3),
                                             .kind = kinds[i % 3],
                                             .momentum = MOMENTUM};
    return CLT_OK;
}

static enum clt_status flat_create(struct flat *flat, const struct clt_bench *bench, size_t members,
                                   size_t n)
{
    enum clt_status st = CLT_OK;
    struct clt_reals *const vectors[] = {&flat->parameters, &flat->gradients, &flat->running,
                                         &flat->batch};
    TRY(cut_pieces(flat, members, n));
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        TRY(clt_reals_create(vectors[i], bench, 2 * members * n, 1 + i));
        TRY(clt_reals_send(vectors[i]));
    }
    TRY(clt_reals_create(&flat->sums, bench, flat->n_pieces, 0));
    TRY(clt_bytes_create(&flat->on_device.pieces, bench, flat->pieces,
                         flat->n_pieces * sizeof *flat->pieces));
    flat->on_device.parameters = flat->parameters.buffer;
    flat->on_device.gradients = flat->gradients.buffer;
    flat->on_device.running = flat->running.buffer;
    flat->on_device.batch = flat->batch.buffer;
    flat->on_device.n_pieces = flat->n_pieces;
done:
    return st;
}

static void update_host(struct flat *flat, const struct feed *feed)
{
    for (size_t i = 0; i < flat->n_pieces; i++) {
        const struct clt_piece *piece = &flat->pieces[i];
        const bool running = piece->kind == CLT_PIECE_RUNNING;
        const double *rates = feed->rates.host + (CURSOR * feed->shape.members + piece->member) * 2;
        clt_ref_sgd((running ? flat->running : flat->parameters).host + piece->offset,
                    (running ? flat->batch : flat->gradients).host + piece->offset,
                    running ? (double)MOMENTUM - 1 : rates[0],
                    running                            ? (double)MOMENTUM
                    : piece->kind == CLT_PIECE_DECAYED ? rates[1]
                                                       : 1,
                    piece->count);
    }
}

static enum clt_status check_sum_squares(struct clt_selftest *test, const struct clt_bench *bench,
                                         struct flat *flat)
{
    enum clt_status st = CLT_OK;
    struct clt_launch_list *list;
    double error = 0;
    for (size_t i = 0; i < flat->n_pieces; i++) {
        const struct clt_piece *piece = &flat->pieces[i];
        const size_t count = piece->kind == CLT_PIECE_DECAYED ? piece->count : 0;
        flat->sums.host[i] = clt_ref_sum_squares(flat->parameters.host + piece->offset, count);
    }
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_sum_squares(list, &flat->sums.buffer, &flat->on_device), list));
    TRY(clt_reals_compare(&error, &flat->sums, flat->sums.host));
    TRY(clt_selftest_note(test, "sum_squares", bench->real, error, 32));
done:
    return st;
}

static enum clt_status check_update(struct clt_selftest *test, const struct clt_bench *bench,
                                    struct flat *flat, const struct feed *feed)
{
    enum clt_status st = CLT_OK;
    struct state state = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(state_create(&state, bench, feed->shape.members));
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_sgd(list, &flat->on_device, &feed->on_device, &state.on_device),
                      list));
    update_host(flat, feed);
    TRY(clt_reals_compare(&error, &flat->parameters, flat->parameters.host));
    TRY(clt_reals_compare(&error, &flat->running, flat->running.host));
    TRY(clt_selftest_note(test, "sgd_update", bench->real, error, 4));
done:
    state_free(&state);
    return st;
}

static enum clt_status check_flat(struct clt_selftest *test, const struct clt_bench *bench,
                                  const struct feed *feed)
{
    enum clt_status st = CLT_OK;
    const size_t size = feed->shape.units * feed->shape.batch;
    struct flat flat = {0};
    TRY(flat_create(&flat, bench, feed->shape.members,
                    size < CLT_PIECE_SIZE ? size : CLT_PIECE_SIZE));
    TRY(check_sum_squares(test, bench, &flat));
    TRY(check_update(test, bench, &flat, feed));
done:
    flat_free(&flat);
    return st;
}

enum clt_status clt_selftest_step(struct clt_selftest *test, const struct clt_bench *bench,
                                  struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    struct feed feed;
    TRY(feed_create(&feed, bench, shape));
    TRY(check_gather(test, bench, &feed));
    TRY(check_dropout(test, bench, &feed));
    TRY(check_loss(test, bench, &feed, true));
    TRY(check_loss(test, bench, &feed, false));
    TRY(check_flat(test, bench, &feed));
done:
    feed_free(&feed);
    return st;
}
