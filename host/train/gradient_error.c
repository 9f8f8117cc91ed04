#include "gradient_error.h"

#include <math.h>
#include <stdbool.h>

#define EPSILON 1e-6 /* sums of magnitudes and of norms below it count as this */

/* The larger one; NaN once either is. */
static double larger(double a, double b)
{
    return b <= a || isnan(a) ? a : b;
}

struct clt_gradient_error clt_gradient_compare(const double *got, const double *wanted, size_t n)
{
    struct clt_gradient_error error = {0};
    double difference_squares = 0, got_squares = 0, wanted_squares = 0;
    size_t n_1e_6 = 0, n_1_5e_8 = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(wanted[i])) continue;
        const double difference = fabs(got[i] - wanted[i]);
        const double magnitude = fabs(got[i]) + fabs(wanted[i]);
        const bool is_worst = error.compared == 0 || !(difference <= error.absolute);
        difference_squares += difference * difference;
        got_squares += got[i] * got[i];
        wanted_squares += wanted[i] * wanted[i];
        if (is_worst && !isnan(error.absolute)) error.worst = i;
        error.absolute = larger(error.absolute, difference);
        error.elementwise = larger(error.elementwise, difference / fmax(EPSILON, magnitude));
        n_1e_6 += difference < 1e-6;
        n_1_5e_8 += difference < 1.5e-8;
        error.compared++;
    }
    const double norms = sqrt(got_squares) + sqrt(wanted_squares);
    error.norm = sqrt(difference_squares) / fmax(EPSILON, norms);
    if (error.compared) {
        error.below_1e_6 = (double)n_1e_6 / (double)error.compared;
        error.below_1_5e_8 = (double)n_1_5e_8 / (double)error.compared;
    }
    return error;
}
