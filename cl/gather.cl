/* gather.cl - takes a batch's samples from the pool and normalises them.
 *   x       a batch of `features` (lanes.clh); out; padding repeats the last sample
 *   cursor  in: next; out: now (see feed.clh)
 *   images  [samples][features] bytes
 *   order   places -> samples of the pool
 *   mean, scale  [features]: x = (byte - mean) * scale
 * On a CPU (GROUP 1) a work-item takes 16 samples (dimension 0) and STRIP features (dimension 1);
 * on a GPU one sample, so that neighbours write side by side. Both global sizes may be rounded up.
 * Host side: ops/gather.c. Reference: ref/gather.c. */
#include "gather.clh"

/* Features of a work-item; on a CPU a multiple of 16. */
#ifndef STRIP
#define STRIP 16
#endif

/* Features first .. end - 1 of the LANES samples from b on. */
static inline void gather_strip(__global real *x, const struct source *source,
                                const struct batch *batch, const size_t b, const size_t first,
                                const size_t end)
{
    size_t f = first;
#if GROUP == 1
    for (; f + LANES_MOST <= end; f += LANES_MOST) {
        uchar16 block[LANES_MOST];
#pragma unroll
        for (size_t i = 0; i < LANES_MOST; i++)
            block[i] = vload16(0, sample_at(source, batch, b + i) + f);
        transpose_bytes(block);
#pragma unroll
        for (size_t i = 0; i < LANES_MOST; i++)
            store_vector(
                (JOIN(convert_, JOIN(REAL_NAME, 16))(block[i]) - (real)source->mean[f + i]) *
                    (real)source->scale[f + i],
                x + at_sample(batch, source->features, f + i, b));
    }
#endif
    for (; f < end; f++)
        for (size_t lane = 0; lane < LANES; lane++)
            x[at_sample(batch, source->features, f, b) + lane] =
                ((real)sample_at(source, batch, b + lane)[f] - (real)source->mean[f]) *
                (real)source->scale[f];
}

__kernel void
gather_normalize(__global real *restrict x, const ulong x_offset,
                 __global struct feed_cursor *restrict cursor,
                 __global const struct feed_row *restrict rows, __global const uint *restrict order,
                 __global const uchar *restrict images, __global const float *restrict mean,
                 __global const float *restrict scale, const ulong features, const ulong batch_size,
                 const ulong batch_width, const ulong batch_pitch)
{
    const struct batch batch = {batch_size, batch_width, batch_pitch};
    const size_t b = get_global_id(0) * LANES, first = get_global_id(1) * STRIP;
    const uint row = cursor->next;
    if (b == 0 && first == 0) cursor->now = row;
    if (b >= batch.pitch || first >= features) return;
    const struct source source = {images, order + rows[row].first, mean, scale, features};
    gather_strip(x + x_offset, &source, &batch, b, first, min(first + STRIP, (size_t)features));
}
