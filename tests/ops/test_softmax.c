/* Softmax, cross-entropy, hits, and when a member is frozen. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "feed.h"
#include "op.h"
#include "ref.h"

/* One loss kernel with its memory: scores z [members][classes][batch]. */
struct loss {
    const struct clt_harness *h;
    struct clt_test_feed feed;
    struct clt_test_state state;
    struct clt_region z;
    size_t per_member;
};

static void loss_create(struct loss *loss, const struct clt_harness *h, struct clt_test_shape s)
{
    *loss = (struct loss){
        .h = h,
        .per_member = s.units * s.batch,
        .feed = {
            .features = 1, .classes = s.units, .batch = s.batch, .steps = 2, .members = s.members}};
    clt_test_feed_create(&loss->feed, h);
    clt_test_feed_at(&loss->feed, 1);
    clt_test_state_create(&loss->state, h, s.members);
    loss->z = clt_region_of_reals(h, s.members * loss->per_member);
}

static void loss_free(struct loss *loss)
{
    clt_test_feed_free(&loss->feed);
    clt_test_state_free(&loss->state);
    clt_region_free(&loss->z);
}

static void loss_run(struct loss *loss, const double *z, bool training)
{
    struct clt_launch_list *list;
    clt_region_write_reals(&loss->z, z);
    MUST(clt_launch_list_create(&list, loss->h->device, loss->h->real));
    MUST(clt_op_softmax_cross_entropy(list, clt_region_view(&loss->z), &loss->feed.feed,
                                      &loss->state.state, loss->feed.classes, loss->feed.batch,
                                      training));
    clt_run_list(list);
}

static void check_members(const struct loss *loss, const double *losses, const size_t *hits)
{
    for (size_t p = 0; p < loss->feed.members; p++) {
        const struct clt_test_member member = clt_test_state_member(&loss->state, p);
        clt_check_close("loss", loss->h->real, 64, &member.loss, &losses[p], 1);
        assert_int_equal(member.hits, hits[p]);
        assert_int_equal(member.frozen, 0);
        assert_int_equal(member.overflow, 0);
    }
}

static void evaluate(void *self, double *y, const double *x)
{
    struct loss *loss = self;
    const double zeros[6] = {0};
    clt_region_write_reals(&loss->state.loss, zeros);
    loss_run(loss, x, false);
    for (size_t p = 0; p < loss->feed.members; p++)
        y[p] = clt_test_state_member(&loss->state, p).loss;
}

/* The gradient is of the mean, the losses are sums. */
static void check_slope(struct loss *loss, const double *z, double *gradient)
{
    const double weights[3] = {1, 1, 1};
    const struct clt_function f = {evaluate, loss, loss->z.count, loss->feed.members};
    for (size_t i = 0; i < loss->z.count; i++) gradient[i] *= (double)loss->feed.batch;
    clt_check_gradient("softmax", &f, z, weights, gradient);
}

/* The gradient is (p - onehot) / batch. */
static void check_probabilities(const struct loss *loss, const double *gradient,
                                const uint16_t *labels)
{
    const size_t n = loss->z.count, batch = loss->feed.batch, classes = loss->feed.classes;
    double *got = clt_allocate(n, sizeof *got), *wanted = clt_allocate(n, sizeof *wanted);
    for (size_t i = 0; i < n; i++)
        wanted[i] = gradient[i] * (double)batch + (i / batch % classes == labels[i % batch]);
    clt_region_read_reals(&loss->z, got);
    clt_check_close("probabilities", loss->h->real, 16, got, wanted, n);
    free(got);
    free(wanted);
}

