/* cases_around.c - what stands around the steps of a network: samples, updates, sums. */
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
#define EPOCH    3
#define PLACE    (UINT64_C(1) << 33 | 9) /* likewise */
#define CURSOR   1                       /* the row in use */
#define MOMENTUM 0.75f
#define STEPS    7 /* of Adam, with the one that is tested */

/* A pool of samples, and a table of steps with one row before the one in use. */
struct feed {
    struct clt_feed on_device;
    struct clt_selftest_shape shape;
    size_t samples, places;
    uint8_t *images;
    uint32_t *order;
    float *mean, *scale;
    struct clt_reals rates; /* [2][members][CLT_RATES] */
};

static void feed_free(struct feed *feed)
{
    struct clt_feed *d = &feed->on_device;
    struct clt_buffer *const buffers[] = {&d->images, &d->mean, &d->scale,
                                          &d->order,  &d->rows, &d->cursor};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) clt_buffer_free(buffers[i]);
    clt_reals_free(&feed->rates);
    free(feed->images);
    free(feed->order);
    free(feed->mean);
    free(feed->scale);
}

static enum clt_status feed_allocate(struct feed *feed)
{
    const size_t features = feed->shape.units;
    feed->images = calloc(feed->samples * features, sizeof *feed->images);
    feed->order = calloc(feed->places, sizeof *feed->order);
    feed->mean = calloc(features, sizeof *feed->mean);
    feed->scale = calloc(features, sizeof *feed->scale);
    if (!feed->images || !feed->order || !feed->mean || !feed->scale)
        return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    return CLT_OK;
}

/* Of a member; the rate is that of the table, which has the first correction in it. */
static struct clt_ref_adam adam_of(size_t member)
{
    return (struct clt_ref_adam){.beta1 = 1 - 1 / (double)(8 + member),
                                 .beta2 = 1 - 1 / (double)(64 + member),
                                 .epsilon = 0.125,
                                 .update = STEPS};
}

static void feed_fill(struct feed *feed)
{
    const size_t features = feed->shape.units;
    assert(features > 0 && feed->samples > 0);
    for (size_t i = 0; i < feed->samples * features; i++)
        feed->images[i] = (uint8_t)(i * 97 + i / 251);
    for (size_t i = 0; i < feed->places; i++)
        feed->order[i] = (uint32_t)((i * 7 + 2) % feed->samples);
    for (size_t i = 0; i < features; i++) {
        feed->mean[i] = 100.25f + (float)(i % 50);
        feed->scale[i] = 1.0f / (float)(20 + i % 7);
    }
    for (size_t i = 0; i < feed->rates.count; i++) {
        const double beta2 = adam_of(i / CLT_RATES % feed->shape.members).beta2;
        feed->rates.host[i] = i % CLT_RATES < 2 ? 1 / (double)(3 + i) /* a rate and a decay */
                                                : 1 / sqrt(1 - pow(beta2, STEPS));
    }
}

static enum clt_status feed_send(struct feed *feed, const struct clt_bench *bench)
{
    const struct clt_feed_row rows[CURSOR + 1] = {[CURSOR] = {FIRST, UPDATE, EPOCH, PLACE}};
    const uint32_t cursor[2] = {CURSOR, CURSOR};
    enum clt_status st = CLT_OK;
    struct clt_feed *d = &feed->on_device;
    const size_t features = feed->shape.units;
    d->features = features;
    TRY(clt_buffer_create_filled(&d->images, bench->device, feed->images,
                                 feed->samples * features));
    TRY(clt_buffer_create_filled(&d->order, bench->device, feed->order,
                                 feed->places * sizeof(uint32_t)));
    TRY(clt_buffer_create_filled(&d->mean, bench->device, feed->mean, features * sizeof(float)));
    TRY(clt_buffer_create_filled(&d->scale, bench->device, feed->scale, features * sizeof(float)));
    TRY(clt_buffer_create_filled(&d->rows, bench->device, rows, sizeof rows));
    TRY(clt_buffer_create_filled(&d->cursor, bench->device, cursor, sizeof cursor));
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
    TRY(clt_reals_create(&feed->rates, bench, (CURSOR + 1) * shape.members * CLT_RATES, 0));
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
    TRY(clt_buffer_create_filled(&d->hits, bench->device, zeros, members * sizeof(uint32_t)));
    TRY(clt_buffer_create_filled(&d->frozen, bench->device, zeros, members * sizeof(uint64_t)));
    TRY(clt_buffer_create_filled(&d->overflow, bench->device, zeros, members * sizeof(uint32_t)));
done:
    free(zeros);
    return st;
}

