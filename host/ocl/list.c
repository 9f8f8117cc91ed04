#include <stdlib.h>
#include <string.h>

#include "cache_folder.h"
#include "device.h"
#include "text.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "the list of devices");
}

/* A fresh string, "" where the device does not tell; NULL when memory is out. */
static char *device_text(cl_device_id id, cl_device_info what)
{
    size_t size = 0;
    clGetDeviceInfo(id, what, 0, NULL, &size);
    char *text = calloc(1, size + 1);
    if (text) clGetDeviceInfo(id, what, size, text, NULL);
    return text;
}

static char *platform_text(cl_platform_id id, cl_platform_info what)
{
    size_t size = 0;
    clGetPlatformInfo(id, what, 0, NULL, &size);
    char *text = calloc(1, size + 1);
    if (text) clGetPlatformInfo(id, what, size, text, NULL);
    return text;
}

static const char *why_broken(cl_device_id id)
{
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    clGetDeviceInfo(id, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL);
    clGetDeviceInfo(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL);
    if (!available) return "its driver says that it is not available";
    if (!compiler) return "its driver has no compiler";
    return NULL;
}

/* A question that the driver does not answer leaves zero: why_broken() tells whether it works. */
static void describe_numbers(struct clt_device_info *info)
{
    const cl_device_id id = info->device_id;
    cl_bool unified = CL_FALSE;
    clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof info->type, &info->type, NULL);
    clGetDeviceInfo(id, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified, NULL);
    info->integrated = unified == CL_TRUE;
    clGetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof info->compute_units,
                    &info->compute_units, NULL);
    clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof info->memory, &info->memory, NULL);
    clGetDeviceInfo(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof info->largest_allocation,
                    &info->largest_allocation, NULL);
    clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof info->local_memory, &info->local_memory,
                    NULL);
    clGetDeviceInfo(id, CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, sizeof info->preferred_vector_width,
                    &info->preferred_vector_width, NULL);
    clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof info->native_vector_width,
                    &info->native_vector_width, NULL);
    clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof info->largest_group,
                    &info->largest_group, NULL);
}

static enum clt_status describe(struct clt_device_info *info, const char *platform_name)
{
    const cl_device_id id = info->device_id;
    info->platform_name = strdup(platform_name);
    info->name = device_text(id, CL_DEVICE_NAME);
    info->vendor = device_text(id, CL_DEVICE_VENDOR);
    info->driver = device_text(id, CL_DRIVER_VERSION);
    info->version = device_text(id, CL_DEVICE_VERSION);
    char *extensions = device_text(id, CL_DEVICE_EXTENSIONS);
    info->fp64 = extensions && strstr(extensions, "cl_khr_fp64");
    info->fp16 = extensions && strstr(extensions, "cl_khr_fp16");
    const bool told = info->platform_name && info->name && info->vendor && info->driver &&
                      info->version && extensions;
    free(extensions);
    if (!told) return no_memory();
    describe_numbers(info);
    const char *reason = why_broken(id);
    if (!reason) return CLT_OK;
    info->broken = strdup(reason);
    return info->broken ? CLT_OK : no_memory();
}

static enum clt_status skip_platform(struct clt_device_list *list, size_t number, const char *name)
{
    char **grown = realloc(list->skipped, (list->n_skipped + 1) * sizeof *grown);
    if (!grown) return no_memory();
    list->skipped = grown;
    struct clt_text text = {0};
    clt_text_add(&text, "platform %zu, %s, lists no device: %s", number, name, clt_error_message());
    char *sentence = clt_text_take(&text);
    if (!sentence) return no_memory();
    list->skipped[list->n_skipped++] = sentence;
    return CLT_OK;
}

