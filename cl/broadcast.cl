/* broadcast.cl - gives every member its own copy of what they share.
 *   y  [members][n]; out
 *   x  [n]
 * One work-item per element (dimension 0) and member (dimension 1).
 * Host side: ops/broadcast.c. */
#include "common.clh"

__kernel void broadcast_members(__global real *restrict y, const ulong y_offset,
                                __global const real *restrict x, const ulong x_offset,
                                const ulong n)
{
    const size_t i = get_global_id(0);
    if (i >= n) return;
    y[y_offset + get_global_id(1) * n + i] = x[x_offset + i];
}
