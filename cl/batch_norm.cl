/* batch_norm.cl - batch normalisation (Ioffe and Szegedy, ICML 2015, algorithm 1), per unit over
 * the batch. rows = members * units, a work-group per row; cols = batch.
 *
 *   x, y, g, gx         [rows][cols]
 *   gamma, beta         [rows] and their gradients
 *   mean, var           [rows] of the batch; var is the population variance (divided by cols)
 *
 * Host side: ops/batch_norm.c. Reference: ref/batch_norm.c. */
#include "common.clh"
#include "reduce.clh"

#define ROW_KERNEL __kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void

/* y = gamma * (x - mean) / sqrt(var + epsilon) + beta; mean and var of the batch are outputs. */
ROW_KERNEL batch_norm_forward(__global real *restrict y, const ulong y_offset,
                              __global real *restrict mean, const ulong mean_offset,
                              __global real *restrict var, const ulong var_offset,
                              __global const real *restrict x, const ulong x_offset,
                              __global const real *restrict gamma, const ulong gamma_offset,
                              __global const real *restrict beta, const ulong beta_offset,
                              const real epsilon, const ulong cols)
{
    __local real scratch[GROUP];
    const size_t row = get_group_id(0), item = get_local_id(0);
    x += x_offset + row * cols;
    y += y_offset + row * cols;

    real sum = 0;
    for (size_t i = item; i < cols; i += GROUP) sum += x[i];
    const real m = group_sum(sum, scratch) / (real)cols;
    real squares = 0; /* around the mean: the difference of two large sums would lose it all */
    for (size_t i = item; i < cols; i += GROUP) squares += (x[i] - m) * (x[i] - m);
    const real v = group_sum(squares, scratch) / (real)cols;

    const real factor = gamma[gamma_offset + row] / sqrt(v + epsilon);
    const real shift = beta[beta_offset + row];
    for (size_t i = item; i < cols; i += GROUP) y[i] = (x[i] - m) * factor + shift;
    if (item == 0) {
        mean[mean_offset + row] = m;
        var[var_offset + row] = v;
    }
}

/* The same with statistics that are given: running ones, in evaluation mode. */
ROW_KERNEL batch_norm_apply(__global real *restrict y, const ulong y_offset,
                            __global const real *restrict mean, const ulong mean_offset,
                            __global const real *restrict var, const ulong var_offset,
                            __global const real *restrict x, const ulong x_offset,
                            __global const real *restrict gamma, const ulong gamma_offset,
                            __global const real *restrict beta, const ulong beta_offset,
                            const real epsilon, const ulong cols)
{
    const size_t row = get_group_id(0);
    x += x_offset + row * cols;
    y += y_offset + row * cols;
    const real m = mean[mean_offset + row];
    const real factor = gamma[gamma_offset + row] / sqrt(var[var_offset + row] + epsilon);
    const real shift = beta[beta_offset + row];
    for (size_t i = get_local_id(0); i < cols; i += GROUP) y[i] = (x[i] - m) * factor + shift;
}

/* With h = (x - mean) / sqrt(var + epsilon):
 *   dgamma = sum g h, dbeta = sum g, gx = gamma / sqrt(var + epsilon) * (g - dbeta/cols - h *
 * dgamma/cols) gx may be g. */
ROW_KERNEL batch_norm_backward(__global real *gx, const ulong gx_offset,
                               __global real *restrict dgamma, const ulong dgamma_offset,
                               __global real *restrict dbeta, const ulong dbeta_offset,
                               __global const real *g, const ulong g_offset,
                               __global const real *restrict x, const ulong x_offset,
                               __global const real *restrict mean, const ulong mean_offset,
                               __global const real *restrict var, const ulong var_offset,
                               __global const real *restrict gamma, const ulong gamma_offset,
                               const real epsilon, const ulong cols)
{
    __local real scratch[GROUP];
    const size_t row = get_group_id(0), item = get_local_id(0);
    x += x_offset + row * cols;
    g += g_offset + row * cols;
    gx += gx_offset + row * cols;
    const real m = mean[mean_offset + row];
    const real inverse = 1 / sqrt(var[var_offset + row] + epsilon);

    real sum_g = 0, sum_gh = 0;
    for (size_t i = item; i < cols; i += GROUP) {
        sum_g += g[i];
        sum_gh += g[i] * ((x[i] - m) * inverse);
    }
    sum_g = group_sum(sum_g, scratch);
    sum_gh = group_sum(sum_gh, scratch);

    const real factor = gamma[gamma_offset + row] * inverse;
    const real mean_g = sum_g / (real)cols, mean_gh = sum_gh / (real)cols;
    for (size_t i = item; i < cols; i += GROUP)
        gx[i] = factor * (g[i] - mean_g - (x[i] - m) * inverse * mean_gh);
    if (item == 0) {
        dgamma[dgamma_offset + row] = sum_gh;
        dbeta[dbeta_offset + row] = sum_g;
    }
}
