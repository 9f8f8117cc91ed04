/* device.h - choosing and opening an OpenCL device. */
#ifndef CLT_DEVICE_H
#define CLT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <cltrain/device.h>

#include "status.h"

struct clt_profiler;

struct clt_device_info {
    size_t platform, device; /* as in the selector PLATFORM:DEVICE */
    cl_platform_id platform_id;
    cl_device_id device_id;
    char *platform_name, *platform_version, *name, *vendor, *driver, *version;
    cl_device_type type;
    bool integrated;                  /* shares the host's memory; only of interest for a GPU */
    cl_uint compute_units, megahertz; /* 0: the driver does not tell */
    cl_ulong memory, largest_allocation, local_memory; /* bytes */
    bool fp64, fp16;
    cl_uint preferred_vector_width, native_vector_width; /* of float */
    size_t largest_group;
    char *broken; /* NULL, or why it can not be used */
};

struct clt_device_list {
    struct clt_device_info *device;
    size_t count;
    char **skipped; /* platforms that could not even be listed: a sentence each, by name */
    size_t n_skipped;
};

/* Every platform and device, broken ones marked. CLT_E_DEVICE: there is no platform or device at
 * all, or PoCL's cache folder cannot be used (checked before the first OpenCL call, since PoCL 3.1
 * crashes on it); the message names the Debian package or the folder. */
enum clt_status clt_device_list_create(struct clt_device_list **out);
void clt_device_list_free(struct clt_device_list *list);

/* The index in `list` that `selector` picks: "gpu", "cpu", a part of a name, or "PLATFORM:DEVICE";
 * "" or NULL: discrete GPU, integrated GPU, CPU, the first that is not broken. CLT_E_DEVICE, naming
 * what was found. */
enum clt_status clt_device_list_choose(size_t *index, const struct clt_device_list *list,
                                       const char *selector);

/* clt_device_open() opens what clt_device_list_choose() picks; where that was the default choice
 * and opening fails, the next best one. clt_device_skipped() tells what was passed over. All
 * buffers and kernels of a device go before it. */
const struct clt_device_info *clt_device_describe(const struct clt_device *device);
/* Sentences about the broken devices that the selector would have preferred and, by default, the
 * platforms without any; *count may be 0. The device's. */
const char *const *clt_device_skipped(const struct clt_device *device, size_t *count);

cl_context clt_device_context(const struct clt_device *device);
cl_command_queue clt_device_queue(const struct clt_device *device);
bool clt_device_is_cpu(const struct clt_device *device);
/* Takes the time of launches; NULL unless clt_device_open_profiled() opened the device. */
struct clt_profiler *clt_device_profiler(const struct clt_device *device);
/* Waits until all that was enqueued is done. */
enum clt_status clt_device_finish(struct clt_device *device);

/* A kernel object of its own (its arguments are not shared) from the embedded file `file`
 * ("dropout.cl"), built with `options` ("-DREAL_IS_DOUBLE", may be ""). A program is built once per
 * (file, options). CLT_E_DEVICE with the compiler's log and the options. The caller releases *out
 * by clReleaseKernel. */
enum clt_status clt_device_kernel(cl_kernel *out, struct clt_device *device, const char *file,
                                  const char *kernel, const char *options);

/* "clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5)"; CLT_OK for CL_SUCCESS, else CLT_E_DEVICE
 * (CLT_E_DEVICE too for memory: exit code 4). */
enum clt_status clt_device_check(cl_int code, const char *call);

#endif
