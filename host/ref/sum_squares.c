#include "ref.h"

double clt_ref_sum_squares(const double *w, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += w[i] * w[i];
    return sum;
}
