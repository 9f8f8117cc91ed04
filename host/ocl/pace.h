/* pace.h - how long work may take on a device, from what its driver says, before any is measured.
 *
 * The figures are those of a slow device of its kind, and less than a tenth of what ours reach on
 * any that was measured: an operation a clock cycle on each compute unit, four cycles a byte. They
 * bound what is enqueued at a time; no result depends on them. */
#ifndef CLT_PACE_H
#define CLT_PACE_H

#include "device.h"
#include "profile.h"

/* Seconds. */
double clt_slow_seconds(const struct clt_device_info *info, struct clt_work work);

#endif
