#include <math.h>

#include "ref.h"

void clt_ref_batch_norm_apply(const struct clt_ref_batch_norm *bn, double *y, const double *x)
{
    for (size_t row = 0; row < bn->rows; row++) {
        const double deviation = sqrt(bn->var[row] + bn->epsilon);
        for (size_t i = row * bn->batch; i < (row + 1) * bn->batch; i++)
            y[i] = bn->gamma[row] * ((x[i] - bn->mean[row]) / deviation) + bn->beta[row];
    }
}

void clt_ref_batch_norm_forward(const struct clt_ref_batch_norm *bn, double *y, const double *x)
{
    for (size_t row = 0; row < bn->rows; row++) {
        const double *of_row = x + row * bn->batch;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < bn->batch; i++) sum += of_row[i];
        const double mean = sum / (double)bn->batch;
        for (size_t i = 0; i < bn->batch; i++) squares += (of_row[i] - mean) * (of_row[i] - mean);
        bn->mean[row] = mean;
        bn->var[row] = squares / (double)bn->batch;
    }
    clt_ref_batch_norm_apply(bn, y, x);
}

void clt_ref_batch_norm_backward(const struct clt_ref_batch_norm *bn, double *gx, double *dgamma,
                                 double *dbeta, const double *g, const double *x)
{
    const double cols = (double)bn->batch;
    for (size_t row = 0; row < bn->rows; row++) {
        const size_t first = row * bn->batch, end = first + bn->batch;
        const double deviation = sqrt(bn->var[row] + bn->epsilon), mean = bn->mean[row];
        double sum_g = 0, sum_gh = 0;
        for (size_t i = first; i < end; i++) {
            sum_g += g[i];
            sum_gh += g[i] * ((x[i] - mean) / deviation);
        }
        for (size_t i = first; i < end; i++) {
            const double h = (x[i] - mean) / deviation;
            gx[i] = bn->gamma[row] / deviation * (g[i] - sum_g / cols - h * sum_gh / cols);
        }
        dgamma[row] = sum_gh;
        dbeta[row] = sum_g;
    }
}
