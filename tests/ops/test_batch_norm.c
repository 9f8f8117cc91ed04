/* Batch normalisation, in training and evaluation mode. */
#include <math.h>
#include <stdlib.h>

#include "op.h"
#include "ops.h"
#include "ref.h"

#define EPSILON 1e-5

enum { X, GAMMA, BETA, MEAN, VAR }; /* inputs; mean and var where they are given */

static size_t batch_of(const struct clt_op *op)
{
    return op->output / op->input[GAMMA];
}

static struct clt_batch_norm on_device(const struct clt_op *op, const struct clt_op_views *v)
{
    const bool given = op->n_extras == 0;
    return (struct clt_batch_norm){.gamma = v->x[GAMMA],
                                   .beta = v->x[BETA],
                                   .mean = given ? v->x[MEAN] : v->extra[0],
                                   .var = given ? v->x[VAR] : v->extra[1],
                                   .epsilon = EPSILON,
                                   .rows = op->input[GAMMA],
                                   .batch = batch_of(op)};
}

static struct clt_ref_batch_norm on_host(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const bool given = op->n_extras == 0;
    return (struct clt_ref_batch_norm){.gamma = r->x[GAMMA],
                                       .beta = r->x[BETA],
                                       .mean = given ? r->x[MEAN] : r->extra[0],
                                       .var = given ? r->x[VAR] : r->extra[1],
                                       .epsilon = EPSILON,
                                       .rows = op->input[GAMMA],
                                       .batch = batch_of(op)};
}

static enum clt_status append_forward(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *v)
{
    const struct clt_batch_norm bn = on_device(op, v);
    return op->n_extras ? clt_op_batch_norm_forward(list, &bn, v->y, v->x[X])
                        : clt_op_batch_norm_apply(list, &bn, v->y, v->x[X]);
}

static enum clt_status append_backward(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *v)
{
    const struct clt_batch_norm bn = on_device(op, v);
    return clt_op_batch_norm_backward(list, &bn, v->gx[X], v->gx[GAMMA], v->gx[BETA], v->g,
                                      v->x[X]);
}

static void ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct clt_ref_batch_norm bn = on_host(op, r);
    if (op->n_extras)
        clt_ref_batch_norm_forward(&bn, r->y, r->x[X]);
    else
        clt_ref_batch_norm_apply(&bn, r->y, r->x[X]);
}

static void ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct clt_ref_batch_norm bn = on_host(op, r);
    clt_ref_batch_norm_backward(&bn, r->gx[X], r->gx[GAMMA], r->gx[BETA], r->g, r->x[X]);
}

static struct clt_op op_for(struct clt_test_shape s)
{
    const size_t rows = s.members * s.units, n = rows * s.batch;
    return (struct clt_op){.output = n,
                           .input = {n, rows, rows, rows, rows},
                           .extra = {rows, rows},
                           .positive = 1 << VAR,
                           .forward = CLT_SEPARATE,
                           .ulps = 64,
                           .append_forward = append_forward,
                           .append_backward = append_backward,
                           .ref_forward = ref_forward,
                           .ref_backward = ref_backward};
}

static void batch_norm_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        struct clt_op op = op_for(s);
        op.name = "batch_norm";
        op.n_inputs = 3;
        op.n_extras = 2;
        op.backward = CLT_SEPARATE | CLT_IN_PLACE;
        clt_check_op(*state, &op);
    }
}

static void given_statistics_equal_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        struct clt_op op = op_for(s);
        op.name = "batch_norm_apply";
        op.n_inputs = 5;
        clt_check_op(*state, &op);
    }
}

/* Rows of `value`, of variance 0 but for rounding: y is beta but for rounding, and nothing
 * overflows. */
static void check_equal_columns(const struct clt_harness *h, double value)
{
    enum { ROWS = 3, BATCH = 100, N = ROWS * BATCH };
    double x[N], y[N], beta[ROWS] = {0.5, -1, 2}, gamma[ROWS] = {1, 2, -3};
    struct clt_region at_x = clt_region_of_reals(h, N), at_y = clt_region_of_reals(h, N);
    struct clt_region at[4]; /* gamma, beta, mean, var */
    for (size_t i = 0; i < 4; i++) at[i] = clt_region_of_reals(h, ROWS);
    for (size_t i = 0; i < N; i++) x[i] = value;
    clt_region_write_reals(&at_x, x);
    clt_region_write_reals(&at[0], gamma);
    clt_region_write_reals(&at[1], beta);
    const struct clt_batch_norm bn = {clt_region_view(&at[0]),
                                      clt_region_view(&at[1]),
                                      clt_region_view(&at[2]),
                                      clt_region_view(&at[3]),
                                      EPSILON,
                                      ROWS,
                                      BATCH};
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_batch_norm_forward(list, &bn, clt_region_view(&at_y), clt_region_view(&at_x)));
    clt_run_list(list);
    clt_region_read_reals(&at_y, y);
    for (size_t i = 0; i < N; i++) assert_true(fabs(y[i] - beta[i / BATCH]) <= 1e-2);
    clt_region_free(&at_x);
    clt_region_free(&at_y);
    for (size_t i = 0; i < 4; i++) clt_region_free(&at[i]);
}

static void equal_columns_give_beta(void **state)
{
    check_equal_columns(*state, 0);
    check_equal_columns(*state, (double)0.1f);
    check_equal_columns(*state, -3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_norm_equals_reference),
        cmocka_unit_test(given_statistics_equal_reference),
        cmocka_unit_test(equal_columns_give_beta),
    };
    return clt_harness_run("batch_norm", tests, sizeof tests / sizeof *tests);
}
