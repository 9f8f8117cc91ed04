#include "op_case.h"

#include <string.h>

#include "ref.h"

/* --- activations --- */

struct activation {
    const char *forward, *backward;
    enum clt_ref_activation ref;
    double slope;
};

static const struct activation activations[CLT_ACTIVATIONS] = {
    [CLT_RELU] = {"relu_forward", "relu_backward", CLT_REF_RELU, 0},
    [CLT_LEAKY_RELU] = {"leaky_relu_forward", "leaky_relu_backward", CLT_REF_LEAKY_RELU, 0.25},
    [CLT_SIGMOID] = {"sigmoid_forward", "sigmoid_backward", CLT_REF_SIGMOID, 0},
    [CLT_TANH] = {"tanh_forward", "tanh_backward", CLT_REF_TANH, 0},
};

static enum clt_activation kind_of(const struct activation *a)
{
    return (enum clt_activation)(a - activations);
}

static enum clt_status activation_forward(struct clt_launch_list *list, const struct clt_op *op,
                                          const struct clt_op_views *v)
{
    const struct activation *a = op->self;
    return clt_op_activation_forward(list, kind_of(a), a->slope, v->y, v->x[0], op->output);
}

static enum clt_status activation_backward(struct clt_launch_list *list, const struct clt_op *op,
                                           const struct clt_op_views *v)
{
    const struct activation *a = op->self;
    return clt_op_activation_backward(list, kind_of(a), a->slope, v->gx[0], v->g, v->y, op->output);
}

static void activation_ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct activation *a = op->self;
    clt_ref_activation_forward(r->y, a->ref, a->slope, r->x[0], op->output);
}

static void activation_ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct activation *a = op->self;
    clt_ref_activation_backward(r->gx[0], a->ref, a->slope, r->g, r->y, op->output);
}

struct clt_op clt_op_case_activation(enum clt_activation kind, size_t n)
{
    return (struct clt_op){.name = activations[kind].forward,
                           .backward_name = activations[kind].backward,
                           .output = n,
                           .n_inputs = 1,
                           .input = {n},
                           .forward = CLT_SEPARATE | CLT_IN_PLACE,
                           .backward = CLT_SEPARATE | CLT_IN_PLACE,
                           .ulps = 8,
                           .self = &activations[kind],
                           .append_forward = activation_forward,
                           .append_backward = activation_backward,
                           .ref_forward = activation_ref_forward,
                           .ref_backward = activation_ref_backward};
}

/* --- batch normalisation --- */

enum { X, GAMMA, BETA, MEAN, VAR }; /* inputs; mean and var where they are given */

#define EPSILON 1e-5

static struct clt_batch_norm norm_on_device(const struct clt_op *op, const struct clt_op_views *v)
{
    const bool given = op->n_extras == 0;
    return (struct clt_batch_norm){.gamma = v->x[GAMMA],
                                   .beta = v->x[BETA],
                                   .mean = given ? v->x[MEAN] : v->extra[0],
                                   .var = given ? v->x[VAR] : v->extra[1],
                                   .epsilon = EPSILON,
                                   .rows = op->input[GAMMA],
                                   .batch = op->output / op->input[GAMMA]};
}

static struct clt_ref_batch_norm norm_on_host(const struct clt_op *op,
                                              const struct clt_op_arrays *r)
{
    const bool given = op->n_extras == 0;
    return (struct clt_ref_batch_norm){.gamma = r->x[GAMMA],
                                       .beta = r->x[BETA],
                                       .mean = given ? r->x[MEAN] : r->extra[0],
                                       .var = given ? r->x[VAR] : r->extra[1],
                                       .epsilon = EPSILON,
                                       .rows = op->input[GAMMA],
                                       .batch = op->output / op->input[GAMMA]};
}

static enum clt_status norm_forward(struct clt_launch_list *list, const struct clt_op *op,
                                    const struct clt_op_views *v)
{
    const struct clt_batch_norm bn = norm_on_device(op, v);
    return op->n_extras ? clt_op_batch_norm_forward(list, &bn, v->y, v->x[X])
                        : clt_op_batch_norm_apply(list, &bn, v->y, v->x[X]);
}

