#include "ref.h"

void clt_ref_broadcast(double *y, const double *x, size_t members, size_t n)
{
    for (size_t p = 0; p < members; p++)
        for (size_t i = 0; i < n; i++) y[p * n + i] = x[i];
}
