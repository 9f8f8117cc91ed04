#include "pace.h"

#define DEFAULT_MEGAHERTZ 1000 /* where the driver does not tell */
#define CYCLES_A_BYTE     4

double clt_slow_seconds(const struct clt_device_info *info, struct clt_work work)
{
    const double units = info->compute_units ? info->compute_units : 1;
    const double megahertz = info->megahertz ? info->megahertz : DEFAULT_MEGAHERTZ;
    return (work.flop + CYCLES_A_BYTE * work.bytes) / (units * megahertz * 1e6);
}
