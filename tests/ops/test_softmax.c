/* The losses, softmax and sigmoid: cross-entropy, hits, and when a member is frozen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

#define LABEL 1 /* of the one sample, out of three classes */

/* In training and in evaluation. */
static const enum clt_op_kind softmax[2] = {CLT_OP_SOFTMAX, CLT_OP_SOFTMAX_APPLY};
static const enum clt_op_kind sigmoid[2] = {CLT_OP_SIGMOID_LOSS, CLT_OP_SIGMOID_LOSS_APPLY};

static void softmax_equals_reference(void **state)
{
    for (size_t i = 0; i < 2; i++) clt_check_op(*state, softmax[i]);
}

static void sigmoid_equals_reference(void **state)
{
    for (size_t i = 0; i < 2; i++) clt_check_op(*state, sigmoid[i]);
}

static void sum_losses(void *self, double *y, const double *x)
{
    struct clt_case *c = self;
    memcpy(c->array[CLT_Y].values, x, c->array[CLT_Y].count * sizeof *x);
    clt_case_refer(c);
    for (size_t p = 0; p < c->setup.members; p++) y[p] = c->member[p].wanted.loss;
}

/* The reference's, which the device's is compared with: of the mean, the losses are sums. */
static void check_loss_gradient(const struct clt_harness *h, enum clt_op_kind kind)
{
    const double weights[3] = {1, 1, 1};
    struct clt_case c = clt_case_of(h, kind, (struct clt_test_shape){3, 10, 7});
    const size_t n = c.array[CLT_Y].count;
    const struct clt_function f = {sum_losses, &c, n, 3};
    double *z = clt_allocate(n, sizeof *z), *gradient = clt_allocate(n, sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        z[i] = c.array[CLT_Y].values[i];
        gradient[i] = c.array[CLT_Y].wanted[i] * 7;
    }
    clt_check_gradient(c.op->name, &f, z, weights, gradient);
    free(z);
    free(gradient);
    clt_case_free(&c);
}

static void gradient_is_that_of_the_loss(void **state)
{
    check_loss_gradient(*state, CLT_OP_SOFTMAX);
    check_loss_gradient(*state, CLT_OP_SIGMOID_LOSS);
}

/* Three members, three classes, one sample: all zeros but for the middle member's scores. */
static struct clt_case one_sample(const struct clt_harness *h, enum clt_op_kind kind,
                                  const double scores[3])
{
    struct clt_case c = clt_case_of(h, kind, (struct clt_test_shape){3, 3, 1});
    memset(c.array[CLT_Y].values, 0, 9 * sizeof(double));
    memcpy(c.array[CLT_Y].values + 3, scores, 3 * sizeof(double));
    c.labels[0] = LABEL;
    return c;
}

/* The same, run; what became of the middle member. */
static struct clt_case_state run_one_sample(struct clt_case *c, const struct clt_harness *h,
                                            enum clt_op_kind kind, const double scores[3])
{
    *c = one_sample(h, kind, scores);
    clt_run_case(h, c);
    return c->member[1].got;
}

static void huge_scores_stay_finite(void **state)
{
    double scores[3] = {[LABEL] = 1e30};
    struct clt_case c;
    struct clt_case_state member = run_one_sample(&c, *state, CLT_OP_SOFTMAX, scores);
    assert_true(member.loss == 0 && member.hits == 1 && member.frozen == 0);
    for (size_t i = 0; i < 3; i++) assert_true(c.array[CLT_Y].got[3 + i] == 0);
    clt_case_free(&c);

    scores[LABEL] = -1e30;
    member = run_one_sample(&c, *state, CLT_OP_SOFTMAX, scores);
    assert_true(fabs(member.loss / 1e30 - 1) <= 1e-6 && member.hits == 0 && member.frozen == 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(c.array[CLT_Y].got[3 + i] - (i == LABEL ? -1 : 0.5)) <= 1e-6);
    clt_case_free(&c);
}

/* Each class counts by itself. */
static void huge_scores_stay_finite_in_sigmoids(void **state)
{
    double scores[3] = {[LABEL] = 1e30};
    struct clt_case c;
    struct clt_case_state member = run_one_sample(&c, *state, CLT_OP_SIGMOID_LOSS, scores);
    assert_true(fabs(member.loss - 2 * log(2) / 3) <= 1e-6 && member.hits == 1);
    assert_int_equal(member.frozen, 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(c.array[CLT_Y].got[3 + i] - (i == LABEL ? 0 : 0.5 / 3)) <= 1e-6);
    clt_case_free(&c);

    scores[LABEL] = -1e30;
    member = run_one_sample(&c, *state, CLT_OP_SIGMOID_LOSS, scores);
    assert_true(fabs(member.loss / 1e30 * 3 - 1) <= 1e-6 && member.hits == 0 && member.frozen == 0);
    assert_true(fabs(c.array[CLT_Y].got[3 + LABEL] + 1 / 3.0) <= 1e-6);
    clt_case_free(&c);
}

/* Scores that give no finite loss: never a hit, the member frozen at this update, when training. */
static void check_diverged(const struct clt_harness *h, const enum clt_op_kind kinds[2],
                           const double scores[3])
{
    for (int evaluates = 0; evaluates < 2; evaluates++) {
        struct clt_case c;
        const struct clt_case_state member = run_one_sample(&c, h, kinds[evaluates], scores);
        assert_true(!isfinite(member.loss));
        assert_int_equal(member.hits, 0);
        assert_true(member.frozen == (evaluates ? 0 : CLT_CASE_UPDATE + 1));
        for (size_t i = 0; evaluates && i < 3; i++) assert_true(isnan(c.array[CLT_Y].got[3 + i]));
        for (size_t p = 0; p < 3; p += 2) {
            assert_true(isfinite(c.member[p].got.loss));
            assert_int_equal(c.member[p].got.frozen, 0);
        }
        clt_case_free(&c);
    }
}

