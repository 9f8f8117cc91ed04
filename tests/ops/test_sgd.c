/* The update of all parameters, and the sums of their squares. */
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
#define STEP     1

/* Members' flat vectors: of each member a decayed segment of n elements and a plain one, and a
 * running one of n in a vector of its own. Both have `total` elements. */
struct flat {
    const struct clt_harness *h;
    struct clt_test_feed feed;
    struct clt_test_state state;
    struct clt_region parameters, gradients, running, batch, at_pieces;
    struct clt_vectors vectors;
    struct clt_piece *piece;
    size_t n_pieces, total;
    double *value[2], *change[2]; /* of parameters, of running statistics */
};

/* Cuts a segment of n elements, from *offset on, into pieces, each behind a gap. */
static void add_pieces(struct flat *flat, size_t *offset, size_t member, uint32_t kind, size_t n)
{
    for (size_t i = 0; i < n; i += CLT_PIECE_SIZE) {
        const size_t count = n - i < CLT_PIECE_SIZE ? n - i : CLT_PIECE_SIZE;
        flat->piece[flat->n_pieces++] =
            (struct clt_piece){*offset + GAP, (uint32_t)count, (uint32_t)member, kind, MOMENTUM};
        *offset += GAP + count;
    }
}

static struct clt_region upload(struct flat *flat, double *values)
{
    struct clt_region region = clt_region_of(flat->h, flat->total, clt_real_size(flat->h->real));
    clt_region_write_reals(&region, values);
    return region;
}

static void flat_upload(struct flat *flat)
{
    for (uint64_t i = 0; i < 2; i++) {
        flat->value[i] = clt_allocate(flat->total, sizeof(double));
        flat->change[i] = clt_allocate(flat->total, sizeof(double));
        clt_compare_fill(flat->value[i], flat->total, 2 * i);
        clt_compare_fill(flat->change[i], flat->total, 2 * i + 1);
    }
    flat->parameters = upload(flat, flat->value[0]);
    flat->gradients = upload(flat, flat->change[0]);
    flat->running = upload(flat, flat->value[1]);
    flat->batch = upload(flat, flat->change[1]);
    flat->at_pieces = clt_region_of(flat->h, flat->n_pieces, sizeof *flat->piece);
    clt_region_write(&flat->at_pieces, flat->piece);
    flat->vectors =
        (struct clt_vectors){flat->parameters.buffer, flat->gradients.buffer, flat->running.buffer,
                             flat->batch.buffer,      flat->at_pieces.buffer, flat->n_pieces};
}

static void flat_create(struct flat *flat, const struct clt_harness *h, size_t members, size_t n)
{
    const size_t cuts = n / CLT_PIECE_SIZE + 1;
    size_t of_parameters = 0, of_running = 0;
    *flat = (struct flat){
        .h = h, .feed = {.features = 1, .classes = 2, .batch = 1, .steps = 3, .members = members}};
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
    flat_upload(flat);
}

static void flat_free(struct flat *flat)
{
    struct clt_region *regions[] = {&flat->parameters, &flat->gradients, &flat->running,
                                    &flat->batch, &flat->at_pieces};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) clt_region_free(regions[i]);
    for (size_t i = 0; i < 2; i++) {
        free(flat->value[i]);
        free(flat->change[i]);
    }
    free(flat->piece);
    clt_test_feed_free(&flat->feed);
    clt_test_state_free(&flat->state);
}

static void update(struct flat *flat)
{
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, flat->h->device, flat->h->real));
    MUST(clt_op_sgd(list, &flat->vectors, &flat->feed.feed, &flat->state.state));
    clt_run_list(list);
}

/* The host's update of the pieces of all members but `frozen`. */
static void update_host(struct flat *flat, size_t frozen)
{
    for (size_t i = 0; i < flat->n_pieces; i++) {
        const struct clt_piece *piece = &flat->piece[i];
        const bool running = piece->kind == CLT_PIECE_RUNNING;
        const double *of_member =
            flat->feed.rates + (STEP * flat->feed.members + piece->member) * 2;
        const double decay = piece->kind == CLT_PIECE_DECAYED ? of_member[1] : 0;
        const enum clt_real real = flat->h->real;
        if (piece->member == frozen) continue;
        for (size_t j = piece->offset; j < piece->offset + piece->count; j++) {
            double *value = &flat->value[running][j], change = flat->change[running][j];
            *value = running ? clt_case_statistic(real, *value, change)
                             : clt_case_updated(real, *value, change, of_member[0], decay);
        }
    }
}

static void check_vectors(const struct flat *flat)
{
    const struct clt_region *regions[] = {&flat->parameters, &flat->running, &flat->gradients,
                                          &flat->batch};
    const double *wanted[] = {flat->value[0], flat->value[1], flat->change[0], flat->change[1]};
    double *got = clt_allocate(flat->total, sizeof *got);
    for (size_t i = 0; i < 4; i++) {
        clt_region_read_reals(regions[i], got);
        clt_check_same("flat vector", got, wanted[i], flat->total * sizeof *got);
    }
    free(got);
}

