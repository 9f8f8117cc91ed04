/* compare.h - inputs for a comparison with a reference, and how far a result is off. */
#ifndef CLT_COMPARE_H
#define CLT_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "launch.h"

/* values[n], each of magnitude 0.1 to 2 (so that no step of a finite difference crosses zero) and
 * exact in float; a pure function of `seed`. */
void clt_compare_fill(double *values, size_t n, uint64_t seed);

/* |got - wanted| / |wanted| in units of the last place of `real`; 0 where both are zeros, infinite
 * where a difference is NaN. */
double clt_compare_error(enum clt_real real, const double *got, const double *wanted, size_t n);

#endif
