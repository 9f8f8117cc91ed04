/* identity.h - what a device's compiled programs and measured times hold for. */
#ifndef CLT_IDENTITY_H
#define CLT_IDENTITY_H

#include "device.h"

/* A fresh text of several lines: platform, device, driver and their versions, compute units and, of
 * a CPU, model and features, so that machines that share a home directory are told apart. NULL: no
 * memory. */
char *clt_device_identity(const struct clt_device_info *info);

/* A fresh line: cltrain's version and a checksum of all kernels. NULL: no memory. */
char *clt_kernels_identity(void);

/* Whether programs of this platform are not to be cached by us. */
bool clt_platform_keeps_programs(const char *platform_name);

#endif
