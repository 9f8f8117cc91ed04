/* gradient_error.h - how far two gradients of one tensor are apart, by the measures of
 * <cltrain/gradients.h>. */
#ifndef CLT_GRADIENT_ERROR_H
#define CLT_GRADIENT_ERROR_H

#include <cltrain/gradients.h>

/* NaN in `wanted` marks an element that is not compared; NaN in `got` makes every measure NaN or
 * zero. */
struct clt_gradient_error clt_gradient_compare(const double *got, const double *wanted, size_t n);

#endif
