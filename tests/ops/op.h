/* op.h - one check of an operation for correctness and gradient: host/ref and finite differences.
 */
#ifndef CLT_TESTS_OP_H
#define CLT_TESTS_OP_H

#include "harness.h"
#include "op_case.h"

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
