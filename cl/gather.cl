/* gather.cl - takes a batch's samples from the pool and normalises them.
 *   x       [features][batch]; out
 *   cursor  in: next; out: now (see feed.clh)
 *   images  [samples][features] bytes
 *   order   places -> samples of the pool
 *   mean, scale  [features]: x = (byte - mean) * scale
 * One work-item per sample (dimension 0) and STRIP features (dimension 1), so that neighbours write
 * side by side. Both global sizes may be rounded up.
 * Host side: ops/gather.c. Reference: ref/gather.c. */
#include "common.clh"
#include "feed.clh"

/* Bytes a work-item reads in a row; at least 1. */
#ifndef STRIP
#define STRIP 16
#endif

__kernel void
gather_normalize(__global real *restrict x, const ulong x_offset,
                 __global struct feed_cursor *restrict cursor,
                 __global const struct feed_row *restrict rows, __global const uint *restrict order,
                 __global const uchar *restrict images, __global const float *restrict mean,
                 __global const float *restrict scale, const ulong features, const ulong batch)
{
    const size_t b = get_global_id(0);
    const size_t first_feature = get_global_id(1) * STRIP;
    const uint row = cursor->next;
    if (b == 0 && first_feature == 0) cursor->now = row;
    if (b >= batch || first_feature >= features) return;

    const ulong sample = order[rows[row].first + b];
    const ulong last_feature = min(first_feature + (ulong)STRIP, features);
    for (ulong f = first_feature; f < last_feature; f++)
        x[x_offset + f * batch + b] =
            ((real)images[sample * features + f] - (real)mean[f]) * (real)scale[f];
}
