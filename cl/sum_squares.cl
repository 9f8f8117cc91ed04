/* sum_squares.cl - sums of squared weights, for the cost's lambda * sum w^2.
 *   sums    [pieces]; 0 for pieces that are not under weight decay
 *   pieces  a work-group each
 * Host side: ops/sum_squares.c. Reference: ref/sum_squares.c. */
#include "common.clh"
#include "parameters.clh"
#include "reduce.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
sum_squares(__global real *restrict sums, __global const real *restrict parameters,
            __global const struct piece *restrict pieces)
{
    __local real scratch[GROUP];
    const struct piece piece = pieces[get_group_id(0)];
    const uint count = piece.kind == PIECE_DECAYED ? piece.count : 0;
    real sum = 0;
    for (size_t i = get_local_id(0); i < count; i += GROUP) {
        const real v = parameters[piece.offset + i];
        sum += v * v;
    }
    sum = group_sum(sum, scratch);
    if (get_local_id(0) == 0) sums[get_group_id(0)] = sum;
}
