/* Linked with --wrap=clt_device_is_cpu: the operations take the tiles and groups of a GPU, so that
 * these forms of the kernels run where there is none. */
#include "device.h"

bool __wrap_clt_device_is_cpu(const struct clt_device *device); /* the linker's name */

bool __wrap_clt_device_is_cpu(const struct clt_device *device)
{
    (void)device;
    return false;
}
