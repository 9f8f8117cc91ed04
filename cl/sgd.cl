/* sgd.cl - one update of all parameters and running statistics of all members.
 *   pieces     a work-group each
 *   parameters, gradients   flat vectors; w <- fma(-rate, g, shrink * w), shrink only where decayed
 *   running, batch          flat vectors; r <- momentum * r + (1 - momentum) * b
 *   rates      [rows][members][2]: learning rate, and shrink = 1 - 2 * rate * lambda
 *   frozen     [members]: members left as they are
 *   overflow   [members]: set where a new value is not finite; that element keeps its old one
 * Host side: ops/sgd.c. Reference: ref/sgd.c. */
#include "common.clh"
#include "feed.clh"
#include "parameters.clh"
#include "reduce.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
sgd_update(__global real *restrict parameters, __global real *restrict running,
           __global uint *restrict overflow, __global const real *restrict gradients,
           __global const real *restrict batch, __global const struct piece *restrict pieces,
           __global const struct feed_cursor *restrict cursor, __global const real *restrict rates,
           __global const ulong *restrict frozen, const ulong members)
{
    const struct piece piece = pieces[get_group_id(0)];
    if (frozen[piece.member]) return;

    const bool is_running = piece.kind == PIECE_RUNNING;
    __global const real *restrict of_member = rates + (cursor->now * members + piece.member) * 2;
    const real rate = is_running ? (real)piece.momentum - 1 : of_member[0];
    const real shrink = is_running                    ? (real)piece.momentum
                        : piece.kind == PIECE_DECAYED ? of_member[1]
                                                      : 1;
    __global real *restrict value = (is_running ? running : parameters) + piece.offset;
    __global const real *restrict change = (is_running ? batch : gradients) + piece.offset;

    uint bad = 0;
    for (size_t i = get_local_id(0); i < piece.count; i += GROUP) {
        const real updated = fma(-rate, change[i], shrink * value[i]);
        const bool good = is_finite(updated);
        value[i] = good ? updated : value[i];
        bad |= !good;
    }
    if (bad) atomic_or(overflow + piece.member, 1u);
}
