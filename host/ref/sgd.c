#include <math.h>

#include "ref.h"

bool clt_ref_sgd(double *w, const double *g, double rate, double shrink, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        const double updated = fma(-rate, g[i], shrink * w[i]);
        if (isfinite(updated))
            w[i] = updated;
        else
            good = false;
    }
    return good;
}
