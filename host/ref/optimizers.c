#include <math.h>

#include "ref.h"

/* Values that an update gives an element, taken where all of them are finite. */
static bool take(double *const *place, const double *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(value[i])) return false;
    for (size_t i = 0; i < n; i++) *place[i] = value[i];
    return true;
}

bool clt_ref_sgd(double *w, const double *g, double rate, double decay, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        const double value = fma(-rate, fma(decay, w[i], g[i]), w[i]);
        good &= take((double *[]){&w[i]}, &value, 1);
    }
    return good;
}

bool clt_ref_momentum(double *w, double *v, const double *g, const struct clt_ref_momentum *by,
                      size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        const double decayed = g[i] + by->decay * w[i];
        const double speed = by->momentum * v[i] + decayed;
        const double step = by->nesterov ? decayed + by->momentum * speed : speed;
        const double value[] = {w[i] - by->rate * step, speed};
        good &= take((double *[]){&w[i], &v[i]}, value, 2);
    }
    return good;
}

bool clt_ref_adam(double *w, double *m, double *s, const double *g, const struct clt_ref_adam *by,
                  size_t n)
{
    bool good = true;
    const double t = (double)by->update;
    for (size_t i = 0; i < n; i++) {
        const double decayed = g[i] + by->decay * w[i];
        const double first = by->beta1 * m[i] + (1 - by->beta1) * decayed;
        const double second = by->beta2 * s[i] + (1 - by->beta2) * decayed * decayed;
        const double mean = first / (1 - pow(by->beta1, t));
        const double deviation = sqrt(second / (1 - pow(by->beta2, t)));
        const double value[] = {w[i] - by->rate * mean / (deviation + by->epsilon), first, second};
        good &= take((double *[]){&w[i], &m[i], &s[i]}, value, 3);
    }
    return good;
}

bool clt_ref_statistics(double *running, const double *statistics, double momentum, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        const double value = fma(1 - momentum, statistics[i], momentum * running[i]);
        good &= take((double *[]){&running[i]}, &value, 1);
    }
    return good;
}
