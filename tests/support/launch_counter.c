/* launch_counter.c - a layer for ocl-icd's OPENCL_LAYERS, between a program (and libraries such as
 * CLBlast, which launch kernels of their own) and the driver. Variables:
 *
 *   CLTRAIN_LAUNCH_COUNT=FILE   at exit, a line "NAME COUNT" for each call of the table goes there
 *   CLTRAIN_FAIL_CALL=NAME:N    that call fails at the N-th time, counted from 1 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <CL/cl_layer.h>

enum {
    CREATE_CONTEXT,
    CREATE_BUFFER,
    CREATE_WITH_SOURCE,
    CREATE_WITH_BINARY,
    BUILD_PROGRAM,
    CREATE_KERNEL,
    SET_ARG,
    LAUNCH,
    WRITE,
    READ,
    FILL,
    COPY,
    FINISH,
    CALLS
};

static const char *const names[CALLS] = {
    [CREATE_CONTEXT] = "clCreateContext",
    [CREATE_BUFFER] = "clCreateBuffer",
    [CREATE_WITH_SOURCE] = "clCreateProgramWithSource",
    [CREATE_WITH_BINARY] = "clCreateProgramWithBinary",
    [BUILD_PROGRAM] = "clBuildProgram",
    [CREATE_KERNEL] = "clCreateKernel",
    [SET_ARG] = "clSetKernelArg",
    [LAUNCH] = "clEnqueueNDRangeKernel",
    [WRITE] = "clEnqueueWriteBuffer",
    [READ] = "clEnqueueReadBuffer",
    [FILL] = "clEnqueueFillBuffer",
    [COPY] = "clEnqueueCopyBuffer",
    [FINISH] = "clFinish",
};

/* A layer is called without an object of its own. */
static atomic_ulong counts[CALLS];
static const cl_icd_dispatch *driver;

/* Counts the call; whether it is the one that shall fail. */
static int must_fail(int call)
{
    const unsigned long count = atomic_fetch_add(&counts[call], 1) + 1;
    const char *wanted = getenv("CLTRAIN_FAIL_CALL");
    const size_t length = strlen(names[call]);
    return wanted && strncmp(wanted, names[call], length) == 0 && wanted[length] == ':' &&
           strtoul(wanted + length + 1, NULL, 10) == count;
}

#define LAYER_CALL(call, name, parameters, arguments)                                              \
    static cl_int CL_API_CALL layer_##name parameters                                              \
    {                                                                                              \
        return must_fail(call) ? CL_OUT_OF_RESOURCES : driver->name arguments;                     \
    }

/* For calls that return an object, and their status through the last argument. */
#define LAYER_CREATION(call, type, name, parameters, arguments)                                    \
    static type CL_API_CALL layer_##name parameters                                                \
    {                                                                                              \
        if (!must_fail(call)) return driver->name arguments;                                       \
        if (code) *code = CL_OUT_OF_RESOURCES;                                                     \
        return NULL;                                                                               \
    }

typedef void(CL_CALLBACK *context_notice)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *program_notice)(cl_program, void *);

LAYER_CREATION(CREATE_CONTEXT, cl_context, clCreateContext,
               (const cl_context_properties *p, cl_uint n, const cl_device_id *d, context_notice f,
                void *u, cl_int *code),
               (p, n, d, f, u, code))
LAYER_CREATION(CREATE_BUFFER, cl_mem, clCreateBuffer,
               (cl_context c, cl_mem_flags f, size_t size, void *host, cl_int *code),
               (c, f, size, host, code))
LAYER_CREATION(CREATE_WITH_SOURCE, cl_program, clCreateProgramWithSource,
               (cl_context c, cl_uint n, const char **text, const size_t *lengths, cl_int *code),
               (c, n, text, lengths, code))
LAYER_CREATION(CREATE_WITH_BINARY, cl_program, clCreateProgramWithBinary,
               (cl_context c, cl_uint n, const cl_device_id *d, const size_t *lengths,
                const unsigned char **binaries, cl_int *taken, cl_int *code),
               (c, n, d, lengths, binaries, taken, code))
LAYER_CREATION(CREATE_KERNEL, cl_kernel, clCreateKernel,
               (cl_program p, const char *name, cl_int *code), (p, name, code))
