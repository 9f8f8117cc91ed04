#include "compare.h"

#include <float.h>
#include <math.h>

#include "philox.h"

void clt_compare_fill(double *values, size_t n, uint64_t seed)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (size_t i = 0; i < n; i += 4) {
        const uint32_t counter[4] = {(uint32_t)i, 0, 0, 0};
        uint32_t bits[4];
        clt_philox4x32(bits, counter, key);
        for (size_t j = i; j < n && j < i + 4; j++) {
            const double magnitude = 0.1 + 1.9 * (bits[j - i] >> 1) * 0x1p-31;
            values[j] = (double)(float)(bits[j - i] & 1 ? magnitude : -magnitude);
        }
    }
}

double clt_compare_error(enum clt_real real, const double *got, const double *wanted, size_t n)
{
    const double epsilon = real == CLT_DOUBLE ? DBL_EPSILON : (double)FLT_EPSILON;
    double error = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        error += (got[i] - wanted[i]) * (got[i] - wanted[i]);
        size += wanted[i] * wanted[i];
    }
    if (error == 0) return 0;
    const double relative = sqrt(error / size) / epsilon;
    return isnan(relative) ? INFINITY : relative;
}
