/* Updates where the gradient is found: what a member does whose parameters would overflow. */
#include <float.h>
#include <math.h>

#include "op.h"

enum { MEMBERS = 3, BATCH = 20 };

/* Less than a vector, and whole ones. */
static const size_t units[] = {7, 64};

static size_t n_units(const struct clt_harness *h)
{
    return h->small ? 1 : 2;
}

/* A gradient of `size` units with updates, one number of member 1 being `bad`; false where the
 * backend stores gradients. */
static bool create(struct clt_case *c, const struct clt_harness *h, enum clt_op_kind kind,
                   size_t size, enum clt_case_name name, double bad)
{
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    const bool fused = clt_gemm_is_fused(gemm);
    clt_gemm_free(gemm);
    if (!fused) return false;
    *c = clt_case_of(h, kind, (struct clt_test_shape){MEMBERS, size, BATCH});
    c->setup.updates = true;
    c->array[name].values[c->array[name].count / MEMBERS * 2 - 1] = bad;
    return true;
}

/* NaN and infinities in values compare as different. */
static void check(const struct clt_harness *h, struct clt_case *c)
{
    if (c->array[CLT_GX].role == CLT_WRITTEN) c->array[CLT_GX].role = CLT_UNDEFINED;
    clt_run_case(h, c);
    const double error = clt_case_error(c);
    if (!(error <= c->op->ulps)) fail_msg("%s: off by %g", c->op->name, error);
}

static void check_overflow(const struct clt_harness *h, enum clt_op_kind kind, size_t size,
                           enum clt_case_name name, double bad, bool joined)
{
    struct clt_case c;
    if (!create(&c, h, kind, size, name, bad)) return;
    c.setup.joined = joined;
    clt_case_refer(&c);
    for (size_t p = 0; p < MEMBERS; p++) assert_int_equal(c.member[p].wanted.overflow != 0, p == 1);
    check(h, &c);
    clt_case_free(&c);

    create(&c, h, kind, size, name, bad);
    c.setup.joined = joined;
    c.member[1].sent.frozen = 17;
    clt_case_refer(&c);
    for (size_t p = 0; p < MEMBERS; p++) assert_int_equal(c.member[p].wanted.overflow, 0);
    check(h, &c);
    clt_case_free(&c);
}

static void overflowing_parameter_keeps_its_value(void **state)
{
    static const struct {
        enum clt_op_kind kind;
        enum clt_case_name name;
    } cases[] = {{CLT_OP_BIAS_GRADIENT, CLT_G},          {CLT_OP_BATCH_NORM_GRADIENT, CLT_G},
                 {CLT_OP_BATCH_NORM_GRADIENT, CLT_MEAN}, {CLT_OP_BATCH_NORM_GRADIENT, CLT_VARIANCE},
                 {CLT_OP_WEIGHT_GRADIENT, CLT_G},        {CLT_OP_WEIGHT_GRADIENT, CLT_X}};
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 6; j++)
            for (size_t k = 0; k < n_units(*state); k++)
                check_overflow(*state, cases[i].kind, units[k], cases[i].name, bad[j / 2], j % 2);
}

/* All operands finite, their result not. */
static void check_overflow_of_finite(const struct clt_harness *h, size_t size)
{
    const double largest = h->real == CLT_DOUBLE ? DBL_MAX : (double)FLT_MAX;
    const enum clt_op_kind kinds[] = {CLT_OP_BIAS_GRADIENT, CLT_OP_WEIGHT_GRADIENT};
    for (size_t i = 0; i < 4; i++) {
        const enum clt_case_name name = i / 2 ? CLT_WEIGHT : CLT_BIAS;
        struct clt_case c;
        if (!create(&c, h, kinds[i / 2], size, name, -largest)) return;
        c.setup.joined = i % 2;
        c.member[1].decay = -2; /* towards larger weights */
        for (size_t j = 0; j < c.array[CLT_G].count; j++) c.array[CLT_G].values[j] = 1e32;
        c.member[1].rate = 1e30;
        clt_case_refer(&c);
        assert_int_equal(c.member[1].wanted.overflow != 0, h->real == CLT_FLOAT || i / 2);
        check(h, &c);
        clt_case_free(&c);
    }
}

static void overflow_of_finite_operands_is_seen(void **state)
{
    for (size_t k = 0; k < n_units(*state); k++) check_overflow_of_finite(*state, units[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overflowing_parameter_keeps_its_value),
        cmocka_unit_test(overflow_of_finite_operands_is_seen),
    };
    return clt_harness_run("update", tests, sizeof tests / sizeof *tests);
}
