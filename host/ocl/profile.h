/* profile.h - the time of each launch on a device, summed by kernel. */
#ifndef CLT_PROFILE_H
#define CLT_PROFILE_H

#include <cltrain/profile.h>

#include "device.h"

/* What an algorithm needs, whatever a kernel makes of it: additions, multiplications, divisions,
 * comparisons and functions of reals, one each; bytes of what goes in, and of what comes out, once
 * each. A figure for rates, not for anything that computes. */
struct clt_work {
    double flop, bytes;
};

struct clt_profiler; /* belongs to a device: clt_device_profiler() */

enum clt_status clt_profiler_create(struct clt_profiler **out, struct clt_ceilings ceilings);
void clt_profiler_free(struct clt_profiler *profiler); /* NULL is fine */

/* A launch of the kernel `name`, in the order of the queue; takes `event` over in any case. Some
 * thousand events are kept at most: then the older half is waited for. */
enum clt_status clt_profiler_note(struct clt_profiler *profiler, const char *name,
                                  struct clt_work work, cl_event event);
/* The same with the times of its start and end, in nanoseconds. */
enum clt_status clt_profiler_add(struct clt_profiler *profiler, const char *name,
                                 struct clt_work work, cl_ulong start, cl_ulong end);
/* Waits for all that was noted. *out is the profiler's, and valid until more is noted. */
enum clt_status clt_profiler_read(const struct clt_profile **out, struct clt_profiler *profiler);

#endif