static enum clt_status norm_backward(struct clt_launch_list *list, const struct clt_op *op,
                                     const struct clt_op_views *v)
{
    const struct clt_batch_norm bn = norm_on_device(op, v);
    return clt_op_batch_norm_backward(list, &bn, v->gx[X], v->gx[GAMMA], v->gx[BETA], v->g,
                                      v->x[X]);
}

static void norm_ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct clt_ref_batch_norm bn = norm_on_host(op, r);
    if (op->n_extras)
        clt_ref_batch_norm_forward(&bn, r->y, r->x[X]);
    else
        clt_ref_batch_norm_apply(&bn, r->y, r->x[X]);
}

static void norm_ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct clt_ref_batch_norm bn = norm_on_host(op, r);
    clt_ref_batch_norm_backward(&bn, r->gx[X], r->gx[GAMMA], r->gx[BETA], r->g, r->x[X]);
}

struct clt_op clt_op_case_batch_norm(size_t rows, size_t batch)
{
    const size_t n = rows * batch;
    return (struct clt_op){.name = "batch_norm_forward",
                           .backward_name = "batch_norm_backward",
                           .output = n,
                           .n_inputs = 3,
                           .input = {n, rows, rows},
                           .n_extras = 2,
                           .extra = {rows, rows},
                           .forward = CLT_SEPARATE,
                           .backward = CLT_SEPARATE | CLT_IN_PLACE,
                           .ulps = 64,
                           .append_forward = norm_forward,
                           .append_backward = norm_backward,
                           .ref_forward = norm_ref_forward,
                           .ref_backward = norm_ref_backward};
}

struct clt_op clt_op_case_batch_norm_apply(size_t rows, size_t batch)
{
    const size_t n = rows * batch;
    return (struct clt_op){.name = "batch_norm_apply",
                           .output = n,
                           .n_inputs = 5,
                           .input = {n, rows, rows, rows, rows},
                           .positive = 1 << VAR,
                           .forward = CLT_SEPARATE,
                           .ulps = 64,
                           .append_forward = norm_forward,
                           .ref_forward = norm_ref_forward};
}

/* --- bias --- */

static size_t bias_batch(const struct clt_op *op)
{
    return op->output / op->input[1];
}

static enum clt_status bias_forward(struct clt_launch_list *list, const struct clt_op *op,
                                    const struct clt_op_views *v)
{
    return clt_op_bias_forward(list, v->y, v->x[1], op->input[1], bias_batch(op));
}

static enum clt_status bias_backward(struct clt_launch_list *list, const struct clt_op *op,
                                     const struct clt_op_views *v)
{
    return clt_op_bias_backward(list, v->gx[1], v->g, op->input[1], bias_batch(op));
}

static void bias_ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    memcpy(r->y, r->x[0], op->output * sizeof *r->y);
    clt_ref_bias_forward(r->y, r->x[1], op->input[1], bias_batch(op));
}

static void bias_ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    memcpy(r->gx[0], r->g, op->output * sizeof *r->g);
    clt_ref_bias_backward(r->gx[1], r->g, op->input[1], bias_batch(op));
}

struct clt_op clt_op_case_bias(size_t rows, size_t batch)
{
    return (struct clt_op){.name = "bias_forward",
                           .backward_name = "bias_backward",
                           .output = rows * batch,
                           .n_inputs = 2,
                           .input = {rows * batch, rows},
                           .forward = CLT_IN_PLACE,
                           .backward = CLT_IN_PLACE,
                           .ulps = 64,
                           .append_forward = bias_forward,
                           .append_backward = bias_backward,
                           .ref_forward = bias_ref_forward,
                           .ref_backward = bias_ref_backward};
}

/* --- broadcast --- */

static enum clt_status broadcast_forward(struct clt_launch_list *list, const struct clt_op *op,
                                         const struct clt_op_views *v)
{
    return clt_op_broadcast(list, v->y, v->x[0], op->output / op->input[0], op->input[0]);
}

static void broadcast_ref(const struct clt_op *op, const struct clt_op_arrays *r)
{
    clt_ref_broadcast(r->y, r->x[0], op->output / op->input[0], op->input[0]);
}

struct clt_op clt_op_case_broadcast(size_t members, size_t n)
{
    return (struct clt_op){.name = "broadcast_members",
                           .output = members * n,
                           .n_inputs = 1,
                           .input = {n},
                           .forward = CLT_SEPARATE,
                           .append_forward = broadcast_forward,
                           .ref_forward = broadcast_ref};
}
