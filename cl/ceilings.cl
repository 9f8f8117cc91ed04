/* ceilings.cl - loads that show what a device can do at best.
 * Host side: ocl/ceilings.c. */
#include "common.clh"

#ifndef VEC
#define VEC 16 /* lanes of a vector: 2, 4, 8 or 16 */
#endif
#ifndef CHAINS
#define CHAINS 12 /* vectors that a work-item computes with; they should fit into registers */
#endif
#ifndef GROUP
#define GROUP 1
#endif

typedef JOIN(REAL_NAME, VEC) vector;
#define VSTORE JOIN(vstore, VEC)

/* y [work-items][VEC] <- CHAINS chains v = factor * v + addend of `rounds` links, summed: 2 * VEC *
 * CHAINS * rounds operations a work-item, no link waiting for another chain's. The caller chooses
 * factor and addend so that values stay near 1; as arguments, the compiler cannot foresee them. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
ceiling_fma(__global real *restrict y, const real factor, const real addend, const uint rounds)
{
    vector chain[CHAINS];
    const size_t item = get_global_id(0);
#pragma unroll
    for (uint i = 0; i < CHAINS; i++) chain[i] = (vector)((real)i / CHAINS + 1);
    for (uint round = 0; round < rounds; round++) {
#pragma unroll
        for (uint i = 0; i < CHAINS; i++) chain[i] = factor * chain[i] + addend;
    }
    vector sum = chain[0];
#pragma unroll
    for (uint i = 1; i < CHAINS; i++) sum += chain[i];
    VSTORE(sum, item, y);
}

/* y <- x, `steps` vectors a work-item. The items of a work-group take neighbouring vectors. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
ceiling_copy(__global vector *restrict y, __global const vector *restrict x, const uint steps)
{
    const size_t first = get_group_id(0) * GROUP * steps + get_local_id(0);
    for (uint step = 0; step < steps; step++) y[first + step * GROUP] = x[first + step * GROUP];
}