static enum clt_status add_devices(struct clt_device_list *list, size_t number,
                                   cl_platform_id platform, const char *name,
                                   const cl_device_id *ids, cl_uint n)
{
    struct clt_device_info *grown = realloc(list->device, (list->count + n) * sizeof *grown);
    if (!grown) return no_memory();
    list->device = grown;
    for (cl_uint i = 0; i < n; i++) {
        struct clt_device_info *info = &list->device[list->count++];
        *info = (struct clt_device_info){
            .platform = number, .device = i, .platform_id = platform, .device_id = ids[i]};
        const enum clt_status st = describe(info, name);
        if (st != CLT_OK) return st;
    }
    return CLT_OK;
}

/* *ids, fresh, and their number; a driver may well fail here, and only then is it skipped. */
static enum clt_status device_ids(cl_device_id **ids, cl_uint *n, cl_platform_id platform)
{
    const cl_device_type all = CL_DEVICE_TYPE_ALL;
    enum clt_status st =
        clt_device_check(clGetDeviceIDs(platform, all, 0, NULL, n), "clGetDeviceIDs");
    if (st != CLT_OK) return st;
    *ids = calloc(*n + 1, sizeof **ids);
    if (!*ids) return no_memory();
    return clt_device_check(clGetDeviceIDs(platform, all, *n, *ids, NULL), "clGetDeviceIDs");
}

static enum clt_status add_platform(struct clt_device_list *list, size_t number,
                                    cl_platform_id platform)
{
    enum clt_status st = CLT_OK;
    cl_device_id *ids = NULL;
    cl_uint n = 0;
    char *name = platform_text(platform, CL_PLATFORM_NAME);
    if (!name) TRY(no_memory());
    st = device_ids(&ids, &n, platform);
    if (st == CLT_E_DEVICE)
        TRY(skip_platform(list, number, name));
    else if (st == CLT_OK)
        TRY(add_devices(list, number, platform, name, ids, n));
done:
    free(ids);
    free(name);
    return st;
}

static enum clt_status no_platform(void)
{
    return clt_fail(CLT_E_DEVICE,
                    "no OpenCL platform (%s): install a driver, such as one of the Debian packages "
                    "pocl-opencl-icd (any CPU), mesa-opencl-icd or rocm-opencl-icd (AMD), "
                    "intel-opencl-icd (Intel), nvidia-opencl-icd (NVIDIA)",
                    clt_error_message());
}

static enum clt_status add_platforms(struct clt_device_list *list)
{
    enum clt_status st = CLT_OK;
    cl_platform_id *ids = NULL;
    cl_uint n = 0;
    if (clt_device_check(clGetPlatformIDs(0, NULL, &n), "clGetPlatformIDs") != CLT_OK)
        return no_platform();
    ids = calloc(n + 1, sizeof *ids);
    if (!ids) return no_memory();
    TRY(clt_device_check(clGetPlatformIDs(n, ids, NULL), "clGetPlatformIDs"));
    for (cl_uint i = 0; i < n; i++) TRY(add_platform(list, i, ids[i]));
    if (list->count == 0) {
        size_t none;
        TRY(clt_device_list_choose(&none, list, NULL));
    }
done:
    free(ids);
    return st;
}

enum clt_status clt_device_list_create(struct clt_device_list **out)
{
    enum clt_status st = CLT_OK;
    struct clt_device_list *list = NULL;
    *out = NULL;
    TRY(clt_cache_folder_check());
    list = calloc(1, sizeof *list);
    if (!list) TRY(no_memory());
    TRY(add_platforms(list));
    *out = list;
    list = NULL;
done:
    clt_device_list_free(list);
    return st;
}

void clt_device_list_free(struct clt_device_list *list)
{
    if (!list) return;
    for (size_t i = 0; i < list->count; i++) {
        struct clt_device_info *info = &list->device[i];
        free(info->platform_name);
        free(info->name);
        free(info->vendor);
        free(info->driver);
        free(info->version);
        free(info->broken);
    }
    for (size_t i = 0; i < list->n_skipped; i++) free(list->skipped[i]);
    free(list->device);
    free(list->skipped);
    free(list);
}
