/* bias.cl - a dense layer's bias and its gradient.
 * rows = members * units, a row per unit; cols = batch, a column per sample.
 * Host side: ops/bias.c. Reference: ref/bias.c. */
#include "common.clh"
#include "reduce.clh"

/* y [rows][cols] += b [rows]. One work-item per element. */
__kernel void bias_forward(__global real *restrict y, const ulong y_offset,
                           __global const real *restrict b, const ulong b_offset, const ulong rows,
                           const ulong cols)
{
    const size_t i = get_global_id(0);
    if (i >= rows * cols) return;
    y[y_offset + i] += b[b_offset + i / cols];
}

/* db [rows] = sum over the batch of g [rows][cols]. One work-group per row. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
bias_backward(__global real *restrict db, const ulong db_offset, __global const real *restrict g,
              const ulong g_offset, const ulong cols)
{
    __local real scratch[GROUP];
    const size_t row = get_group_id(0);
    __global const real *restrict of_row = g + g_offset + row * cols;
    real sum = 0;
    for (size_t i = get_local_id(0); i < cols; i += GROUP) sum += of_row[i];
    sum = group_sum(sum, scratch);
    if (get_local_id(0) == 0) db[db_offset + row] = sum;
}
