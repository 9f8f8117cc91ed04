/* The updates of all parameters, and the sums of their squares. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "feed.h"
#include "op_case.h"
#include "ref.h"

#define MEMBERS  3
#define GAP      2 /* elements before each piece that belong to none */
#define MOMENTUM ((float)CLT_CASE_MOMENTUM)
#define TENSOR   5 /* what marks tell of */
#define STEP     1
#define UPDATES  5 /* of Adam, with the one that is tested */

static const enum clt_update_rule rules[] = {CLT_UPDATE_SGD, CLT_UPDATE_MOMENTUM,
                                             CLT_UPDATE_NESTEROV, CLT_UPDATE_ADAM};
#define RULES (sizeof rules / sizeof *rules)

#define VECTORS (2 + CLT_OPTIMIZER_STATES)
enum { PARAMETERS, RUNNING, STATE }; /* vectors that change; the states are the last ones */

/* Members' flat vectors: of each member a decayed segment of n elements and a plain one, and a
 * running one of n in a vector of its own. All have `total` elements. */
struct flat {
    const struct clt_harness *h;
    struct clt_test_feed feed;
    struct clt_test_state state;
    struct clt_region vector[VECTORS], gradients, batch, at_pieces, at_settings;
    struct clt_vectors vectors;
    struct clt_optimizer optimizer;
    struct clt_piece *piece;
    size_t n_pieces, total, n_vectors;
    double *value[VECTORS], *change[2]; /* of parameters, of running statistics */
    double *settings;                   /* [members][CLT_OPTIMIZER_SETTINGS] */
};

/* Cuts a segment of n elements, from *offset on, into pieces, each behind a gap. */
static void add_pieces(struct flat *flat, size_t *offset, size_t member, uint32_t kind, size_t n)
{
    for (size_t i = 0; i < n; i += CLT_PIECE_SIZE) {
        const size_t count = n - i < CLT_PIECE_SIZE ? n - i : CLT_PIECE_SIZE;
        flat->piece[flat->n_pieces++] = (struct clt_piece){
            *offset + GAP, (uint32_t)count, (uint32_t)member, kind, MOMENTUM, TENSOR};
        *offset += GAP + count;
    }
}

static struct clt_region upload(struct flat *flat, double *values)
{
    struct clt_region region = clt_region_of(flat->h, flat->total, clt_real_size(flat->h->real));
    clt_region_write_reals(&region, values);
    return region;
}

/* Of a member; the table's rate has Adam's first correction in it. */
static struct clt_ref_adam adam_of(size_t member)
{
    return (struct clt_ref_adam){.beta1 = 1 - 1 / (double)(8 + member),
                                 .beta2 = 1 - 1 / (double)(64 + member),
                                 .epsilon = 0.125,
                                 .update = UPDATES};
}

static void fill_settings(struct flat *flat)
{
    const size_t members = flat->feed.members;
    flat->settings = clt_allocate(members * CLT_OPTIMIZER_SETTINGS, sizeof *flat->settings);
    for (size_t p = 0; p < members; p++) {
        double *settings = flat->settings + p * CLT_OPTIMIZER_SETTINGS;
        const struct clt_ref_adam adam = adam_of(p);
        settings[0] = 0.9 / (double)(1 + p);
        if (flat->optimizer.rule != CLT_UPDATE_ADAM) continue;
        settings[0] = 1 - adam.beta1;
        settings[1] = 1 - adam.beta2;
        settings[2] = adam.epsilon;
    }
}

static void send_settings(struct flat *flat)
{
    clt_region_write_reals(&flat->at_settings, flat->settings);
}

