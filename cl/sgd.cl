/* sgd.cl - one update of all parameters and running statistics of all members, where their
 * gradients were stored (update.clh).
 *   pieces     a work-group each
 *   parameters, gradients   flat vectors
 *   running, statistics     flat vectors: of the evaluation mode, of the batch
 *   rates      [rows][members][2]: learning rate, and decay = 2 * lambda, used where decayed
 *   frozen     [members]: members left as they are
 *   overflow   [members]: set where a new value is not finite; that element keeps its old one
 *
 * Host side: ops/sgd.c. Reference: ref/sgd.c. */
#include "common.clh"
#include "feed.clh"
#include "parameters.clh"
#include "reduce.clh"
#include "update.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
sgd_update(__global real *restrict parameters, __global real *restrict running,
           __global uint *restrict overflow, __global const real *restrict gradients,
           __global const real *restrict statistics, __global const struct piece *restrict pieces,
           __global const struct feed_cursor *restrict cursor, __global const real *restrict rates,
           __global const ulong *restrict frozen, const ulong members)
{
    const struct piece piece = pieces[get_group_id(0)];
    if (frozen[piece.member]) return;
    __global const real *restrict of_member = rates + (cursor->now * members + piece.member) * 2;
    const real rate = of_member[0], decay = piece.kind == PIECE_DECAYED ? of_member[1] : 0;
    for (size_t i = get_local_id(0); i < piece.count; i += GROUP) {
        const size_t at = piece.offset + i;
        if (piece.kind == PIECE_RUNNING)
            take(running + at, updated_statistic(running[at], statistics[at], piece.momentum),
                 overflow + piece.member);
        else
            take(parameters + at, updated_parameter(parameters[at], gradients[at], rate, decay),
                 overflow + piece.member);
    }
}