/* The features as a picture, as nearly square as it can be. */
static struct clt_augmentation augmentation_of(size_t features)
{
    size_t width = 1;
    for (size_t w = 2; w * w <= features; w++)
        if (features % w == 0) width = w;
    return (struct clt_augmentation){.height = features / width,
                                     .width = width,
                                     .seed = UPDATE,
                                     .mirror = true,
                                     .shift = width - 1};
}

static enum clt_status append_gather(struct clt_launch_list *list, const struct clt_reals *x,
                                     const struct feed *feed, const struct clt_batch *batch,
                                     const struct clt_augmentation *augmentation)
{
    if (!augmentation) return clt_op_gather(list, clt_reals_view(x), &feed->on_device, batch);
    return clt_op_gather_augmented(list, clt_reals_view(x), &feed->on_device, batch, augmentation);
}

/* samples [features][size] */
static void gather_host(double *samples, const struct feed *feed, size_t size,
                        const struct clt_augmentation *augmentation)
{
    const uint32_t *order = feed->order + FIRST;
    const size_t features = feed->shape.units;
    if (!augmentation) {
        clt_ref_gather(samples, feed->images, order, feed->mean, feed->scale, features, size);
        return;
    }
    const struct clt_ref_augmentation reference = {
        augmentation->height, augmentation->width, augmentation->seed, EPOCH, PLACE,
        augmentation->mirror, augmentation->shift};
    clt_ref_gather_augmented(samples, &reference, feed->images, order, feed->mean, feed->scale,
                             features, size);
}

/* As they are, where `augmentation` is NULL. Padding repeats the last sample. */
static enum clt_status check_gather(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct feed *feed, struct clt_batch batch,
                                    const struct clt_augmentation *augmentation)
{
    enum clt_status st = CLT_OK;
    const size_t features = feed->shape.units;
    struct clt_reals x = {0};
    struct clt_launch_list *list;
    double error = 0, *samples = calloc(features * batch.size, sizeof *samples);
    if (!samples) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    TRY(clt_reals_create(&x, bench, features * batch.pitch, 0));
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(append_gather(list, &x, feed, &batch, augmentation), list));
    gather_host(samples, feed, batch.size, augmentation);
    for (size_t f = 0; f < features; f++)
        for (size_t b = 0; b < batch.pitch; b++)
            x.host[clt_batch_at(&batch, features, f, b)] =
                samples[f * batch.size + (b < batch.size ? b : batch.size - 1)];
    TRY(clt_reals_compare(&error, &x, x.host));
    TRY(clt_selftest_note(test, augmentation ? "gather_augmented" : "gather_normalize", bench->real,
                          error, 2));
done:
    clt_reals_free(&x);
    free(samples);
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
    TRY(clt_buffer_create_filled(&flat->on_device.pieces, bench->device, flat->pieces,
                                 flat->n_pieces * sizeof *flat->pieces));
    flat->on_device.parameters = flat->parameters.buffer;
    flat->on_device.gradients = flat->gradients.buffer;
    flat->on_device.running = flat->running.buffer;
    flat->on_device.statistics = flat->batch.buffer;
    flat->on_device.n_pieces = flat->n_pieces;
