#include "ref.h"

void clt_ref_gather(double *x, const uint8_t *images, const uint32_t *order, const float *mean,
                    const float *scale, size_t features, size_t batch)
{
    for (size_t f = 0; f < features; f++)
        for (size_t b = 0; b < batch; b++)
            x[f * batch + b] =
                ((double)images[order[b] * features + f] - (double)mean[f]) * (double)scale[f];
}