static void update_equals_fma_bit_for_bit(void **state)
{
    const size_t sizes[] = {1, 7, 63, 64, 65, 1000, 3 * CLT_PIECE_SIZE + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t members = 1; members <= MEMBERS; members += 2) {
            struct flat flat;
            flat_create(&flat, *state, members, sizes[i]);
            update(&flat);
            update_host(&flat, members);
            check_vectors(&flat);
            for (size_t p = 0; p < members; p++)
                assert_int_equal(clt_test_state_member(&flat.state, p).overflow, 0);
            flat_free(&flat);
        }
}

static void frozen_member_is_left_alone(void **state)
{
    struct flat flat;
    flat_create(&flat, *state, MEMBERS, 65);
    clt_test_state_set(&flat.state, 1, 17, 0);
    update(&flat);
    update_host(&flat, 1);
    check_vectors(&flat);
    assert_int_equal(clt_test_state_member(&flat.state, 1).frozen, 17);
    flat_free(&flat);
}

/* Puts `bad` into the changes of member 1's piece of a kind; that element must keep its value. */
static void check_overflow(const struct clt_harness *h, uint32_t kind, double bad)
{
    struct flat flat;
    flat_create(&flat, h, MEMBERS, 65);
    const struct clt_piece *piece = flat.piece;
    while (piece->kind != kind || piece->member != 1) piece++;
    const size_t running = kind == CLT_PIECE_RUNNING, at = piece->offset + 64;
    const double kept = flat.value[running][at];
    flat.change[running][at] = bad;
    clt_region_write_reals(running ? &flat.batch : &flat.gradients, flat.change[running]);
    update(&flat);
    update_host(&flat, MEMBERS);
    flat.value[running][at] = kept;
    struct clt_region *changed = running ? &flat.batch : &flat.gradients;
    flat.change[running][at] = 0; /* NaN has many patterns */
    clt_region_write_reals(changed, flat.change[running]);
    check_vectors(&flat);
    for (size_t p = 0; p < MEMBERS; p++)
        assert_int_equal(clt_test_state_member(&flat.state, p).overflow, p == 1);
    flat_free(&flat);
}

static void overflowing_element_keeps_its_value(void **state)
{
    const uint32_t kinds[] = {CLT_PIECE_DECAYED, CLT_PIECE_PLAIN, CLT_PIECE_RUNNING};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        check_overflow(*state, kinds[i], NAN);
        check_overflow(*state, kinds[i], INFINITY);
        check_overflow(*state, kinds[i], -INFINITY);
    }
}

/* All operands finite, their result not. */
static void overflow_of_finite_operands_is_seen(void **state)
{
    const struct clt_harness *h = *state;
    const double largest = h->real == CLT_DOUBLE ? DBL_MAX : (double)FLT_MAX;
    struct flat flat;
    flat_create(&flat, h, 1, 1);
    flat.value[0][flat.piece[1].offset] = -largest;
    flat.change[0][flat.piece[1].offset] = largest;
    clt_region_write_reals(&flat.parameters, flat.value[0]);
    clt_region_write_reals(&flat.gradients, flat.change[0]);
    update(&flat);
    assert_int_equal(clt_test_state_member(&flat.state, 0).overflow, 1);
    double *got = clt_allocate(flat.total, sizeof *got);
    clt_region_read_reals(&flat.parameters, got);
    assert_true(got[flat.piece[1].offset] == -largest);
    free(got);
    flat_free(&flat);
}

static void sum_squares_equals_reference(void **state)
{
    const struct clt_harness *h = *state;
    const size_t sizes[] = {1, 7, 63, 64, 65, 1000, 3 * CLT_PIECE_SIZE + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct flat flat;
        struct clt_launch_list *list;
        flat_create(&flat, h, MEMBERS, sizes[i]);
        struct clt_region sums = clt_region_of(h, flat.n_pieces, clt_real_size(h->real));
        double *got = clt_allocate(flat.n_pieces, sizeof *got);
        MUST(clt_launch_list_create(&list, h->device, h->real));
        MUST(clt_op_sum_squares(list, &sums.buffer, &flat.vectors));
        clt_run_list(list);
        clt_region_read_reals(&sums, got);
        for (size_t j = 0; j < flat.n_pieces; j++) {
            const struct clt_piece *piece = &flat.piece[j];
            const size_t count = piece->kind == CLT_PIECE_DECAYED ? piece->count : 0;
            const double wanted = clt_ref_sum_squares(flat.value[0] + piece->offset, count);
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
        cmocka_unit_test(update_equals_fma_bit_for_bit),
        cmocka_unit_test(frozen_member_is_left_alone),
        cmocka_unit_test(overflowing_element_keeps_its_value),
        cmocka_unit_test(overflow_of_finite_operands_is_seen),
        cmocka_unit_test(sum_squares_equals_reference),
    };
    return clt_harness_run("sgd", tests, sizeof tests / sizeof *tests);
}
