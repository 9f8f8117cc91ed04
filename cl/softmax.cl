/* softmax.cl - softmax, mean cross-entropy and its gradient, the batch's loss and hits.
 *   z       [members][classes][batch]; in: scores; out: when training, the loss's gradient
 *           (p - onehot) / batch, else the probabilities p
 *   labels  of the pool, found through rows and order (see gather.cl)
 *   cursor  in: now; out: next
 *   loss    [members][2]: sum of the samples' losses and its compensation (Kahan, CACM 8, 1965)
 *   hits    [members]: samples whose highest score is their label's, the first of equals
 *   frozen  [members]: 0, or the number of the update that diverged: when training, the one before
 *           this where an element overflowed, this one where the batch's loss is not finite
 *   overflow  [members]: set by the update kernel
 * One work-group per member. NaN is never a hit, and always reaches the loss. Of the probabilities
 * the first highest is that of the class which counts as the hit.
 * Host side: ops/softmax.c. Reference: ref/softmax.c. */
#include "common.clh"
#include "feed.clh"
#include "reduce.clh"

/* The loss of one sample, its column of scores exchanged for exp(score - highest); sets *sum to
 * their sum, *best to the class of the highest. */
static real sample_loss(__global real *restrict column, real *sum, uint *best, const uint label,
                        const ulong classes, const ulong batch)
{
    real highest = column[0];
    *best = 0;
    for (ulong c = 1; c < classes; c++)
        if (column[c * batch] > highest) {
            highest = column[c * batch];
            *best = (uint)c;
        }
    const real of_label = column[label * batch] - highest;
    real total = 0;
    for (ulong c = 0; c < classes; c++) {
        const real e = exp(column[c * batch] - highest);
        column[c * batch] = e;
        total += e;
    }
    *sum = total;
    return log(total) - of_label;
}

/* Exchanges exp(score - highest) for probabilities. Scores that differ by less than rounding give
 * the same quotient; those before the best one are kept below it. */
static void normalize(__global real *restrict column, const real sum, const uint best,
                      const ulong classes, const ulong batch)
{
    const real highest = column[best * batch] / sum;
    for (ulong c = 0; c < classes; c++) {
        const real p = column[c * batch] / sum;
        column[c * batch] = c < best && p >= highest ? nextafter(highest, (real)0) : p;
    }
}

static void add_compensated(__global real *restrict accumulator, const real value)
{
    const real y = value - accumulator[1];
    const real t = accumulator[0] + y;
    accumulator[1] = (t - accumulator[0]) - y;
    accumulator[0] = t;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
softmax_cross_entropy(__global real *restrict z, const ulong z_offset,
                      __global struct feed_cursor *restrict cursor,
                      __global const struct feed_row *restrict rows,
                      __global const uint *restrict order, __global const ushort *restrict labels,
                      __global real *restrict loss, __global uint *restrict hits,
                      __global ulong *restrict frozen, __global const uint *restrict overflow,
                      const ulong classes, const ulong batch, const uint training)
{
    __local real scratch[GROUP];
    const size_t member = get_group_id(0), item = get_local_id(0);
    const uint now = cursor->now;
    const struct feed_row row = rows[now];
    z += z_offset + member * classes * batch;

    real loss_sum = 0;
    uint hit_count = 0;
    for (size_t b = item; b < batch; b += GROUP) {
        const uint label = labels[order[row.first + b]];
        real sum;
        uint best;
        const real sample = sample_loss(z + b, &sum, &best, label, classes, batch);
        loss_sum += sample;
        hit_count += best == label && is_finite(sample);
        if (!training)
            normalize(z + b, sum, best, classes, batch);
        else
            for (ulong c = 0; c < classes; c++)
                z[c * batch + b] = (z[c * batch + b] / sum - (c == label ? 1 : 0)) / (real)batch;
    }
    loss_sum = group_sum(loss_sum, scratch);
    const real hit_sum = group_sum((real)hit_count, scratch); /* exact: batches are below 2^24 */
    if (item != 0) return;

    add_compensated(loss + 2 * member, loss_sum);
    hits[member] += (uint)hit_sum;
    if (training && frozen[member] == 0) {
        if (overflow[member])
            frozen[member] = row.update;
        else if (!is_finite(loss_sum))
            frozen[member] = row.update + 1;
    }
    if (member == 0) cursor->next = now + 1;
}
