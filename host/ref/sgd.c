#include <math.h>

#include "ref.h"

static bool take(double *place, double value)
{
    if (isfinite(value)) *place = value;
    return isfinite(value);
}

bool clt_ref_sgd(double *w, const double *g, double rate, double decay, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) good &= take(&w[i], fma(-rate, fma(decay, w[i], g[i]), w[i]));
    return good;
}

bool clt_ref_statistics(double *running, const double *statistics, double momentum, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++)
        good &= take(&running[i], fma(1 - momentum, statistics[i], momentum * running[i]));
    return good;
}
