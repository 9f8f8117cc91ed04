/* optimizers.cl - one update of all parameters and running statistics of all members, where their
 * gradients were stored. With g = gradient + decay * w and the step's learning rate:
 *
 *   sgd       w <- w - rate * g (update.clh)
 *   momentum  v <- momentum * v + g,  w <- w - rate * v
 *   nesterov  the same v,  w <- w - rate * (g + momentum * v)
 *   adam      m <- beta1 * m + (1 - beta1) * g,  s <- beta2 * s + (1 - beta2) * g^2,
 *             w <- w - rate / (1 - beta1^t) * m / (sqrt(s / (1 - beta2^t)) + epsilon)
 *
 * Momentum as in PyTorch, with the rate outside of v: Sutskever, Martens, Dahl and Hinton, "On the
 * importance of initialization and momentum in deep learning", ICML 2013. Adam: Kingma and Ba,
 * "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1. An element of which any new
 * value is not finite keeps its old ones, and its member is marked.
 *
 *   pieces     a work-group each
 *   parameters, gradients, velocity, first, second   flat vectors
 *   running, statistics     flat vectors: of the evaluation mode, of the batch
 *   rates      [rows][members][RATES] (feed.clh)
 *   settings   [members][SETTINGS]: momentum; or 1 - beta1, 1 - beta2, epsilon
 *   frozen     [members]: members left as they are
 *   overflow   [members]: marked where a new value is not finite (update.clh)
 *
 * Host side: ops/optimizers.c. Reference: ref/optimizers.c. */
#include "common.clh"
#include "feed.clh"
#include "parameters.clh"
#include "reduce.clh"
#include "update.clh"

#define SETTINGS 3 /* twin of CLT_OPTIMIZER_SETTINGS in ops/ops.h */

#define UPDATE_PARAMETERS                                                                          \
    __global real *restrict parameters, __global real *restrict running,                           \
        __global uint *restrict overflow, __global const real *restrict gradients,                 \
        __global const real *restrict statistics, __global const struct piece *restrict pieces,    \
        __global const struct feed_cursor *restrict cursor, __global const real *restrict rates,   \
        __global const ulong *restrict frozen, const ulong members

/* A work-item's elements of a piece, first, first + GROUP, ... below end, and what its member's
 * row says for them. */
struct share {
    size_t first, end;
    real rate, decay, correction;
};

static inline struct share share_of(const struct piece piece, __global const real *rates)
{
    __global const real *of_member = rates + (size_t)piece.member * RATES;
    const struct share share = {piece.offset + get_local_id(0), piece.offset + piece.count,
                                of_member[0], piece.kind == PIECE_DECAYED ? of_member[1] : 0,
                                of_member[2]};
    return share;
}

static inline bool are_finite(__global const real *gradients, const struct share share)
{
    bool finite = true;
    for (size_t i = share.first; i < share.end; i += GROUP) finite &= is_finite(gradients[i]);
    return finite;
}

/* Whether there are gradients to follow. A frozen member stays as it is, and a piece of running
 * statistics is updated here. */
static inline bool has_gradients(const struct piece piece, const struct share share,
                                 __global const ulong *frozen, __global real *running,
                                 __global const real *statistics, __global uint *overflow)
{
    if (frozen[piece.member]) return false;
    if (piece.kind != PIECE_RUNNING) return true;
    for (size_t i = share.first; i < share.end; i += GROUP)
        take(running + i, updated_statistic(running[i], statistics[i], piece.momentum),
             statistics[i], piece.tensor, overflow + piece.member);
    return false;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void sgd_update(UPDATE_PARAMETERS)
{
    const struct piece piece = pieces[get_group_id(0)];
    const struct share share = share_of(piece, rates + (size_t)cursor->now * members * RATES);
    if (!has_gradients(piece, share, frozen, running, statistics, overflow)) return;
    for (size_t i = share.first; i < share.end; i += GROUP)
        take(parameters + i,
             updated_parameter(parameters[i], gradients[i], share.rate, share.decay), gradients[i],
             piece.tensor, overflow + piece.member);
}

/* Members without momentum take the bits of sgd_update(). */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
momentum_update(UPDATE_PARAMETERS, __global real *restrict velocity,
                __global const real *restrict settings, const uint nesterov)
{
    const struct piece piece = pieces[get_group_id(0)];
    const struct share share = share_of(piece, rates + (size_t)cursor->now * members * RATES);
    if (!has_gradients(piece, share, frozen, running, statistics, overflow)) return;
    const real momentum = settings[(size_t)piece.member * SETTINGS];
    bool all_good = true;
    for (size_t i = share.first; i < share.end; i += GROUP) {
        const real w = parameters[i], v = velocity[i], g = fma(share.decay, w, gradients[i]);
        const real new_v = momentum == 0 ? g : fma(momentum, v, g); /* 0 * v + -0 is 0 */
        const real new_w = fma(-share.rate, nesterov ? fma(momentum, new_v, g) : new_v, w);
        const bool good = is_finite(new_v) && is_finite(new_w);
        parameters[i] = good ? new_w : w;
        velocity[i] = good ? new_v : v;
        all_good &= good;
    }
    if (!all_good)
        mark_overflow(overflow + piece.member, piece.tensor, !are_finite(gradients, share));
}

/* The step's learning rate has the factor 1 / (1 - beta1^t) already; share.correction is
 * 1 / sqrt(1 - beta2^t). */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
adam_update(UPDATE_PARAMETERS, __global real *restrict first, __global real *restrict second,
            __global const real *restrict settings)
{
    const struct piece piece = pieces[get_group_id(0)];
    const struct share share = share_of(piece, rates + (size_t)cursor->now * members * RATES);
    if (!has_gradients(piece, share, frozen, running, statistics, overflow)) return;
    __global const real *of_member = settings + (size_t)piece.member * SETTINGS;
    const real new_share = of_member[0], new_square = of_member[1], epsilon = of_member[2];
    bool all_good = true;
    for (size_t i = share.first; i < share.end; i += GROUP) {
        const real w = parameters[i], m = first[i], s = second[i];
        const real g = fma(share.decay, w, gradients[i]);
        const real new_m = fma(new_share, g - m, m);
        const real new_s = fma(new_square, fma(g, g, -s), s); /* never below 0 */
        const real deviation = fma(sqrt(new_s), share.correction, epsilon);
        const real new_w = fma(-share.rate, new_m / deviation, w);
        const bool good = is_finite(new_m) && is_finite(new_s) && is_finite(new_w);
        parameters[i] = good ? new_w : w;
        first[i] = good ? new_m : m;
        second[i] = good ? new_s : s;
        all_good &= good;
    }
    if (!all_good)
        mark_overflow(overflow + piece.member, piece.tensor, !are_finite(gradients, share));
}
