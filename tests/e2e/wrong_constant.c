/* Linked with --wrap=clt_device_kernel: gather.cl is built with a STRIP that the host does not know
 * of, so that half of the features are never written. */
#include <stdio.h>
#include <string.h>

#include "device.h"

/* The linker's names. */
enum clt_status __real_clt_device_kernel(cl_kernel *out, struct clt_device *device,
                                         const char *file, const char *kernel, const char *options);
enum clt_status __wrap_clt_device_kernel(cl_kernel *out, struct clt_device *device,
                                         const char *file, const char *kernel, const char *options);

enum clt_status __wrap_clt_device_kernel(cl_kernel *out, struct clt_device *device,
                                         const char *file, const char *kernel, const char *options)
{
    char wrong[256];
    if (strcmp(file, "gather.cl") != 0)
        return __real_clt_device_kernel(out, device, file, kernel, options);
    snprintf(wrong, sizeof wrong, "%s -DSTRIP=8", options);
    return __real_clt_device_kernel(out, device, file, kernel, wrong);
}