LAYER_CALL(BUILD_PROGRAM, clBuildProgram,
           (cl_program p, cl_uint n, const cl_device_id *d, const char *o, program_notice f,
            void *u),
           (p, n, d, o, f, u))
LAYER_CALL(SET_ARG, clSetKernelArg, (cl_kernel k, cl_uint i, size_t size, const void *value),
           (k, i, size, value))
LAYER_CALL(LAUNCH, clEnqueueNDRangeKernel,
           (cl_command_queue q, cl_kernel k, cl_uint dimensions, const size_t *offset,
            const size_t *global, const size_t *local, cl_uint n, const cl_event *wait,
            cl_event *done),
           (q, k, dimensions, offset, global, local, n, wait, done))
LAYER_CALL(WRITE, clEnqueueWriteBuffer,
           (cl_command_queue q, cl_mem m, cl_bool block, size_t offset, size_t size, const void *p,
            cl_uint n, const cl_event *wait, cl_event *done),
           (q, m, block, offset, size, p, n, wait, done))
LAYER_CALL(READ, clEnqueueReadBuffer,
           (cl_command_queue q, cl_mem m, cl_bool block, size_t offset, size_t size, void *p,
            cl_uint n, const cl_event *wait, cl_event *done),
           (q, m, block, offset, size, p, n, wait, done))
LAYER_CALL(FILL, clEnqueueFillBuffer,
           (cl_command_queue q, cl_mem m, const void *pattern, size_t pattern_size, size_t offset,
            size_t size, cl_uint n, const cl_event *wait, cl_event *done),
           (q, m, pattern, pattern_size, offset, size, n, wait, done))
LAYER_CALL(COPY, clEnqueueCopyBuffer,
           (cl_command_queue q, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
            size_t size, cl_uint n, const cl_event *wait, cl_event *done),
           (q, from, to, from_offset, to_offset, size, n, wait, done))
LAYER_CALL(FINISH, clFinish, (cl_command_queue q), (q))

/* The loader puts the driver's call where an entry is NULL. */
static const cl_icd_dispatch layer = {
    .clCreateContext = layer_clCreateContext,
    .clCreateBuffer = layer_clCreateBuffer,
    .clCreateProgramWithSource = layer_clCreateProgramWithSource,
    .clCreateProgramWithBinary = layer_clCreateProgramWithBinary,
    .clBuildProgram = layer_clBuildProgram,
    .clCreateKernel = layer_clCreateKernel,
    .clSetKernelArg = layer_clSetKernelArg,
    .clEnqueueNDRangeKernel = layer_clEnqueueNDRangeKernel,
    .clEnqueueWriteBuffer = layer_clEnqueueWriteBuffer,
    .clEnqueueReadBuffer = layer_clEnqueueReadBuffer,
    .clEnqueueFillBuffer = layer_clEnqueueFillBuffer,
    .clEnqueueCopyBuffer = layer_clEnqueueCopyBuffer,
    .clFinish = layer_clFinish,
};

__attribute__((visibility("default"))) cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what,
                                                                         size_t size, void *value,
                                                                         size_t *size_ret)
{
    const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    const char name[] = "cltrain launch counter";
    const void *answer = what == CL_LAYER_NAME ? (const void *)name : &version;
    const size_t needed = what == CL_LAYER_NAME ? sizeof name : sizeof version;
    if (what != CL_LAYER_NAME && what != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
    if (value && size < needed) return CL_INVALID_VALUE;
    if (value) memcpy(value, answer, needed);
    if (size_ret) *size_ret = needed;
    return CL_SUCCESS;
}

__attribute__((visibility("default"))) cl_int CL_API_CALL
clInitLayer(cl_uint entries, const cl_icd_dispatch *target, cl_uint *entries_ret,
            const cl_icd_dispatch **layer_ret)
{
    (void)entries; /* the calls above are in every table since OpenCL 1.2 */
    driver = target;
    *layer_ret = &layer;
    *entries_ret = sizeof layer / sizeof layer.clFinish;
    return CL_SUCCESS;
}

__attribute__((destructor)) static void write_counts(void)
{
    const char *path = getenv("CLTRAIN_LAUNCH_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    for (int i = 0; i < CALLS; i++) fprintf(file, "%s %lu\n", names[i], atomic_load(&counts[i]));
    fclose(file);
}