static void check_shape(const struct clt_harness *h, struct clt_test_shape s)
{
    struct loss loss;
    loss_create(&loss, h, s);
    const size_t n = loss.z.count;
    double *z = clt_allocate(n, sizeof *z), *got = clt_allocate(n, sizeof *got);
    double *wanted = clt_allocate(n, sizeof *wanted), losses[3];
    uint16_t *labels = clt_allocate(s.batch, sizeof *labels);
    size_t hits[3];
    clt_compare_fill(z, n, 3);
    clt_test_feed_labels(labels, &loss.feed, 1);
    for (size_t p = 0; p < s.members; p++)
        clt_ref_softmax_cross_entropy(wanted + p * loss.per_member, &losses[p], &hits[p],
                                      z + p * loss.per_member, labels, s.units, s.batch);
    loss_run(&loss, z, true);
    clt_region_read_reals(&loss.z, got);
    clt_check_close("gradient", h->real, 16, got, wanted, n);
    check_members(&loss, losses, hits);

    loss_run(&loss, z, false); /* adds the same again */
    check_probabilities(&loss, wanted, labels);
    for (size_t p = 0; p < s.members; p++) {
        losses[p] *= 2;
        hits[p] *= 2;
    }
    check_members(&loss, losses, hits);
    if (h->real == CLT_DOUBLE) check_slope(&loss, z, wanted);
    free(z);
    free(got);
    free(wanted);
    free(labels);
    loss_free(&loss);
}

static void softmax_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) check_shape(*state, s);
}

/* z [3 members][3 classes][1 sample]: all zeros but for the middle member's scores. */
static struct clt_test_member run_one_sample(struct loss *loss, const struct clt_harness *h,
                                             const double scores[3], bool training)
{
    double z[9] = {0};
    memcpy(z + 3, scores, 3 * sizeof *z);
    loss_create(loss, h, (struct clt_test_shape){3, 3, 1});
    loss_run(loss, z, training);
    return clt_test_state_member(&loss->state, 1);
}

static size_t label_of(const struct clt_harness *h)
{
    struct loss loss;
    uint16_t label;
    loss_create(&loss, h, (struct clt_test_shape){3, 3, 1});
    clt_test_feed_labels(&label, &loss.feed, 1);
    loss_free(&loss);
    return label;
}

static void huge_scores_stay_finite(void **state)
{
    const size_t label = label_of(*state);
    double scores[3] = {0}, gradient[9];
    struct loss loss;
    scores[label] = 1e30;
    struct clt_test_member member = run_one_sample(&loss, *state, scores, true);
    assert_true(member.loss == 0 && member.hits == 1 && member.frozen == 0);
    clt_region_read_reals(&loss.z, gradient);
    for (size_t c = 0; c < 3; c++) assert_true(gradient[3 + c] == 0);
    loss_free(&loss);

    scores[label] = -1e30;
    member = run_one_sample(&loss, *state, scores, true);
    assert_true(fabs(member.loss / 1e30 - 1) <= 1e-6 && member.hits == 0 && member.frozen == 0);
    clt_region_read_reals(&loss.z, gradient);
    for (size_t c = 0; c < 3; c++)
        assert_true(fabs(gradient[3 + c] - (c == label ? -1 : 0.5)) <= 1e-6);
    loss_free(&loss);
}

/* Scores that give no finite loss: never a hit, the member frozen at this update, when training. */
static void check_diverged(const struct clt_harness *h, const double scores[3])
{
    for (int training = 0; training < 2; training++) {
        struct loss loss;
        const struct clt_test_member member = run_one_sample(&loss, h, scores, training != 0);
        assert_true(!isfinite(member.loss));
        assert_int_equal(member.hits, 0);
        const uint64_t wanted = training ? loss.feed.rows[1].update + 1 : 0;
        assert_true(member.frozen == wanted);
        for (size_t p = 0; p < 3; p += 2) {
            const struct clt_test_member other = clt_test_state_member(&loss.state, p);
            assert_true(isfinite(other.loss));
            assert_int_equal(other.frozen, 0);
        }
        loss_free(&loss);
    }
}

