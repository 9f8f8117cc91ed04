#include "philox.h"
#include "ref.h"

void clt_ref_dropout(const struct clt_ref_dropout *dropout, double *y, const double *x,
                     size_t units, size_t batch)
{
    const uint32_t key[2] = {(uint32_t)dropout->seed, (uint32_t)(dropout->seed >> 32)};
    const uint32_t purpose = (uint32_t)CLT_RANDOM_DROPOUT << 28;
    const size_t fours = (batch + 3) / 4;
    for (size_t i = 0; i < units * batch; i++) {
        const size_t sample = i % batch;
        const uint32_t counter[4] = {(uint32_t)(i / batch * fours + sample / 4), dropout->layer,
                                     (uint32_t)dropout->update,
                                     (uint32_t)(dropout->update >> 32) ^ purpose};
        uint32_t bits[4];
        clt_philox4x32(bits, counter, key);
        y[i] = bits[sample % 4] < dropout->threshold ? 0 : x[i] * dropout->factor;
    }
}
