/* opencl_layer.c - a layer for ocl-icd's OPENCL_LAYERS, between a program (and libraries such as
 * CLBlast, which make calls of their own) and the driver. It counts calls, makes them fail or slow,
 * and knows which objects are alive. Variables:
 *
 *   CLTRAIN_CALL_COUNT=FILE  at exit, a line "NAME COUNT" for each call of opencl_calls.h goes
 *                            there, then "total COUNT", then the objects that are still alive:
 *                            "live-KIND COUNT" of those that the program created, "clblast-KIND" of
 *                            CLBlast's own, "refused-KIND" of those whose release was made to fail.
 *                            A process that ends by a signal or _exit() leaves no such file.
 *   CLTRAIN_CALL_LOG=FILE    a line "INDEX NAME" for each call, in their order, from 1
 *   CLTRAIN_FAIL_CALL=NAME:N[+][:CODE]
 *                            the N-th call of that name fails with that code (-5,
 *                            CL_OUT_OF_RESOURCES), with + each from there on, as on a device that
 *                            is lost; "any:N" is the N-th of all calls. clCreateBuffer:1+:-4 is a
 *                            device whose memory is full. The driver does not see the call.
 *   CLTRAIN_SLOW_CALL=NAME:N[+][:MILLISECONDS]   the same call is late (by 1)
 *   CLTRAIN_LIVE_OBJECTS=refuse
 *                            where the program leaves objects of its own alive, the process ends
 *                            with exit code 99, and standard error tells kinds, counts and origin
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "opencl_layer.h"

#include <CL/cl_layer.h>

enum { LIVE_OBJECTS_LEFT = 99 }; /* exit code */

unsigned long opencl_layer_live_objects(void);

typedef void(CL_CALLBACK *context_notice)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *program_notice)(cl_program, void *);

/* A call's number is that of its place in the loader's table. */
#define NUMBER(name) ((int)(offsetof(cl_icd_dispatch, name) / sizeof(void *)))
#define NUMBERS      ((int)(sizeof(cl_icd_dispatch) / sizeof(void *)))

/* A layer is called without an object of its own. */
static const cl_icd_dispatch *driver;

#define STATUS(name, parameters, arguments)                                                        \
    static cl_int CL_API_CALL layer_##name parameters                                              \
    {                                                                                              \
        const cl_int code = layer_call(NUMBER(name));                                              \
        return code == CL_SUCCESS ? driver->name arguments : code;                                 \
    }

#define ENQUEUE(name, parameters, arguments)                                                       \
    static cl_int CL_API_CALL layer_##name parameters                                              \
    {                                                                                              \
        cl_int code = layer_call(NUMBER(name));                                                    \
        if (code == CL_SUCCESS) code = driver->name arguments;                                     \
        if (code == CL_SUCCESS && done) layer_created(LAYER_EVENT, *done);                         \
        return code;                                                                               \
    }

#define CREATION(kind, type, name, parameters, arguments)                                          \
    static type CL_API_CALL layer_##name parameters                                                \
    {                                                                                              \
        const cl_int failure = layer_call(NUMBER(name));                                           \
        type object = failure == CL_SUCCESS ? driver->name arguments : NULL;                       \
        if (failure != CL_SUCCESS && code) *code = failure;                                        \
        layer_created(LAYER_##kind, object);                                                       \
        return object;                                                                             \
    }

#define RETAIN(kind, type, name)                                                                   \
    static cl_int CL_API_CALL layer_##name(type object)                                            \
    {                                                                                              \
        cl_int code = layer_call(NUMBER(name));                                                    \
        if (code == CL_SUCCESS) code = driver->name(object);                                       \
        if (code == CL_SUCCESS) layer_retained(object);                                            \
        return code;                                                                               \
    }

/* Forgotten before the driver may give its address to another. */
#define RELEASE(kind, type, name)                                                                  \
    static cl_int CL_API_CALL layer_##name(type object)                                            \
    {                                                                                              \
        const cl_int code = layer_call(NUMBER(name));                                              \
        if (code != CL_SUCCESS) {                                                                  \
            layer_release_refused(object);                                                         \
            return code;                                                                           \
        }                                                                                          \
        layer_released(object);                                                                    \
        return driver->name(object);                                                               \
    }

#include "opencl_calls.h"

#undef STATUS
#undef ENQUEUE
#undef CREATION
#undef RETAIN
#undef RELEASE

/* Each list below takes one thing from every row. */
#define STATUS(name, ...)               ROW(name)
#define ENQUEUE(name, ...)              ROW(name)
#define CREATION(kind, type, name, ...) ROW(name)
#define RETAIN(kind, type, name)        ROW(name)
#define RELEASE(kind, type, name)       ROW(name)

static const char *const names[NUMBERS] = {
#define ROW(name) [NUMBER(name)] = #name,
#include "opencl_calls.h"
#undef ROW
};

/* The loader puts the driver's call where an entry is NULL. */
static const cl_icd_dispatch layer = {
#define ROW(name) .name = layer_##name,
#include "opencl_calls.h"
#undef ROW
};

__attribute__((visibility("default"))) cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what,
                                                                         size_t size, void *value,
                                                                         size_t *size_ret)
{
    const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    const char name[] = "cltrain test layer";
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
    layer_faults_begin(names, NUMBERS);
    *layer_ret = &layer;
    *entries_ret = NUMBERS;
    return CL_SUCCESS;
}

/* For a program that asks for it by dlsym(): how many are alive now, whosever they are. */
__attribute__((visibility("default"))) unsigned long opencl_layer_live_objects(void)
{
    const struct layer_live live = layer_live_objects();
    unsigned long sum = 0;
    for (int owner = 0; owner < LAYER_OWNERS; owner++)
        for (int kind = 0; kind < LAYER_KINDS; kind++) sum += live.count[owner][kind];
    return sum;
}

__attribute__((destructor)) static void at_exit(void)
{
    const char *live = getenv("CLTRAIN_LIVE_OBJECTS");
    layer_write_counts();
    if (!live || strcmp(live, "refuse") != 0 || !layer_complain_of_live_objects()) return;
    fflush(NULL);
    _exit(LIVE_OBJECTS_LEFT);
}
