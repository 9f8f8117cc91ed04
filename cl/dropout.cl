/* dropout.cl - inverted dropout (Srivastava et al., JMLR 15, 2014), forward and backward alike:
 * both multiply by the same mask, which is drawn again instead of kept.
 *
 *   y, x       [members][n]; y may be x
 *   seeds      [members]: a member's own, never its number, so that a solo run draws the same
 *   threshold  [members]: dropped where an element's 32 random bits are below rate * 2^32
 *   factor     [members]: 1 / (1 - rate)
 *
 * Philox counter: {i / 4, layer, update low, update high + purpose}, key: the seed. One work-item
 * per four elements (dimension 0) and member (dimension 1); sizes may be rounded up in dimension 0.
 * Host side: ops/dropout.c. Reference: ref/dropout.c. */
#include "common.clh"
#include "feed.clh"
#include "philox.clh"

#define PURPOSE_DROPOUT 0x30000000u /* CLT_RANDOM_DROPOUT in the top four bits of the counter */

__kernel void dropout(__global real *y, const ulong y_offset, __global const real *x,
                      const ulong x_offset, __global const struct feed_cursor *restrict cursor,
                      __global const struct feed_row *restrict rows,
                      __global const ulong *restrict seeds, __global const uint *restrict threshold,
                      __global const real *restrict factor, const uint layer, const ulong n)
{
    const size_t four = get_global_id(0), member = get_global_id(1);
    if (four * 4 >= n) return;
    const ulong seed = seeds[member], update = rows[cursor->now].update;
    const uint4 bits =
        philox4x32((uint4)((uint)four, layer, (uint)update, (uint)(update >> 32) ^ PURPOSE_DROPOUT),
                   (uint2)((uint)seed, (uint)(seed >> 32)));
    const uint of_lane[4] = {bits.x, bits.y, bits.z, bits.w};
    const size_t first = member * n + four * 4;
    const size_t lanes = min((ulong)4, n - four * 4);
    for (size_t lane = 0; lane < lanes; lane++) {
        const real v = x[x_offset + first + lane];
        y[y_offset + first + lane] = of_lane[lane] < threshold[member] ? 0 : v * factor[member];
    }
}
