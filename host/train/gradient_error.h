/* gradient_error.h - how far two gradients of one tensor are apart, by the measures in use. */
#ifndef CLT_GRADIENT_ERROR_H
#define CLT_GRADIENT_ERROR_H

#include <stddef.h>

struct clt_gradient_error {
    size_t compared;     /* elements */
    double norm;         /* ||a - n|| / (||a|| + ||n||), 0 where both are zero */
    double elementwise;  /* largest |a - n| / max(1e-6, |a| + |n|) */
    double absolute;     /* largest |a - n| */
    double below_1e_6;   /* share of |a - n| < 1e-6 */
    double below_1_5e_8; /* share of |a - n| < 1.5e-8 */
    size_t worst;        /* the element where |a - n| is largest */
};

/* NaN in `wanted` marks an element that is not compared; NaN in `got` makes every measure NaN or
 * zero. */
struct clt_gradient_error clt_gradient_compare(const double *got, const double *wanted, size_t n);

#endif
