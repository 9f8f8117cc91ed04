/* Linked with --wrap=clt_device_describe: the device has no double. */
#include "device.h"

/* The linker's names. */
const struct clt_device_info *__real_clt_device_describe(const struct clt_device *device);
const struct clt_device_info *__wrap_clt_device_describe(const struct clt_device *device);

const struct clt_device_info *__wrap_clt_device_describe(const struct clt_device *device)
{
    static struct clt_device_info info;
    info = *__real_clt_device_describe(device);
    info.fp64 = false;
    return &info;
}