static void flat_upload(struct flat *flat)
{
    for (size_t i = 0; i < flat->n_vectors; i++) {
        flat->value[i] = clt_allocate(flat->total, sizeof(double));
        clt_compare_fill(flat->value[i], flat->total, 2 * i);
        for (size_t j = 0; i == STATE + 1 && j < flat->total; j++)
            flat->value[i][j] = fabs(flat->value[i][j]); /* a mean of squares */
        flat->vector[i] = upload(flat, flat->value[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        flat->change[i] = clt_allocate(flat->total, sizeof(double));
        clt_compare_fill(flat->change[i], flat->total, 2 * i + 1);
    }
    flat->gradients = upload(flat, flat->change[PARAMETERS]);
    flat->batch = upload(flat, flat->change[RUNNING]);
    flat->at_pieces = clt_region_of(flat->h, flat->n_pieces, sizeof *flat->piece);
    clt_region_write(&flat->at_pieces, flat->piece);
    flat->vectors = (struct clt_vectors){flat->vector[PARAMETERS].buffer, flat->gradients.buffer,
                                         flat->vector[RUNNING].buffer,    flat->batch.buffer,
                                         flat->at_pieces.buffer,          flat->n_pieces};
    for (size_t i = STATE; i < flat->n_vectors; i++)
        flat->optimizer.state[i - STATE] = flat->vector[i].buffer;
    flat->at_settings = clt_region_of(flat->h, flat->feed.members * CLT_OPTIMIZER_SETTINGS,
                                      clt_real_size(flat->h->real));
    flat->optimizer.settings = flat->at_settings.buffer;
    send_settings(flat);
}

static void flat_create(struct flat *flat, const struct clt_harness *h, enum clt_update_rule rule,
                        size_t members, size_t n)
{
    const size_t cuts = n / CLT_PIECE_SIZE + 1;
    size_t of_parameters = 0, of_running = 0;
    *flat = (struct flat){
        .h = h,
        .feed = {.features = 1, .classes = 2, .batch = 1, .steps = 3, .members = members},
        .optimizer.rule = rule,
        .n_vectors = STATE + clt_optimizer_states(rule)};
    clt_test_feed_create(&flat->feed, h);
    clt_test_feed_at(&flat->feed, STEP);
    clt_test_state_create(&flat->state, h, members);
    flat->piece = clt_allocate(3 * cuts * members, sizeof *flat->piece);
    for (size_t p = 0; p < members; p++) {
        add_pieces(flat, &of_parameters, p, CLT_PIECE_DECAYED, n);
        add_pieces(flat, &of_parameters, p, CLT_PIECE_PLAIN, n);
        add_pieces(flat, &of_running, p, CLT_PIECE_RUNNING, n);
    }
    flat->total = of_parameters + GAP;
    fill_settings(flat);
    flat_upload(flat);
}

static void flat_free(struct flat *flat)
{
    struct clt_region *regions[] = {&flat->gradients, &flat->batch, &flat->at_pieces,
                                    &flat->at_settings};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) clt_region_free(regions[i]);
    for (size_t i = 0; i < flat->n_vectors; i++) {
        clt_region_free(&flat->vector[i]);
        free(flat->value[i]);
    }
    for (size_t i = 0; i < 2; i++) free(flat->change[i]);
    free(flat->settings);
    free(flat->piece);
    clt_test_feed_free(&flat->feed);
    clt_test_state_free(&flat->state);
}

static void update(struct flat *flat)
{
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, flat->h->device, flat->h->real));
    MUST(clt_op_update(list, &flat->vectors, &flat->optimizer, &flat->feed.feed,
                       &flat->state.state));
    clt_run_list(list);
}

/* --- the host's update --- */

static double *rates_of(const struct flat *flat, size_t member)
{
    return flat->feed.rates + (STEP * flat->feed.members + member) * CLT_RATES;
}

static double exact_fma(enum clt_real real, double a, double b, double c)
{
    return real == CLT_DOUBLE ? fma(a, b, c) : (double)fmaf((float)a, (float)b, (float)c);
}

/* By the kernels' own operations, where those are fused multiply-adds alone. */
static void update_element(struct flat *flat, const struct clt_piece *piece, size_t i)
{
    const enum clt_real real = flat->h->real;
    const double *rates = rates_of(flat, piece->member);
    const double decay = piece->kind == CLT_PIECE_DECAYED ? rates[1] : 0;
    const double momentum = flat->settings[piece->member * CLT_OPTIMIZER_SETTINGS];
    double *w = &flat->value[PARAMETERS][i], *v = &flat->value[STATE][i];
    const double g = exact_fma(real, decay, *w, flat->change[PARAMETERS][i]);
    *v = exact_fma(real, momentum, *v, g);
    const double by =
        flat->optimizer.rule == CLT_UPDATE_NESTEROV ? exact_fma(real, momentum, *v, g) : *v;
    *w = exact_fma(real, -rates[0], by, *w);
}