static void diverged_scores_freeze_their_member_alone(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        double scores[3] = {[LABEL] = 1}; /* would be a hit */
        scores[i] = NAN;
        check_diverged(*state, softmax, scores);
        check_diverged(*state, sigmoid, scores);
        scores[i] = INFINITY;
        check_diverged(*state, softmax, scores);
        check_diverged(*state, sigmoid, scores);
        scores[i] = -INFINITY;
        check_diverged(*state, sigmoid, scores);
    }
}

static void infinitely_low_score_of_the_label_diverges(void **state)
{
    struct clt_case c;
    const struct clt_case_state member =
        run_one_sample(&c, *state, CLT_OP_SOFTMAX, (const double[3]){[LABEL] = -INFINITY});
    assert_true(!isfinite(member.loss) && member.hits == 0);
    assert_true(member.frozen == CLT_CASE_UPDATE + 1);
    clt_case_free(&c);
}

static void first_divergence_is_kept(void **state)
{
    for (uint32_t overflow = 0; overflow < 2; overflow++) {
        struct clt_case c = one_sample(*state, CLT_OP_SOFTMAX, (const double[3]){NAN, 0, 0});
        c.member[1].sent = (struct clt_case_state){.frozen = 17, .overflow = overflow};
        clt_run_case(*state, &c);
        assert_int_equal(c.member[1].got.frozen, 17);
        clt_case_free(&c);
    }
}

/* Set by the update before this step: that one diverged. */
static void overflow_freezes_at_the_update_before(void **state)
{
    for (int training = 0; training < 2; training++) {
        struct clt_case c = one_sample(*state, softmax[!training], (const double[3]){0});
        c.member[2].sent.overflow = 1;
        clt_run_case(*state, &c);
        for (size_t p = 0; p < 3; p++)
            assert_int_equal(c.member[p].got.frozen, training && p == 2 ? CLT_CASE_UPDATE : 0);
        clt_case_free(&c);
    }
}

static void first_of_equal_scores_wins(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        double scores[3] = {-1, -1, -1};
        struct clt_case c;
        scores[i] = scores[LABEL] = 1;
        for (size_t loss = 0; loss < 2; loss++) {
            const struct clt_case_state member =
                run_one_sample(&c, *state, loss ? CLT_OP_SIGMOID_LOSS : CLT_OP_SOFTMAX, scores);
            assert_int_equal(member.hits, i >= LABEL);
            clt_case_free(&c);
        }
    }
}

/* Scores so close that their quotients are the same, the higher one behind the lower. */
static void rounding_does_not_move_the_class(void **state)
{
    const struct clt_harness *h = *state;
    const double step = h->real == CLT_DOUBLE ? 0x1p-60 : 0x1p-30;
    struct clt_case c;
    run_one_sample(&c, h, CLT_OP_SOFTMAX_APPLY, (const double[3]){0, step, 0});
    const double *p = c.array[CLT_Y].got + 3;
    assert_true(p[0] < p[1] && p[2] <= p[1]);
    assert_true(fabs(p[0] - p[1]) <= 1e-6);
    clt_case_free(&c);
}

/* Probabilities that are 1, 1/2 or 0 but for what rounding leaves. */
static void rounding_does_not_move_the_class_of_sigmoids(void **state)
{
    static const double cases[][3] = {
        {100, 200, 150}, {0, 1e-20, 0}, {-1000, -900, -950}, {-1e30, -1e29, -1e29}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct clt_case c;
        const struct clt_case_state member =
            run_one_sample(&c, *state, CLT_OP_SIGMOID_LOSS_APPLY, cases[i]);
        const double *p = c.array[CLT_Y].got + 3;
        assert_true(member.hits == 1 && p[0] < p[1] && p[2] <= p[1]);
        for (size_t j = 0; j < 3; j++)
            assert_true(fabs(p[j] - 1 / (1 + exp(-cases[i][j]))) <= 1e-6);
        clt_case_free(&c);
    }
}

/* 300 equal losses added one by one: the compensation keeps what float would lose. Equal
 * probabilities are equal scores again. */
static void losses_add_up_without_drift(void **state)
{
    const struct clt_harness *h = *state;
    const double added = 300 * log(3);
    struct clt_case c = one_sample(h, CLT_OP_SOFTMAX_APPLY, (const double[3]){0});
    c.repeats = 300;
    clt_run_case(h, &c);
    for (size_t p = 0; p < 3; p++)
        clt_check_close("sum of losses", h->real, 4, &c.member[p].got.loss, &added, 1);
    clt_case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_equals_reference),
        cmocka_unit_test(sigmoid_equals_reference),
        cmocka_unit_test(gradient_is_that_of_the_loss),
        cmocka_unit_test(huge_scores_stay_finite),
        cmocka_unit_test(huge_scores_stay_finite_in_sigmoids),
        cmocka_unit_test(diverged_scores_freeze_their_member_alone),
        cmocka_unit_test(infinitely_low_score_of_the_label_diverges),
        cmocka_unit_test(first_divergence_is_kept),
        cmocka_unit_test(overflow_freezes_at_the_update_before),
        cmocka_unit_test(first_of_equal_scores_wins),
        cmocka_unit_test(rounding_does_not_move_the_class),
        cmocka_unit_test(rounding_does_not_move_the_class_of_sigmoids),
        cmocka_unit_test(losses_add_up_without_drift),
    };
    return clt_harness_run("softmax", tests, sizeof tests / sizeof *tests);
}