done:
    return st;
}

/* --- updates --- */

/* What a rule remembers: vectors like the parameters. */
struct memory {
    struct clt_optimizer on_device; /* borrows the reals' buffers */
    struct clt_reals state[CLT_OPTIMIZER_STATES], settings;
};

static void memory_free(struct memory *memory)
{
    for (size_t i = 0; i < CLT_OPTIMIZER_STATES; i++) clt_reals_free(&memory->state[i]);
    clt_reals_free(&memory->settings);
}

static double momentum_of(size_t member)
{
    return 0.5 / (double)(1 + member);
}

static void fill_settings(double *settings, enum clt_update_rule rule, size_t members)
{
    for (size_t p = 0; p < members; p++) {
        const struct clt_ref_adam adam = adam_of(p);
        double *of_member = settings + p * CLT_OPTIMIZER_SETTINGS;
        of_member[0] = rule == CLT_UPDATE_ADAM ? 1 - adam.beta1 : momentum_of(p);
        of_member[1] = 1 - adam.beta2;
        of_member[2] = adam.epsilon;
    }
}

static enum clt_status memory_create(struct memory *memory, const struct clt_bench *bench,
                                     enum clt_update_rule rule, size_t members, size_t n)
{
    enum clt_status st = CLT_OK;
    memory->on_device.rule = rule;
    for (size_t i = 0; i < clt_optimizer_states(rule); i++) {
        TRY(clt_reals_create(&memory->state[i], bench, n, 11 + i));
        for (size_t j = 0; i == 1 && j < n; j++)
            memory->state[i].host[j] = fabs(memory->state[i].host[j]);
        TRY(clt_reals_send(&memory->state[i]));
        memory->on_device.state[i] = memory->state[i].buffer;
    }
    TRY(clt_reals_create(&memory->settings, bench, members * CLT_OPTIMIZER_SETTINGS, 0));
    fill_settings(memory->settings.host, rule, members);
    TRY(clt_reals_send(&memory->settings));
    memory->on_device.settings = memory->settings.buffer;
done:
    return st;
}

/* A piece of parameters with the numbers of its member. */
static void update_piece(struct flat *flat, struct memory *memory, const struct clt_piece *piece,
                         const double rates[CLT_RATES])
{
    const enum clt_update_rule rule = memory->on_device.rule;
    const double decay = piece->kind == CLT_PIECE_DECAYED ? rates[1] : 0;
    const struct clt_ref_momentum momentum = {rates[0], decay, momentum_of(piece->member),
                                              rule == CLT_UPDATE_NESTEROV};
    struct clt_ref_adam adam = adam_of(piece->member);
    double *w = flat->parameters.host + piece->offset;
    const double *g = flat->gradients.host + piece->offset;
    adam.rate = rates[0] * (1 - pow(adam.beta1, STEPS));
    adam.decay = decay;
    if (rule == CLT_UPDATE_SGD)
        clt_ref_sgd(w, g, rates[0], decay, piece->count);
    else if (rule == CLT_UPDATE_ADAM)
        clt_ref_adam(w, memory->state[0].host + piece->offset,
                     memory->state[1].host + piece->offset, g, &adam, piece->count);
    else
        clt_ref_momentum(w, memory->state[0].host + piece->offset, g, &momentum, piece->count);
}

