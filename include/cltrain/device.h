/* device.h - an OpenCL device to train and classify on. */
#ifndef CLTRAIN_DEVICE_H
#define CLTRAIN_DEVICE_H

#include <stddef.h>

#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An opened device, with the kernels that were built on it. What is created on it borrows it:
 * several runs and classifiers may share one, and all of them are freed before it. Calls that
 * work on the same device must not overlap in time. */
struct clt_device;

/* `selector`: "gpu", "cpu", a part of a name, or "PLATFORM:DEVICE" by number. NULL or "": a
 * discrete GPU, an integrated one, a CPU, the first of these that works. On success *out is the
 * caller's, for clt_device_close(); on failure it is NULL. CLT_E_DEVICE: none fits, or it cannot be
 * used; the message lists what was found. */
CLT_API enum clt_status clt_device_open(struct clt_device **out, const char *selector);
/* Waits for what it does. NULL is fine. */
CLT_API void clt_device_close(struct clt_device *device);

/* As its driver calls it; lives as long as the device. */
CLT_API const char *clt_device_name(const struct clt_device *device);

#ifdef __cplusplus
}
#endif
#endif
