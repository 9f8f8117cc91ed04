/* Linked with --wrap=clReleaseKernel: kernels are never released. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

cl_int __wrap_clReleaseKernel(cl_kernel kernel); /* the linker's name */

cl_int __wrap_clReleaseKernel(cl_kernel kernel)
{
    (void)kernel;
    return CL_SUCCESS;
}