static void update_host(struct flat *flat, struct memory *memory, const struct feed *feed)
{
    for (size_t i = 0; i < flat->n_pieces; i++) {
        const struct clt_piece *piece = &flat->pieces[i];
        const double *rates =
            feed->rates.host + (CURSOR * feed->shape.members + piece->member) * CLT_RATES;
        if (piece->kind == CLT_PIECE_RUNNING)
            clt_ref_statistics(flat->running.host + piece->offset, flat->batch.host + piece->offset,
                               (double)MOMENTUM, piece->count);
        else
            update_piece(flat, memory, piece, rates);
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

/* A rule, its kernel and how far that may be off. */
struct rule {
    enum clt_update_rule rule;
    const char *kernel;
    double bound;
};
static const struct rule rules[] = {{CLT_UPDATE_SGD, "sgd_update", 4},
                                    {CLT_UPDATE_MOMENTUM, "momentum_update", 8},
                                    {CLT_UPDATE_NESTEROV, "momentum_update", 8},
                                    {CLT_UPDATE_ADAM, "adam_update", 16}};

static enum clt_status check_update(struct clt_selftest *test, const struct clt_bench *bench,
                                    struct flat *flat, const struct feed *feed,
                                    const struct rule *rule)
{
    enum clt_status st = CLT_OK;
    struct state state = {0};
    struct memory memory = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(state_create(&state, bench, feed->shape.members));
    TRY(memory_create(&memory, bench, rule->rule, feed->shape.members, flat->parameters.count));
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(clt_op_update(list, &flat->on_device, &memory.on_device, &feed->on_device,
                                    &state.on_device),
                      list));
    update_host(flat, &memory, feed);
    TRY(clt_reals_compare(&error, &flat->parameters, flat->parameters.host));
    TRY(clt_reals_compare(&error, &flat->running, flat->running.host));
    for (size_t i = 0; i < clt_optimizer_states(rule->rule); i++)
        TRY(clt_reals_compare(&error, &memory.state[i], memory.state[i].host));
    TRY(clt_selftest_note(test, rule->kernel, bench->real, error, rule->bound));
done:
    state_free(&state);
    memory_free(&memory);
    return st;
}

/* The sums of the parameters as they are, then one update by a rule. */
static enum clt_status check_flat(struct clt_selftest *test, const struct clt_bench *bench,
                                  const struct feed *feed, const struct rule *rule)
{
    enum clt_status st = CLT_OK;
    const size_t size = feed->shape.units * feed->shape.batch;
    struct flat flat = {0};
    TRY(flat_create(&flat, bench, feed->shape.members,
                    size < CLT_PIECE_SIZE ? size : CLT_PIECE_SIZE));
    if (rule->rule == CLT_UPDATE_SGD) TRY(check_sum_squares(test, bench, &flat));
    TRY(check_update(test, bench, &flat, feed, rule));
done:
    flat_free(&flat);
    return st;
}

static enum clt_status check_broadcast(struct clt_selftest *test, const struct clt_bench *bench,
                                       struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    const size_t n = shape.units * shape.batch;
    struct clt_reals x = {0}, y = {0};
    struct clt_launch_list *list;
    double error = 0;
    TRY(clt_reals_create(&x, bench, n, 1));
    TRY(clt_reals_send(&x));
    TRY(clt_reals_create(&y, bench, shape.members * n, 0));
    clt_ref_broadcast(y.host, x.host, shape.members, n);
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(
        clt_op_broadcast(list, clt_reals_view(&y), clt_reals_view(&x), shape.members, n), list));
    TRY(clt_reals_compare(&error, &y, y.host));
    TRY(clt_selftest_note(test, "broadcast_members", bench->real, error, 0));
done:
    clt_reals_free(&x);
    clt_reals_free(&y);
    return st;
}

enum clt_status clt_selftest_around(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct clt_gemm *gemm, struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    struct feed feed;
    const struct clt_augmentation augmentation = augmentation_of(shape.units);
    const struct clt_batch batch = clt_gemm_batch(gemm, shape.batch);
    TRY(feed_create(&feed, bench, shape));
    TRY(check_gather(test, bench, &feed, batch, NULL));
    TRY(check_gather(test, bench, &feed, batch, &augmentation));
    TRY(check_broadcast(test, bench, shape));
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        TRY(check_flat(test, bench, &feed, &rules[i]));
done:
    feed_free(&feed);
    return st;
}
