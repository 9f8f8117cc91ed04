/* ceilings.h - what a device can do at best, to hold a kernel's figures against. */
#ifndef CLT_CEILINGS_H
#define CLT_CEILINGS_H

#include <cltrain/profile.h>

#include "device.h"

/* Measures for about `seconds`, after the kernels have been compiled, and keeps the best of what it
 * saw. CLT_E_DEVICE: the device fails, or has no memory for the copy. */
enum clt_status clt_ceilings_measure(struct clt_ceilings *out, struct clt_device *device,
                                     double seconds);

#endif
