#include <math.h>

#include "ref.h"

/* The loss of the sample whose scores lie `batch` apart from `column` on; *sum: that of
 * exp(score - *highest), the first of equals being *best. */
static double sample_loss(double *sum, double *highest, size_t *best, const double *column,
                          size_t label, size_t classes, size_t batch)
{
    *best = 0;
    for (size_t c = 1; c < classes; c++)
        if (column[c * batch] > column[*best * batch]) *best = c;
    *highest = column[*best * batch];
    *sum = 0;
    for (size_t c = 0; c < classes; c++) *sum += exp(column[c * batch] - *highest);
    return log(*sum) - (column[label * batch] - *highest);
}

void clt_ref_softmax_cross_entropy(double *gradient, double *loss, size_t *hits, const double *z,
                                   const uint16_t *labels, size_t classes, size_t batch)
{
    *loss = 0;
    *hits = 0;
    for (size_t b = 0; b < batch; b++) {
        double sum, highest;
        size_t best;
        const double of_sample =
            sample_loss(&sum, &highest, &best, z + b, labels[b], classes, batch);
        *loss += of_sample;
        *hits += best == labels[b] && isfinite(of_sample);
        for (size_t c = 0; gradient && c < classes; c++)
            gradient[c * batch + b] =
                (exp(z[c * batch + b] - highest) / sum - (c == labels[b] ? 1 : 0)) / (double)batch;
    }
}
