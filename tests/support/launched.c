/* launched.c - linked with --wrap=clEnqueueNDRangeKernel: the names of the kernels that a program
 * launches, a line each, go to the file $CLTRAIN_LAUNCHED. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

enum { MOST_KERNELS = 64, LONGEST_NAME = 64 };

/* The linker's names. */
cl_int __real_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n, const cl_event *wait,
                                     cl_event *done);
cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n, const cl_event *wait,
                                     cl_event *done);

static void note(const char *name)
{
    static char seen[MOST_KERNELS][LONGEST_NAME];
    static size_t count;
    const char *path = getenv("CLTRAIN_LAUNCHED");
    for (size_t i = 0; i < count; i++)
        if (strcmp(seen[i], name) == 0) return;
    FILE *file = path && count < MOST_KERNELS ? fopen(path, count ? "a" : "w") : NULL;
    if (!file) return;
    strcpy(seen[count++], name);
    fprintf(file, "%s\n", name);
    fclose(file);
}

cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n, const cl_event *wait,
                                     cl_event *done)
{
    char name[LONGEST_NAME];
    if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) == CL_SUCCESS)
        note(name);
    return __real_clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, n, wait,
                                         done);
}