static void update_piece(struct flat *flat, const struct clt_piece *piece)
{
    const double *rates = rates_of(flat, piece->member);
    const double decay = piece->kind == CLT_PIECE_DECAYED ? rates[1] : 0;
    const size_t at = piece->offset;
    struct clt_ref_adam adam = adam_of(piece->member);
    adam.rate = rates[0] * (1 - pow(adam.beta1, UPDATES));
    adam.decay = decay;
    for (size_t i = at; i < at + piece->count; i++) {
        double *value = &flat->value[piece->kind == CLT_PIECE_RUNNING][i];
        if (piece->kind == CLT_PIECE_RUNNING)
            *value = clt_case_statistic(flat->h->real, *value, flat->change[RUNNING][i]);
        else if (flat->optimizer.rule == CLT_UPDATE_SGD)
            *value = clt_case_updated(flat->h->real, *value, flat->change[PARAMETERS][i], rates[0],
                                      decay);
        else if (flat->optimizer.rule != CLT_UPDATE_ADAM)
            update_element(flat, piece, i);
    }
    if (piece->kind != CLT_PIECE_RUNNING && flat->optimizer.rule == CLT_UPDATE_ADAM)
        clt_ref_adam(flat->value[PARAMETERS] + at, flat->value[STATE] + at,
                     flat->value[STATE + 1] + at, flat->change[PARAMETERS] + at, &adam,
                     piece->count);
}

/* --- checks --- */

static void check_changes(const struct flat *flat)
{
    double *got = clt_allocate(flat->total, sizeof *got);
    clt_region_read_reals(&flat->gradients, got);
    clt_check_same("gradients", got, flat->change[PARAMETERS], flat->total * sizeof *got);
    clt_region_read_reals(&flat->batch, got);
    clt_check_same("statistics", got, flat->change[RUNNING], flat->total * sizeof *got);
    free(got);
}

/* Bit for bit, or within some units of the last place. */
static void check_vectors(const struct flat *flat, double ulps)
{
    double *got = clt_allocate(flat->total, sizeof *got);
    for (size_t i = 0; i < flat->n_vectors; i++) {
        clt_region_read_reals(&flat->vector[i], got);
        if (ulps > 0)
            clt_check_close("flat vector", flat->h->real, ulps, got, flat->value[i], flat->total);
        else
            clt_check_same("flat vector", got, flat->value[i], flat->total * sizeof *got);
    }
    free(got);
    check_changes(flat);
}

