#include "philox.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Table 2 of the paper: the multipliers of Philox4x32 and the Weyl increments of its key. */
#define MULTIPLIER_0 UINT32_C(0xD2511F53)
#define MULTIPLIER_1 UINT32_C(0xCD9E8D57)
#define WEYL_0       UINT32_C(0x9E3779B9)
#define WEYL_1       UINT32_C(0xBB67AE85)
#define ROUNDS       10

static const double two_pi = 6.283185307179586476925286766559;

void clt_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t x[4], k0 = key[0], k1 = key[1];
    memcpy(x, counter, sizeof x);
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)MULTIPLIER_0 * x[0];
        const uint64_t p1 = (uint64_t)MULTIPLIER_1 * x[2];
        const uint32_t y0 = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
        const uint32_t y2 = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
        x[0] = y0;
        x[1] = (uint32_t)p1;
        x[2] = y2;
        x[3] = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    memcpy(out, x, sizeof x);
}

static void draw(uint32_t out[4], uint64_t seed, enum clt_random_purpose purpose, uint32_t epoch,
                 uint64_t index)
{
    const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), epoch,
                                 (uint32_t)purpose};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    clt_philox4x32(out, counter, key);
}

/* An odd multiple of 2^-53, which a double holds exactly: never 0, never 1, symmetric around 1/2.
 * (53 random bits and a half would round up to 1 at the top.) */
static double open_unit(uint32_t high, uint32_t low)
{
    const uint64_t bits = ((uint64_t)high << 32 | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

double clt_random_uniform(uint64_t seed, enum clt_random_purpose purpose, uint32_t epoch,
                          uint64_t index)
{
    uint32_t r[4];
    draw(r, seed, purpose, epoch, index);
    return open_unit(r[0], r[1]);
}

double clt_random_normal(uint64_t seed, enum clt_random_purpose purpose, uint32_t epoch,
                         uint64_t index)
{
    uint32_t r[4];
    draw(r, seed, purpose, epoch, index);
    return sqrt(-2.0 * log(open_unit(r[0], r[1]))) * cos(two_pi * open_unit(r[2], r[3]));
}

/* floor(bound * draw / 2^64): of the 2^64 draws each value below the bound gets the same number,
 * give or take one, so its probability is off by less than bound / 2^64, at most 2^-32. */
static uint32_t below(uint64_t bound, uint32_t high, uint32_t low)
{
    assert(bound > 0 && bound <= UINT64_C(1) << 32);
    return (uint32_t)((high * bound + (low * bound >> 32)) >> 32);
}

void clt_random_permutation(uint32_t *order, size_t first, size_t n, uint64_t seed, uint32_t epoch)
{
    assert((uint64_t)first + n <= UINT64_C(1) << 32);
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)(first + i);
    for (size_t i = n; i-- > 1;) {
        uint32_t r[4];
        draw(r, seed, CLT_RANDOM_ORDER, epoch, i);
        const uint32_t j = below((uint64_t)i + 1, r[0], r[1]);
        const uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}
