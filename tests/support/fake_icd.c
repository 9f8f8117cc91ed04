/* fake_icd.c - an OpenCL driver for tests: it lists devices, and fails as soon as one is used.
 * CLTRAIN_FAKE_DEVICES="gpu,integrated,cpu-no-compiler" holds a word for each device, which is also
 * its name: gpu, integrated, cpu or accelerator, with -unavailable or -no-compiler behind it where
 * that shall be so. The platform is called fake; without a device, clGetDeviceIDs fails. */
#include <stdlib.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <CL/cl_icd.h>

enum { MOST_DEVICES = 8, LONGEST_NAME = 32 };

/* The loader finds a driver's calls through the first member of each object. */
struct _cl_platform_id {
    const cl_icd_dispatch *dispatch;
};
struct _cl_device_id {
    const cl_icd_dispatch *dispatch;
    char name[LONGEST_NAME];
};

#define EXPORT __attribute__((visibility("default")))

static cl_int answer(const void *bytes, size_t needed, size_t size, void *value, size_t *size_ret)
{
    if (value && size < needed) return CL_INVALID_VALUE;
    if (value) memcpy(value, bytes, needed);
    if (size_ret) *size_ret = needed;
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t size, void *value, size_t *size_ret)
{
    return answer(text, strlen(text) + 1, size, value, size_ret);
}

static cl_int CL_API_CALL get_platform_info(cl_platform_id platform, cl_platform_info what,
                                            size_t size, void *value, size_t *size_ret)
{
    (void)platform;
    switch (what) {
    case CL_PLATFORM_NAME:
    case CL_PLATFORM_ICD_SUFFIX_KHR: return answer_text("fake", size, value, size_ret);
    case CL_PLATFORM_VERSION: return answer_text("OpenCL 1.2 fake", size, value, size_ret);
    case CL_PLATFORM_PROFILE: return answer_text("FULL_PROFILE", size, value, size_ret);
    case CL_PLATFORM_EXTENSIONS: return answer_text("cl_khr_icd", size, value, size_ret);
    default: return answer_text("", size, value, size_ret);
    }
}

/* Not to be put into the dispatch table below: by that name, the linker gives the loader's call. */
EXPORT cl_int CL_API_CALL clGetPlatformInfo(cl_platform_id platform, cl_platform_info what,
                                            size_t size, void *value, size_t *size_ret)
{
    return get_platform_info(platform, what, size, value, size_ret);
}

static cl_device_type type_of(const char *name)
{
    if (strncmp(name, "accelerator", 11) == 0) return CL_DEVICE_TYPE_ACCELERATOR;
    return strncmp(name, "cpu", 3) == 0 ? CL_DEVICE_TYPE_CPU : CL_DEVICE_TYPE_GPU;
}

static cl_int CL_API_CALL get_device_info(cl_device_id device, cl_device_info what, size_t size,
                                          void *value, size_t *size_ret)
{
    const cl_device_type type = type_of(device->name);
    const cl_bool unified = strncmp(device->name, "gpu", 3) != 0;
    const cl_bool available = !strstr(device->name, "-unavailable");
    const cl_bool compiler = !strstr(device->name, "-no-compiler");
    switch (what) {
    case CL_DEVICE_TYPE: return answer(&type, sizeof type, size, value, size_ret);
    case CL_DEVICE_NAME: return answer_text(device->name, size, value, size_ret);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
        return answer(&unified, sizeof unified, size, value, size_ret);
    case CL_DEVICE_AVAILABLE: return answer(&available, sizeof available, size, value, size_ret);
    case CL_DEVICE_COMPILER_AVAILABLE:
        return answer(&compiler, sizeof compiler, size, value, size_ret);
    default: return CL_INVALID_VALUE;
    }
}

static cl_context CL_API_CALL create_context(
    const cl_context_properties *properties, cl_uint n, const cl_device_id *devices,
    void(CL_CALLBACK *notice)(const char *, const void *, size_t, void *), void *user, cl_int *code)
{
    (void)properties, (void)n, (void)devices, (void)notice, (void)user;
    *code = CL_OUT_OF_HOST_MEMORY;
    return NULL;
}

static cl_int CL_API_CALL get_device_ids(cl_platform_id platform, cl_device_type type, cl_uint room,
                                         cl_device_id *devices, cl_uint *count);

static const cl_icd_dispatch dispatch = {
    .clGetPlatformInfo = get_platform_info,
    .clGetDeviceIDs = get_device_ids,
    .clGetDeviceInfo = get_device_info,
    .clCreateContext = create_context,
};

static struct _cl_platform_id the_platform = {&dispatch};
static struct _cl_device_id the_devices[MOST_DEVICES];

static cl_int CL_API_CALL get_device_ids(cl_platform_id platform, cl_device_type type, cl_uint room,
                                         cl_device_id *devices, cl_uint *count)
{
    (void)platform;
    const char *words = getenv("CLTRAIN_FAKE_DEVICES");
    cl_uint found = 0;
    for (size_t i = 0; words && *words && i < MOST_DEVICES; i++) {
        const size_t length = strcspn(words, ",");
        const size_t kept = length < LONGEST_NAME ? length : LONGEST_NAME - 1;
        the_devices[i].dispatch = &dispatch;
        memcpy(the_devices[i].name, words, kept);
        the_devices[i].name[kept] = '\0';
        if (type == CL_DEVICE_TYPE_ALL || (type & type_of(words))) {
            if (devices && found < room) devices[found] = &the_devices[i];
            found++;
        }
        words += length + (words[length] == ',');
    }
    if (count) *count = found;
    return found ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
}

EXPORT cl_int CL_API_CALL clIcdGetPlatformIDsKHR(cl_uint room, cl_platform_id *platforms,
                                                 cl_uint *count)
{
    if (count) *count = 1;
    if (platforms && room) platforms[0] = &the_platform;
    return CL_SUCCESS;
}

EXPORT void *CL_API_CALL clGetExtensionFunctionAddress(const char *name)
{
    union {
        cl_int(CL_API_CALL *call)(cl_uint, cl_platform_id *, cl_uint *);
        void *address;
    } listing = {.call = clIcdGetPlatformIDsKHR};
    return strcmp(name, "clIcdGetPlatformIDsKHR") == 0 ? listing.address : NULL;
}
