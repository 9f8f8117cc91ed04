/* benchmark.h - how fast a device computes what training needs, beside what it can do at best.
 *
 * Machines are shared and vary, so that the ceilings are measured before each workload anew; their
 * medians count. */
#ifndef CLT_BENCHMARK_H
#define CLT_BENCHMARK_H

#include "ceilings.h"
#include "config.h"
#include "gemm.h"
#include "rate.h"

struct clt_benchmark_step { /* training steps of a workload, as a run makes them */
    char *workload;         /* the config's name */
    size_t members, batch;
    size_t parameters;    /* of one member */
    size_t launches;      /* of a step of all members */
    double operations;    /* of the matrix products of such a step */
    struct clt_rate rate; /* steps of all members a second */
};

/* A product of a dense layer in the terms of BLAS: C[m][n] = op(A) op(B) over k. Forward: W times
 * the batch; B transposed: the gradient of the weights, over the samples. */
struct clt_benchmark_shape {
    size_t m, n, k;
    bool trans_a, trans_b;
};

struct clt_benchmark_product {
    struct clt_benchmark_shape shape;
    const char *backend;
    struct clt_rate rate; /* products a second */
};

struct clt_benchmark {
    struct clt_ceilings ceilings;
    struct clt_benchmark_step *steps;
    size_t n_steps;
    struct clt_benchmark_product *products;
    size_t n_products;
};

struct clt_benchmark_options {
    double seconds;            /* of each measurement */
    enum clt_gemm_choice gemm; /* of the steps; products are made with it and with cltrain's own */
    const char *const *only;   /* of the workloads and products: those that are called so, or begin
                                  so where none is called so; n_only = 0: all of them */
    size_t n_only;
    struct clt_config *const *configs; /* instead of all those, steps of these, on their own data */
    size_t n_configs;
    void (*begins)(void *self, const char *label); /* told of each measurement; may be NULL */
    void *self;
};

/* CLT_E_USAGE: a name that nothing begins with; what a config can fail with in a run; CLT_E_DEVICE,
 * CLT_E_NOMEM. On failure *out is NULL. */
enum clt_status clt_benchmark_run(struct clt_benchmark **out, struct clt_device *device,
                                  const struct clt_benchmark_options *options);
void clt_benchmark_free(struct clt_benchmark *benchmark); /* NULL is fine */

/* 1e9 operations a second. */
double clt_benchmark_step_gflops(const struct clt_benchmark_step *step);
double clt_benchmark_product_gflops(const struct clt_benchmark_product *product);

#endif
