#include <math.h>

#include "ref.h"

void clt_ref_sigmoid_cross_entropy(double *gradient, double *loss, size_t *hits, const double *z,
                                   const uint16_t *labels, size_t classes, size_t batch)
{
    const double count = (double)(classes * batch);
    *loss = 0;
    *hits = 0;
    for (size_t b = 0; b < batch; b++) {
        double sum = 0, highest = z[b];
        size_t best = 0;
        for (size_t c = 0; c < classes; c++) {
            const double score = z[c * batch + b], onehot = c == labels[b] ? 1 : 0;
            if (score > highest) {
                highest = score;
                best = c;
            }
            sum += (score > 0 ? score : 0) - score * onehot + log1p(exp(-fabs(score)));
            if (gradient) gradient[c * batch + b] = (1 / (1 + exp(-score)) - onehot) / count;
        }
        *loss += sum / (double)classes;
        *hits += best == labels[b] && isfinite(sum);
    }
}
