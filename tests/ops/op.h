/* op.h - one check of an operation for correctness and gradient: host/ref and finite differences.
 */
#ifndef CLT_TESTS_OP_H
#define CLT_TESTS_OP_H

#include "harness.h"
#include "op_case.h"

/* Runs the operation at all shapes, in both layouts, in every way (op_case.h), and compares what it
 * writes with the reference; all else must come back as it was. In double, also compares the
 * reference's gradients with central differences. */
void clt_check_op(const struct clt_harness *h, enum clt_op_kind kind);
/* One case, by clt_op_steps() with the backend or by the launcher. */
void clt_check_case(const struct clt_harness *h, enum clt_op_kind kind,
                    const struct clt_case_setup *setup, const struct clt_gemm *gemm,
                    const struct clt_case_launcher *launcher);

/* A case of units x batch in the layout of our own products, to be edited and run. */
struct clt_case clt_case_of(const struct clt_harness *h, enum clt_op_kind kind,
                            struct clt_test_shape shape);
/* With our own products; fails where something was written that must not be. */
void clt_run_case(const struct clt_harness *h, struct clt_case *c);

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
