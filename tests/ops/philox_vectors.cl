/* philox_vectors.cl - the device's Philox numbers for given counters and keys.
 *   out, counters  [n]
 *   keys           [n]
 * One work-item per vector. Host side: test_philox.c. */
#include "philox.clh"

__kernel void philox_vectors(__global uint4 *restrict out, __global const uint4 *restrict counters,
                             __global const uint2 *restrict keys)
{
    const size_t i = get_global_id(0);
    out[i] = philox4x32(counters[i], keys[i]);
}
