/* gradcheck.h - whether the gradient that a config's training step follows is that of its cost.
 *
 * The analytic gradient is what one step at learning rate 1 takes from the weights; the numeric one
 * (J(w + h) - J(w - h)) / 2h of the cost J = mean loss + lambda * sum of squared weights, the loss
 * by the same step with nothing moved. In double where the device has it; then a second comparison,
 * of the step as it is trained (float, the config's GEMM backend) with the one in double. */
#ifndef CLT_GRADCHECK_H
#define CLT_GRADCHECK_H

#include "gradient_error.h"
#include "probe.h"

/* 0 stands for what the config's `gradcheck` says, and where that is 0 too, for what follows. */
struct clt_gradcheck_options {
    const char *device;        /* selector; NULL: the config's */
    struct clt_device *opened; /* borrowed; NULL: the check opens and closes `device` */
    struct clt_interrupt interrupt;
    size_t samples;     /* of the batch; the config's batch size, 20 at most */
    size_t coordinates; /* checked in each tensor */
    size_t features;    /* the first so many of each sample; all */
    double step;        /* h; 1e-5 in double, 3e-4 in float */
    const char *dump;   /* folder for both gradients and what they were computed from, or NULL */
};

struct clt_gradcheck_row {
    struct clt_tensor_gradient tensor;
    const struct clt_segment *segment;
    double got, wanted; /* at tensor.error.worst */
};

/* A tensor passes whose norm-wise error is at most `tolerance`, or, such as a bias in front of a
 * batch_norm, whose true gradient is zero, where no element is off by more than `noise`, about what
 * rounding alone can do. */
struct clt_gradcheck_table {
    struct clt_gradcheck_row *rows; /* [n_rows] */
    size_t n_rows;
    double tolerance, noise;
};

struct clt_gradcheck {
    struct clt_probe *probe; /* the one that the differences were computed with */
    double step;
    size_t samples;
    const char *backend;                    /* of the GEMM in training */
    size_t checked, left_out;               /* coordinates, of all tensors and members */
    struct clt_gradcheck_table differences; /* analytic against numeric */
    struct clt_gradcheck_table training;    /* as trained against double; empty without double */
    bool passed;                            /* every row, and few enough are left out */
};

/* The share of coordinates that may be left out since an activation passes its kink between w - h
 * and w + h. */
#define CLT_GRADCHECK_LEFT_OUT 0.05

/* Coordinates that were left out, as a share of those that were visited. */
double clt_gradcheck_share_left_out(const struct clt_gradcheck *check);

/* As clt_probe_create(); CLT_E_DIVERGED: the loss at the point is not finite; CLT_E_OUTPUT: `dump`;
 * CLT_E_STOPPED. */
enum clt_status clt_gradcheck_create(struct clt_gradcheck **out, const struct clt_config *config,
                                     const struct clt_gradcheck_options *options);
void clt_gradcheck_free(struct clt_gradcheck *check); /* NULL is fine */

/* What the check by the config's own `gradcheck` finds on `device`, for clt_gradients_free(). A
 * loss that is not finite leaves it without tensors. Else fails as clt_gradcheck_create(). */
enum clt_status clt_gradients_check(struct clt_gradients **out, const struct clt_config *config,
                                    struct clt_device *device, struct clt_interrupt interrupt);

#endif
