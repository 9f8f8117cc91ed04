/* op_case.h - operations y = f(x[0], x[1], ...) beside their references in host/ref, for whoever
 * compares the two on a device. Host and device are described alike, so that one runner serves all
 * of them. */
#ifndef CLT_OP_CASE_H
#define CLT_OP_CASE_H

#include "ops.h"

#define CLT_OP_INPUTS 5
#define CLT_OP_EXTRAS 2

/* What an operation reads and writes, on the device and on the host. `g` is the gradient with
 * regard to y, gx[i] to x[i]; `extra` are outputs of forward that backward reads. */
struct clt_op_views {
    struct clt_view y, g, x[CLT_OP_INPUTS], gx[CLT_OP_INPUTS], extra[CLT_OP_EXTRAS];
};
struct clt_op_arrays {
    double *y, *g, *x[CLT_OP_INPUTS], *gx[CLT_OP_INPUTS], *extra[CLT_OP_EXTRAS];
};

enum { CLT_SEPARATE = 1, CLT_IN_PLACE = 2 }; /* in place: y is x[0], gx[0] is g */

struct clt_op {
    const char *name;                              /* of the forward kernel */
    const char *backward_name;                     /* of the backward kernel */
    size_t output, n_inputs, input[CLT_OP_INPUTS]; /* elements */
    size_t n_extras, extra[CLT_OP_EXTRAS];
    unsigned positive;          /* bit i: x[i] is drawn above zero */
    unsigned forward, backward; /* modes it offers; no backward: neither gradient */
    double ulps;                /* bound of the relative error */
    const void *self;           /* for the functions below */
    enum clt_status (*append_forward)(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *views);
    enum clt_status (*append_backward)(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *views);
    void (*ref_forward)(const struct clt_op *op, const struct clt_op_arrays *arrays);
    void (*ref_backward)(const struct clt_op *op, const struct clt_op_arrays *arrays);
};

#define CLT_ACTIVATIONS 4 /* kinds 0 .. 3 */
struct clt_op clt_op_case_activation(enum clt_activation kind, size_t n);
/* x, gamma, beta -> y; extra: mean, variance */
struct clt_op clt_op_case_batch_norm(size_t rows, size_t batch);
/* x, gamma, beta, mean, variance -> y */
struct clt_op clt_op_case_batch_norm_apply(size_t rows, size_t batch);
/* x, bias -> y */
struct clt_op clt_op_case_bias(size_t rows, size_t batch);
/* x [n] -> y [members][n] */
struct clt_op clt_op_case_broadcast(size_t members, size_t n);

#endif
