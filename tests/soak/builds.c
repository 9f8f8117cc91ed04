/* builds.c - builds cltrain's kernels by OpenCL alone, over and over, and releases all of it:
 * whatever memory this takes for good is the driver's. See soak.py for how the two compare.
 *
 * usage: soak_builds FOLDER FILE...
 * FOLDER: of the headers of the kernel files FILE. For each line on standard input, each file is
 * built and its kernels created in a context of their own, and a line on standard output tells 0
 * and the bytes that malloc() has given out. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_SIZE = 1024, MOST_KERNELS = 64 };

/* A fresh string; NULL where the file cannot be read. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
    if (text && fread(text, 1, (size_t)size, file) != (size_t)size) text[0] = '\0';
    fclose(file);
    return text;
}

static bool build(cl_context context, cl_device_id device, const char *folder, const char *path)
{
    cl_kernel kernels[MOST_KERNELS];
    cl_uint n = 0;
    char options[LINE_SIZE];
    char *text = read_file(path);
    if (!text) return false;
    snprintf(options, sizeof options, "-cl-std=CL1.2 -I %s", folder);
    cl_program program = clCreateProgramWithSource(context, 1, (const char **)&text, NULL, NULL);
    const bool built = clBuildProgram(program, 1, &device, options, NULL, NULL) == CL_SUCCESS &&
                       clCreateKernelsInProgram(program, MOST_KERNELS, kernels, &n) == CL_SUCCESS;
    for (cl_uint i = 0; i < n; i++) clReleaseKernel(kernels[i]);
    clReleaseProgram(program);
    free(text);
    return built;
}

static bool make_round(cl_device_id device, char **words, int n)
{
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    bool good = context != NULL;
    for (int i = 1; i < n && good; i++) good = build(context, device, words[0], words[i]);
    if (context) clReleaseContext(context);
    return good;
}

int main(int argc, char **argv)
{
    char line[LINE_SIZE];
    cl_platform_id platform;
    cl_device_id device;
    if (argc < 3 || clGetPlatformIDs(1, &platform, NULL) != CL_SUCCESS ||
        clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL) != CL_SUCCESS)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        if (!make_round(device, argv + 1, argc - 1)) return 1;
        printf("0 %zu\n", mallinfo2().uordblks);
        fflush(stdout);
    }
    return 0;
}
