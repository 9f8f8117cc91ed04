#include "philox.h"
#include "ref.h"

void clt_ref_dropout(const struct clt_ref_dropout *dropout, double *y, const double *x, size_t n)
{
    const uint32_t key[2] = {(uint32_t)dropout->seed, (uint32_t)(dropout->seed >> 32)};
    const uint32_t purpose = (uint32_t)CLT_RANDOM_DROPOUT << 28;
    for (size_t i = 0; i < n; i++) {
        const uint32_t counter[4] = {(uint32_t)(i / 4), dropout->layer, (uint32_t)dropout->update,
                                     (uint32_t)(dropout->update >> 32) ^ purpose};
        uint32_t bits[4];
        clt_philox4x32(bits, counter, key);
        y[i] = bits[i % 4] < dropout->threshold ? 0 : x[i] * dropout->factor;
    }
}
