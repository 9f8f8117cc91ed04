/* rate.h - how often a second something can be done. */
#ifndef CLT_RATE_H
#define CLT_RATE_H

#include <stddef.h>

#include "status.h"

struct clt_rate { /* a second, of the slices that the time is cut into */
    double median, lowest, highest;
};

/* `count` > 0; sorts the values. */
double clt_median(double *values, size_t count);

/* Times `work`, which does `count` things and returns when they are done, for about `seconds` after
 * a warm-up; `most` bounds the count of a call. Passes on what `work` fails with. */
enum clt_status clt_rate_measure(struct clt_rate *out,
                                 enum clt_status (*work)(void *self, size_t count), void *self,
                                 double seconds, size_t most);

#endif
