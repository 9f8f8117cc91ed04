/* clock.h - time that passes, whatever happens to the date. */
#ifndef CLT_CLOCK_H
#define CLT_CLOCK_H

#include <time.h>

/* Seconds since some moment in the past; only differences mean something. */
static inline double clt_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
