/* philox.h - Philox4x32-10, a counter-based random generator (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011), and what cltrain draws with it on the host.
 * cl/philox.clh is its twin on the device. */
#ifndef CLT_PHILOX_H
#define CLT_PHILOX_H

#include <stddef.h>
#include <stdint.h>

/* What a draw is for; with the seed it selects an independent stream. */
enum clt_random_purpose {
    CLT_RANDOM_WEIGHTS = 1, /* index: element of the segment; epoch: number of the segment */
    CLT_RANDOM_ORDER = 2,   /* index: position; epoch: the epoch */
    CLT_RANDOM_DROPOUT = 3, /* drawn on the device, see cl/dropout.cl */
    CLT_RANDOM_SEARCH = 4,  /* values of a population's rows */
    CLT_RANDOM_AUGMENT = 5  /* index: place in the epoch's order; drawn on the device, see
                               cl/augment.cl */
};

void clt_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* Uniform in (0, 1), 53 bits; a pure function of its arguments. */
double clt_random_uniform(uint64_t seed, enum clt_random_purpose purpose, uint32_t epoch,
                          uint64_t index);
/* Standard normal (Box-Muller, Ann. Math. Stat. 29, 1958); a pure function of its arguments. */
double clt_random_normal(uint64_t seed, enum clt_random_purpose purpose, uint32_t epoch,
                         uint64_t index);
/* order[0..n-1] = a uniform permutation of first .. first+n-1 (Fisher-Yates). */
void clt_random_permutation(uint32_t *order, size_t first, size_t n, uint64_t seed, uint32_t epoch);

#endif