static void updates_equal_the_formulas(void **state)
{
    const size_t sizes[] = {1, 7, 63, 64, 65, 1000, 3 * CLT_PIECE_SIZE + 1};
    for (size_t r = 0; r < RULES; r++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (size_t members = 1; members <= MEMBERS; members += 2) {
                struct flat flat;
                flat_create(&flat, *state, rules[r], members, sizes[i]);
                for (size_t p = 0; p < members; p++)
                    rates_of(&flat, p)[2] = 1 / sqrt(1 - pow(adam_of(p).beta2, UPDATES));
                clt_region_write_reals(&flat.feed.at_rates, flat.feed.rates);
                update(&flat);
                for (size_t j = 0; j < flat.n_pieces; j++) update_piece(&flat, &flat.piece[j]);
                check_vectors(&flat, rules[r] == CLT_UPDATE_ADAM ? 16 : 0);
                for (size_t p = 0; p < members; p++)
                    assert_int_equal(clt_test_state_member(&flat.state, p).overflow, 0);
                flat_free(&flat);
            }
}

/* Without momentum, and with zeros of either sign. */
static void momentum_of_0_gives_the_bits_of_plain_descent(void **state)
{
    for (size_t r = 1; r <= 2; r++) {
        struct flat plain, with;
        flat_create(&plain, *state, CLT_UPDATE_SGD, MEMBERS, 65);
        flat_create(&with, *state, rules[r], MEMBERS, 65);
        for (size_t p = 0; p < MEMBERS; p++) with.settings[p * CLT_OPTIMIZER_SETTINGS] = 0;
        send_settings(&with);
        struct flat *both[] = {&plain, &with};
        for (size_t i = 0; i < 2; i++) {
            for (size_t j = 0; j < 8; j++) {
                both[i]->value[PARAMETERS][GAP + j] = j & 1 ? -0.0 : 0.0;
                both[i]->change[PARAMETERS][GAP + j] = j & 2 ? -0.0 : 0.0;
            }
            clt_region_write_reals(&both[i]->vector[PARAMETERS], both[i]->value[PARAMETERS]);
            clt_region_write_reals(&both[i]->gradients, both[i]->change[PARAMETERS]);
            update(both[i]);
        }
        clt_region_read_reals(&plain.vector[PARAMETERS], plain.value[PARAMETERS]);
        clt_region_read_reals(&with.vector[PARAMETERS], with.value[PARAMETERS]);
        clt_check_same("parameters", with.value[PARAMETERS], plain.value[PARAMETERS],
                       plain.total * sizeof(double));
        flat_free(&plain);
        flat_free(&with);
    }
}

/* What an update leaves on the device, bit for bit, but for some elements that keep their values:
 * those of member `frozen`, and element `kept` of a vector and its states. */
static void check_all_but(struct flat *flat, size_t frozen, size_t running, size_t kept)
{
    struct flat whole;
    flat_create(&whole, flat->h, flat->optimizer.rule, flat->feed.members, 65);
    update(&whole);
    for (size_t i = 0; i < flat->n_vectors; i++) {
        const bool is_running = i == RUNNING;
        double *wanted = clt_allocate(flat->total, sizeof *wanted);
        clt_region_read_reals(&whole.vector[i], wanted);
        for (size_t j = 0; j < flat->n_pieces; j++) {
            const struct clt_piece *piece = &flat->piece[j];
            if (piece->member == frozen && is_running == (piece->kind == CLT_PIECE_RUNNING))
                memcpy(wanted + piece->offset, flat->value[i] + piece->offset,
                       piece->count * sizeof *wanted);
        }
        if (kept < flat->total && is_running == (running == RUNNING))
            wanted[kept] = flat->value[i][kept];
        memcpy(flat->value[i], wanted, flat->total * sizeof *wanted);
        free(wanted);
    }
    check_vectors(flat, 0);
    flat_free(&whole);
}

static void frozen_member_is_left_alone(void **state)
{
    for (size_t r = 0; r < RULES; r++) {
        struct flat flat;
        flat_create(&flat, *state, rules[r], MEMBERS, 65);
        clt_test_state_set(&flat.state, 1, 17, 0);
        update(&flat);
        check_all_but(&flat, 1, PARAMETERS, SIZE_MAX);
        assert_int_equal(clt_test_state_member(&flat.state, 1).frozen, 17);
        flat_free(&flat);
    }
}

/* Puts `bad` into the changes of member 1's piece of a kind; that element must keep its values. */
static void check_overflow(const struct clt_harness *h, enum clt_update_rule rule, uint32_t kind,
                           double bad)
{
    struct flat flat;
    flat_create(&flat, h, rule, MEMBERS, 65);
    const struct clt_piece *piece = flat.piece;
    while (piece->kind != kind || piece->member != 1) piece++;
    const size_t running = kind == CLT_PIECE_RUNNING, at = piece->offset + 64;
    struct clt_region *changed = running ? &flat.batch : &flat.gradients;
    flat.change[running][at] = bad;
    clt_region_write_reals(changed, flat.change[running]);
    update(&flat);
    flat.change[running][at] = 0; /* NaN has many patterns */
    clt_region_write_reals(changed, flat.change[running]);
    check_all_but(&flat, MEMBERS, running, at);
    for (size_t p = 0; p < MEMBERS; p++)
        assert_int_equal(clt_test_state_member(&flat.state, p).overflow,
                         p == 1 ? 1 + 2 * TENSOR + 1 : 0);
    flat_free(&flat);
}

static void overflowing_element_keeps_its_values(void **state)
{
    const uint32_t kinds[] = {CLT_PIECE_DECAYED, CLT_PIECE_PLAIN, CLT_PIECE_RUNNING};
    for (size_t r = 0; r < RULES; r++)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            check_overflow(*state, rules[r], kinds[i], NAN);
            check_overflow(*state, rules[r], kinds[i], INFINITY);
            check_overflow(*state, rules[r], kinds[i], -INFINITY);
        }
}