static void diverged_scores_freeze_their_member_alone(void **state)
{
    const size_t label = label_of(*state);
    for (size_t c = 0; c < 3; c++) {
        double scores[3] = {0};
        scores[label] = 1; /* would be a hit */
        scores[c] = NAN;
        check_diverged(*state, scores);
        scores[c] = INFINITY;
        check_diverged(*state, scores);
    }
    double scores[3] = {0};
    scores[label] = -INFINITY;
    check_diverged(*state, scores);
}

static void first_divergence_is_kept(void **state)
{
    const double scores[3] = {NAN, 0, 0}, zeros[9] = {0};
    struct loss loss;
    run_one_sample(&loss, *state, scores, true);
    const uint64_t frozen = clt_test_state_member(&loss.state, 1).frozen;
    clt_test_feed_at(&loss.feed, 0);
    clt_test_state_set(&loss.state, 1, frozen, 1);
    loss_run(&loss, zeros, true);
    assert_int_equal(clt_test_state_member(&loss.state, 1).frozen, frozen);
    loss_free(&loss);
}

/* Set by the update before this step: that one diverged. */
static void overflow_freezes_at_the_update_before(void **state)
{
    const double zeros[9] = {0};
    for (int training = 0; training < 2; training++) {
        struct loss loss;
        loss_create(&loss, *state, (struct clt_test_shape){3, 3, 1});
        clt_test_state_set(&loss.state, 2, 0, 1);
        loss_run(&loss, zeros, training != 0);
        for (size_t p = 0; p < 3; p++) {
            const uint64_t wanted = training && p == 2 ? loss.feed.rows[1].update : 0;
            assert_int_equal(clt_test_state_member(&loss.state, p).frozen, wanted);
        }
        loss_free(&loss);
    }
}

static void first_of_equal_scores_wins(void **state)
{
    const size_t label = label_of(*state);
    for (size_t c = 0; c < 3; c++) {
        double scores[3] = {-1, -1, -1};
        struct loss loss;
        scores[c] = scores[label] = 1;
        const struct clt_test_member member = run_one_sample(&loss, *state, scores, true);
        assert_int_equal(member.hits, c >= label);
        loss_free(&loss);
    }
}

/* Scores so close that their quotients are the same, the higher one behind the lower. */
static void rounding_does_not_move_the_class(void **state)
{
    const struct clt_harness *h = *state;
    const double step = h->real == CLT_DOUBLE ? 0x1p-60 : 0x1p-30;
    const double scores[3] = {0, step, 0};
    double p[9];
    struct loss loss;
    run_one_sample(&loss, h, scores, false);
    clt_region_read_reals(&loss.z, p);
    assert_true(p[3] < p[4] && p[5] <= p[4]);
    assert_true(fabs(p[3] - p[4]) <= 1e-6);
    loss_free(&loss);
}

/* 300 equal losses added one by one: the compensation keeps what float would lose. */
static void losses_add_up_without_drift(void **state)
{
    const struct clt_harness *h = *state;
    const double z[9] = {0}, added = 300 * log(3);
    struct loss loss;
    loss_create(&loss, h, (struct clt_test_shape){3, 3, 1});
    for (size_t i = 0; i < 300; i++) loss_run(&loss, z, false);
    for (size_t p = 0; p < 3; p++) {
        const struct clt_test_member member = clt_test_state_member(&loss.state, p);
        clt_check_close("sum of losses", h->real, 4, &member.loss, &added, 1);
    }
    loss_free(&loss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_equals_reference),
        cmocka_unit_test(huge_scores_stay_finite),
        cmocka_unit_test(diverged_scores_freeze_their_member_alone),
        cmocka_unit_test(first_divergence_is_kept),
        cmocka_unit_test(overflow_freezes_at_the_update_before),
        cmocka_unit_test(first_of_equal_scores_wins),
        cmocka_unit_test(rounding_does_not_move_the_class),
        cmocka_unit_test(losses_add_up_without_drift),
    };
    return clt_harness_run("softmax", tests, sizeof tests / sizeof *tests);
}
