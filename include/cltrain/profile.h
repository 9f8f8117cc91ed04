/* profile.h - where a run's time on the device goes. */
#ifndef CLTRAIN_PROFILE_H
#define CLTRAIN_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include <cltrain/device.h>
#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a device can do at best, measured. */
struct clt_ceilings {
    double fma_gflops; /* fused multiply-adds of floats on registers alone, two operations each */
    double copy_gbs;   /* 1e9 bytes a second, read and written, of buffers beyond any cache */
};

/* All launches of one kernel. */
struct clt_profile_kernel {
    char *name; /* of a CLBlast routine: the routine's */
    uint64_t calls;
    double seconds;     /* in which it ran, and no launch before it */
    double share;       /* of the profile's seconds */
    double gflops, gbs; /* 1e9 operations and bytes a second that the algorithm needs, whatever the
                           kernel makes of it; NaN where that is not known */
};

struct clt_profile {
    struct clt_profile_kernel *kernels; /* the longest first */
    size_t n_kernels;
    double seconds;    /* from the start of the first launch to the end of the last */
    double idle_share; /* of these, without any launch running; 1 without a launch */
    struct clt_ceilings ceilings;
};

/* As clt_device_open(), with a device that takes the time of each launch: clt_run_record's profile.
 * Measures the ceilings first, about half a second; a launch costs a few microseconds more. Results
 * keep their bits. */
CLT_API enum clt_status clt_device_open_profiled(struct clt_device **out, const char *selector);

#ifdef __cplusplus
}
#endif
#endif
