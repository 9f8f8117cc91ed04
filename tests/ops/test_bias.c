/* A dense layer's bias. */
#include <string.h>

#include "op.h"
#include "ops.h"
#include "ref.h"

static size_t batch_of(const struct clt_op *op)
{
    return op->output / op->input[1];
}

static enum clt_status append_forward(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *v)
{
    return clt_op_bias_forward(list, v->y, v->x[1], op->input[1], batch_of(op));
}

static enum clt_status append_backward(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *v)
{
    return clt_op_bias_backward(list, v->gx[1], v->g, op->input[1], batch_of(op));
}

static void ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    memcpy(r->y, r->x[0], op->output * sizeof *r->y);
    clt_ref_bias_forward(r->y, r->x[1], op->input[1], batch_of(op));
}

static void ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    memcpy(r->gx[0], r->g, op->output * sizeof *r->g);
    clt_ref_bias_backward(r->gx[1], r->g, op->input[1], batch_of(op));
}

static void bias_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const size_t rows = s.members * s.units, n = rows * s.batch;
        const struct clt_op op = {.name = "bias",
                                  .output = n,
                                  .n_inputs = 2,
                                  .input = {n, rows},
                                  .forward = CLT_IN_PLACE,
                                  .backward = CLT_IN_PLACE,
                                  .ulps = 64,
                                  .append_forward = append_forward,
                                  .append_backward = append_backward,
                                  .ref_forward = ref_forward,
                                  .ref_backward = ref_backward};
        clt_check_op(*state, &op);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias_equals_reference),
    };
    return clt_harness_run("bias", tests, sizeof tests / sizeof *tests);
}
