/* op.h - one check of an operation for correctness and gradient: host/ref and finite differences.
 */
#ifndef CLT_TESTS_OP_H
#define CLT_TESTS_OP_H

#include "harness.h"

#define CLT_OP_INPUTS 5
#define CLT_OP_EXTRAS 2

/* What an operation y = f(x[0], x[1], ...) reads and writes, on the device and on the host. `g` is
 * the gradient with regard to y, gx[i] to x[i]; `extra` are outputs of forward that backward reads.
 */
struct clt_op_views {
    struct clt_view y, g, x[CLT_OP_INPUTS], gx[CLT_OP_INPUTS], extra[CLT_OP_EXTRAS];
};
struct clt_op_arrays {
    double *y, *g, *x[CLT_OP_INPUTS], *gx[CLT_OP_INPUTS], *extra[CLT_OP_EXTRAS];
};

enum { CLT_SEPARATE = 1, CLT_IN_PLACE = 2 }; /* in place: y is x[0], gx[0] is g */

struct clt_op {
    const char *name;
    size_t output, n_inputs, input[CLT_OP_INPUTS], n_extras, extra[CLT_OP_EXTRAS]; /* elements */
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

/* Runs every mode on random inputs and compares outputs and gradients with the reference; inputs
 * and guard bands must come back as they were. In double, also compares with central differences.
 */
void clt_check_op(const struct clt_harness *h, const struct clt_op *op);

/* y[m] = f(x[n]) */
struct clt_function {
    void (*evaluate)(void *self, double *y, const double *x);
    void *self;
    size_t n, m;
};
/* Whether gradient[n] is that of sum_j weights[j] y[j] at x, by central differences along the first
 * axis, the last one and a random direction. */
void clt_check_gradient(const char *what, const struct clt_function *f, const double *x,
                        const double *weights, const double *gradient);

#endif
