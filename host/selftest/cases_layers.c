/* cases_layers.c - the operations of op_case.h. */
#include <math.h>
#include <string.h>

#include "cases.h"
#include "compare.h"
#include "op_case.h"

struct sides { /* of one operation */
    struct clt_reals y, g, x[CLT_OP_INPUTS], gx[CLT_OP_INPUTS], extra[CLT_OP_EXTRAS];
};

static void sides_free(struct sides *sides)
{
    clt_reals_free(&sides->y);
    clt_reals_free(&sides->g);
    for (size_t i = 0; i < CLT_OP_INPUTS; i++) {
        clt_reals_free(&sides->x[i]);
        clt_reals_free(&sides->gx[i]);
    }
    for (size_t i = 0; i < CLT_OP_EXTRAS; i++) clt_reals_free(&sides->extra[i]);
}

static enum clt_status sides_create(struct sides *sides, const struct clt_bench *bench,
                                    const struct clt_op *op)
{
    enum clt_status st = CLT_OK;
    TRY(clt_reals_create(&sides->y, bench, op->output, 0));
    TRY(clt_reals_create(&sides->g, bench, op->output, 1));
    TRY(clt_reals_send(&sides->g));
    for (size_t i = 0; i < op->n_inputs; i++) {
        struct clt_reals *x = &sides->x[i];
        TRY(clt_reals_create(x, bench, op->input[i], 2 + i));
        for (size_t j = 0; j < x->count && (op->positive >> i & 1); j++)
            x->host[j] = fabs(x->host[j]);
        TRY(clt_reals_send(x));
        TRY(clt_reals_create(&sides->gx[i], bench, op->input[i], 0));
    }
    for (size_t i = 0; i < op->n_extras; i++)
        TRY(clt_reals_create(&sides->extra[i], bench, op->extra[i], 0));
done:
    return st;
}

static struct clt_op_arrays arrays_of(const struct sides *sides)
{
    struct clt_op_arrays arrays = {.y = sides->y.host, .g = sides->g.host};
    for (size_t i = 0; i < CLT_OP_INPUTS; i++) {
        arrays.x[i] = sides->x[i].host;
        arrays.gx[i] = sides->gx[i].host;
    }
    for (size_t i = 0; i < CLT_OP_EXTRAS; i++) arrays.extra[i] = sides->extra[i].host;
    return arrays;
}

/* In place where the operation is never anything else. */
static struct clt_op_views views_of(const struct sides *sides, const struct clt_op *op)
{
    struct clt_op_views views = {.y = clt_reals_view(&sides->y), .g = clt_reals_view(&sides->g)};
    for (size_t i = 0; i < op->n_inputs; i++) {
        views.x[i] = clt_reals_view(&sides->x[i]);
        views.gx[i] = clt_reals_view(&sides->gx[i]);
    }
    for (size_t i = 0; i < op->n_extras; i++) views.extra[i] = clt_reals_view(&sides->extra[i]);
    if (op->forward == CLT_IN_PLACE) views.y = views.x[0];
    if (op->backward == CLT_IN_PLACE) views.gx[0] = views.g;
    return views;
}

static enum clt_status check_forward(struct clt_selftest *test, const struct clt_bench *bench,
                                     const struct clt_op *op, const struct sides *sides)
{
    enum clt_status st = CLT_OK;
    const struct clt_op_views views = views_of(sides, op);
    struct clt_launch_list *list;
    double error = 0;
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(op->append_forward(list, op, &views), list));
    TRY(clt_reals_compare(&error, op->forward == CLT_IN_PLACE ? &sides->x[0] : &sides->y,
                          sides->y.host));
    for (size_t i = 0; i < op->n_extras; i++)
        TRY(clt_reals_compare(&error, &sides->extra[i], sides->extra[i].host));
    TRY(clt_selftest_note(test, op->name, bench->real, error, op->ulps));
done:
    return st;
}

static enum clt_status check_backward(struct clt_selftest *test, const struct clt_bench *bench,
                                      const struct clt_op *op, const struct sides *sides)
{
    enum clt_status st = CLT_OK;
    const struct clt_op_views views = views_of(sides, op);
    struct clt_launch_list *list;
    double error = 0;
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(op->append_backward(list, op, &views), list));
    for (size_t i = 0; i < op->n_inputs; i++) {
        const bool in_place = i == 0 && op->backward == CLT_IN_PLACE;
        TRY(clt_reals_compare(&error, in_place ? &sides->g : &sides->gx[i], sides->gx[i].host));
    }
    TRY(clt_selftest_note(test, op->backward_name, bench->real, error, op->ulps));
done:
    return st;
}

static enum clt_status check_op(struct clt_selftest *test, const struct clt_bench *bench,
                                struct clt_op op)
{
    enum clt_status st = CLT_OK;
    struct sides sides = {0};
    TRY(sides_create(&sides, bench, &op));
    const struct clt_op_arrays arrays = arrays_of(&sides);
    op.ref_forward(&op, &arrays);
    if (op.backward) op.ref_backward(&op, &arrays);
    TRY(check_forward(test, bench, &op, &sides));
    if (op.backward) TRY(check_backward(test, bench, &op, &sides));
done:
    sides_free(&sides);
    return st;
}

enum clt_status clt_selftest_layers(struct clt_selftest *test, const struct clt_bench *bench,
                                    struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    const size_t rows = shape.members * shape.units;
    for (size_t kind = 0; kind < CLT_ACTIVATIONS; kind++)
        TRY(check_op(test, bench,
                     clt_op_case_activation((enum clt_activation)kind, rows * shape.batch)));
    TRY(check_op(test, bench, clt_op_case_bias(rows, shape.batch)));
    TRY(check_op(test, bench, clt_op_case_batch_norm(rows, shape.batch)));
    TRY(check_op(test, bench, clt_op_case_batch_norm_apply(rows, shape.batch)));
    TRY(check_op(test, bench, clt_op_case_broadcast(shape.members, shape.units * shape.batch)));
done:
    return st;
}
