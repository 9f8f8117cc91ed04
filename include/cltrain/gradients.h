/* gradients.h - how far the gradient that training follows is from differences of the cost.
 *
 * `a` is the analytic gradient, `n` the numeric one, (J(w + h) - J(w - h)) / 2h of the cost J. */
#ifndef CLTRAIN_GRADIENTS_H
#define CLTRAIN_GRADIENTS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The measures in use. Where every gradient of a tensor is zero, as that of a bias in front of
 * batch normalisation, the first two are a ratio of roundings to 1e-6, and only the rest tells. */
struct clt_gradient_error {
    size_t compared;     /* elements */
    double norm;         /* ||a - n|| / max(1e-6, ||a|| + ||n||) */
    double elementwise;  /* largest |a - n| / max(1e-6, |a| + |n|) */
    double absolute;     /* largest |a - n| */
    double below_1e_6;   /* share of |a - n| < 1e-6 */
    double below_1_5e_8; /* share of |a - n| < 1.5e-8 */
    size_t worst;        /* the element where |a - n| is largest */
};

/* A parameter tensor of a member. */
struct clt_tensor_gradient {
    char tensor[32];  /* as in a checkpoint: "0.weight" */
    const char *kind; /* "weight", "bias", "gamma" or "beta" */
    size_t member;
    size_t
        left_out; /* elements not compared: an activation passes its kink within w - h .. w + h */
    struct clt_gradient_error error;
    bool within_rounding; /* passes by `absolute` alone: about what rounding makes of a zero */
    bool passed;          /* by that, or by `norm` */
};

/* The check of a run, at its initial weights. */
struct clt_gradients {
    size_t samples, features;            /* of the batch; of a sample */
    double step;                         /* h */
    bool in_double;                      /* else in float, since the device has no double */
    struct clt_tensor_gradient *tensors; /* [n_tensors], member after member */
    size_t n_tensors;                    /* 0: the loss at the initial weights is not finite */
    bool passed;                         /* every tensor, and few enough elements are left out; in
                                            training's own precision too */
};

#ifdef __cplusplus
}
#endif
#endif
