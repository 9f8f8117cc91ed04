#include "program_cache.h"

#include <stdlib.h>

#include "cache.h"
#include "text.h"

#define KIND "programs"
/* Some hundred programs. */
#define MOST_BYTES (UINT64_C(64) << 20)

/* NULL: no memory. */
static char *key_of(const char *identity, const char *source, const char *options)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s%s\n%s", identity, options, source);
    return clt_text_take(&text);
}

static bool build_binary(cl_program *out, cl_context context, cl_device_id device,
                         const uint8_t *binary, size_t size, const char *options)
{
    cl_int taken = CL_SUCCESS, code;
    cl_program program =
        clCreateProgramWithBinary(context, 1, &device, &size, &binary, &taken, &code);
    *out = NULL;
    if (code != CL_SUCCESS) return false;
    if (taken != CL_SUCCESS ||
        clBuildProgram(program, 1, &device, options, NULL, NULL) != CL_SUCCESS) {
        clReleaseProgram(program);
        return false;
    }
    *out = program;
    return true;
}

bool clt_program_cache_load(cl_program *out, cl_context context, cl_device_id device,
                            const char *identity, const char *source, const char *options)
{
    uint8_t *binary = NULL;
    size_t size;
    char *key = key_of(identity, source, options);
    *out = NULL;
    const bool built = key && clt_cache_read(&binary, &size, KIND, key) &&
                       build_binary(out, context, device, binary, size, options);
    free(binary);
    free(key);
    return built;
}

void clt_program_cache_store(cl_program program, const char *identity, const char *source,
                             const char *options)
{
    size_t size = 0;
    unsigned char *binary = NULL;
    char *key = key_of(identity, source, options);
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) ==
            CL_SUCCESS &&
        size > 0)
        binary = malloc(size);
    /* A folder that cannot be written only means compiling again. */
    if (key && binary &&
        clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
            CL_SUCCESS &&
        clt_cache_write(KIND, key, binary, size) == CLT_OK)
        clt_cache_limit(KIND, MOST_BYTES);
    free(binary);
    free(key);
}
