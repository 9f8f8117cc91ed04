/* ref.h - every operation of a network in double, loops only: what the tests, the self-test and the
 * tuner compare a device with.
 *
 * Shape letters as in ops/ops.h: P members, B batch, rows = P * units; a row's B samples are
 * contiguous. Where members differ in more than their rows, a function handles one member. Nothing
 * can fail. Formulas stand in cl/NAME.cl. */
#ifndef CLT_REF_H
#define CLT_REF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* x[features][B]: sample order[b] of images [samples][features] as (byte - mean) * scale */
void clt_ref_gather(double *x, const uint8_t *images, const uint32_t *order, const float *mean,
                    const float *scale, size_t features, size_t batch);

struct clt_ref_augmentation { /* of pictures [channels][height][width] */
    size_t height, width;
    uint64_t seed, epoch, place; /* of the batch's first sample in the epoch's order */
    bool mirror;
    size_t shift;
};
/* The same of pictures that are mirrored left-right and moved, as drawn; 0 where a pixel comes from
 * outside. */
void clt_ref_gather_augmented(double *x, const struct clt_ref_augmentation *augmentation,
                              const uint8_t *images, const uint32_t *order, const float *mean,
                              const float *scale, size_t features, size_t batch);

/* y[P][n] = x[n] */
void clt_ref_broadcast(double *y, const double *x, size_t members, size_t n);

/* y[rows][B] += b[rows]; db[rows] = sums of g's rows */
void clt_ref_bias_forward(double *y, const double *b, size_t rows, size_t batch);
void clt_ref_bias_backward(double *db, const double *g, size_t rows, size_t batch);

enum clt_ref_activation { CLT_REF_RELU, CLT_REF_LEAKY_RELU, CLT_REF_SIGMOID, CLT_REF_TANH };
/* n elements; y may be x, gx may be g. The derivative comes from y. */
void clt_ref_activation_forward(double *y, enum clt_ref_activation kind, double slope,
                                const double *x, size_t n);
void clt_ref_activation_backward(double *gx, enum clt_ref_activation kind, double slope,
                                 const double *g, const double *y, size_t n);

struct clt_ref_batch_norm { /* arrays of rows */
    const double *gamma, *beta;
    double *mean, *var; /* of the batch, or running ones */
    double epsilon;
    size_t rows, batch;
};
/* y = normalised x; writes bn->mean and bn->var (of the population). */
void clt_ref_batch_norm_forward(const struct clt_ref_batch_norm *bn, double *y, const double *x);
/* The same with mean and var as given. */
void clt_ref_batch_norm_apply(const struct clt_ref_batch_norm *bn, double *y, const double *x);
/* From the mean and var that forward wrote; gx may be g. */
void clt_ref_batch_norm_backward(const struct clt_ref_batch_norm *bn, double *gx, double *dgamma,
                                 double *dbeta, const double *g, const double *x);

struct clt_ref_dropout { /* of one member */
    uint64_t seed, update;
    uint32_t layer, threshold; /* rate * 2^32 */
    double factor;             /* 1 / (1 - rate) */
};
/* One member's [units][B], masked; forward and backward alike. y may be x. */
void clt_ref_dropout(const struct clt_ref_dropout *dropout, double *y, const double *x,
                     size_t units, size_t batch);

/* One member: the sum of the samples' losses and the number of hits, from z [classes][B];
 * gradient [classes][B] of the mean loss, or NULL; it may be z. */
void clt_ref_softmax_cross_entropy(double *gradient, double *loss, size_t *hits, const double *z,
                                   const uint16_t *labels, size_t classes, size_t batch);

/* The same with a binary cross-entropy for each class; a sample's loss is their mean. */
void clt_ref_sigmoid_cross_entropy(double *gradient, double *loss, size_t *hits, const double *z,
                                   const uint16_t *labels, size_t classes, size_t batch);

/* w <- w - rate * (g + decay * w). False where a new value is not finite: that element keeps its
 * old one. */
bool clt_ref_sgd(double *w, const double *g, double rate, double decay, size_t n);

struct clt_ref_momentum {
    double rate, decay, momentum;
    bool nesterov;
};
/* The same with a velocity v, which starts at 0; an element keeps both or neither. */
bool clt_ref_momentum(double *w, double *v, const double *g, const struct clt_ref_momentum *by,
                      size_t n);

struct clt_ref_adam {
    double rate, decay, beta1, beta2, epsilon;
    uint64_t update; /* t in the formulas: 1 for the first */
};
/* The same with first and second moments m and s, which start at 0. */
bool clt_ref_adam(double *w, double *m, double *s, const double *g, const struct clt_ref_adam *by,
                  size_t n);

/* running <- momentum * running + (1 - momentum) * statistics, likewise. */
bool clt_ref_statistics(double *running, const double *statistics, double momentum, size_t n);

/* sum of w^2 */
double clt_ref_sum_squares(const double *w, size_t n);

struct clt_ref_gemm { /* row-major; op() as in gemm/backend.h */
    size_t m, n, k;
    bool trans_a, trans_b;
    size_t c_ld, a_ld, b_ld;
};
/* C[m][n] = op(A) op(B) */
void clt_ref_gemm(const struct clt_ref_gemm *shape, double *c, const double *a, const double *b);
/* The same in float, every element one chain s = fmaf(a, b, s) over k in order from +0: what a
 * backend has to equal bit for bit where the device fuses multiply and add. */
void clt_ref_gemm_chain(const struct clt_ref_gemm *shape, double *c, const double *a,
                        const double *b);

#endif