/* All operands finite, a new value not: of the weight, of the velocity, of the squares alone. */
static void overflow_of_finite_operands_is_seen(void **state)
{
    const struct clt_harness *h = *state;
    const double largest = h->real == CLT_DOUBLE ? DBL_MAX : (double)FLT_MAX;
    for (size_t r = 0; r < RULES; r++) {
        const bool adam = rules[r] == CLT_UPDATE_ADAM;
        const double change = adam ? 4 * sqrt(largest) : largest;
        struct flat flat;
        flat_create(&flat, h, rules[r], 1, 1);
        const size_t at = flat.piece[1].offset;
        if (!adam)
            for (size_t i = 0; i < flat.n_vectors; i++)
                flat.value[i][at] = i < STATE ? -largest : largest;
        flat.change[PARAMETERS][at] = change;
        for (size_t i = 0; i < flat.n_vectors; i++)
            clt_region_write_reals(&flat.vector[i], flat.value[i]);
        clt_region_write_reals(&flat.gradients, flat.change[PARAMETERS]);
        update(&flat);
        assert_int_equal(clt_test_state_member(&flat.state, 0).overflow, 1 + 2 * TENSOR);
        double *got = clt_allocate(flat.total, sizeof *got);
        for (size_t i = 0; i < flat.n_vectors; i++) {
            clt_region_read_reals(&flat.vector[i], got);
            if (i != RUNNING) assert_true(got[at] == flat.value[i][at]);
        }
        free(got);
        flat_free(&flat);
    }
}

static void sum_squares_equals_reference(void **state)
{
    const struct clt_harness *h = *state;
    const size_t sizes[] = {1, 7, 63, 64, 65, 1000, 3 * CLT_PIECE_SIZE + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct flat flat;
        struct clt_launch_list *list;
        flat_create(&flat, h, CLT_UPDATE_SGD, MEMBERS, sizes[i]);
        struct clt_region sums = clt_region_of(h, flat.n_pieces, clt_real_size(h->real));
        double *got = clt_allocate(flat.n_pieces, sizeof *got);
        MUST(clt_launch_list_create(&list, h->device, h->real));
        MUST(clt_op_sum_squares(list, &sums.buffer, &flat.vectors));
        clt_run_list(list);
        clt_region_read_reals(&sums, got);
        for (size_t j = 0; j < flat.n_pieces; j++) {
            const struct clt_piece *piece = &flat.piece[j];
            const size_t count = piece->kind == CLT_PIECE_DECAYED ? piece->count : 0;
            const double wanted =
                clt_ref_sum_squares(flat.value[PARAMETERS] + piece->offset, count);
            clt_check_close("sum_squares", h->real, 32, &got[j], &wanted, 1);
        }
        free(got);
        clt_region_free(&sums);
        flat_free(&flat);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_equal_the_formulas),
        cmocka_unit_test(momentum_of_0_gives_the_bits_of_plain_descent),
        cmocka_unit_test(frozen_member_is_left_alone),
        cmocka_unit_test(overflowing_element_keeps_its_values),
        cmocka_unit_test(overflow_of_finite_operands_is_seen),
        cmocka_unit_test(sum_squares_equals_reference),
    };
    return clt_harness_run("optimizers", tests, sizeof tests / sizeof *tests);
}
