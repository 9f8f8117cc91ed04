#include "rate.h"

#include <stdlib.h>

#include "clock.h"

#define SLICES 7
#define MOST_SLICES                                                                                \
    1000 /* where the bound on a call makes the slices shorter than the time asks for */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double clt_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

struct timed {
    enum clt_status (*work)(void *self, size_t count);
    void *self;
};

static enum clt_status seconds_of(double *out, const struct timed *timed, size_t count)
{
    const double start = clt_clock_seconds();
    const enum clt_status st = timed->work(timed->self, count);
    *out = clt_clock_seconds() - start;
    return st;
}

/* *count = how many things fill a slice. Finding out is the warm-up: the first call, which compiles
 * kernels and touches memory for the first time, never decides. */
static enum clt_status fill_slice(size_t *count, const struct timed *timed, double slice,
                                  size_t most)
{
    enum clt_status st = CLT_OK;
    double seconds;
    size_t n = 1;
    TRY(seconds_of(&seconds, timed, 1));
    for (;;) {
        TRY(seconds_of(&seconds, timed, n));
        if (seconds >= slice / 2 || n == most) break;
        n = n < most / 2 ? 2 * n : most;
    }
    const double wanted = seconds > 0 ? slice / seconds * (double)n : (double)most;
    *count = wanted < 1 ? 1 : wanted > (double)most ? most : (size_t)wanted;
done:
    return st;
}

enum clt_status clt_rate_measure(struct clt_rate *out,
                                 enum clt_status (*work)(void *self, size_t count), void *self,
                                 double seconds, size_t most)
{
    enum clt_status st = CLT_OK;
    const struct timed timed = {work, self};
    double rates[MOST_SLICES];
    size_t n = 0, count;
    TRY(fill_slice(&count, &timed, seconds / SLICES, most));
    const double end = clt_clock_seconds() + seconds;
    while (n < 3 || (n < MOST_SLICES && clt_clock_seconds() < end)) {
        double slice;
        TRY(seconds_of(&slice, &timed, count));
        rates[n++] = (double)count / slice;
    }
    out->median = clt_median(rates, n);
    out->lowest = rates[0];
    out->highest = rates[n - 1];
done:
    return st;
}
