#include <stdlib.h>
#include <string.h>

#include "cache_folder.h"
#include "device.h"
#include "text.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "the list of devices");
}

/* What a device or platform is asked: a question that it does not know leaves the answer as it is,
 * any other failure is one of the driver. */
static enum clt_status answered(cl_int code, const char *call)
{
    return code == CL_INVALID_VALUE ? CLT_OK : clt_device_check(code, call);
}

static enum clt_status ask_device(cl_device_id id, cl_device_info what, size_t size, void *value,
                                  size_t *size_ret)
{
    return answered(clGetDeviceInfo(id, what, size, value, size_ret), "clGetDeviceInfo");
}

/* Replaces *text, a fresh string, by what the device tells, "" where it does not know. */
static enum clt_status device_text(char **text, cl_device_id id, cl_device_info what)
{
    enum clt_status st = CLT_OK;
    size_t size = 0;
    TRY(ask_device(id, what, 0, NULL, &size));
    char *told = calloc(1, size + 1);
    if (!told) return no_memory();
    free(*text);
    *text = told;
    TRY(ask_device(id, what, size, told, NULL));
done:
    return st;
}

static enum clt_status platform_text(char **text, cl_platform_id id, cl_platform_info what)
{
    enum clt_status st = CLT_OK;
    static const char call[] = "clGetPlatformInfo";
    size_t size = 0;
    *text = NULL;
    TRY(answered(clGetPlatformInfo(id, what, 0, NULL, &size), call));
    *text = calloc(1, size + 1);
    if (!*text) return no_memory();
    TRY(answered(clGetPlatformInfo(id, what, size, *text, NULL), call));
done:
    return st;
}

static enum clt_status describe_texts(struct clt_device_info *info)
{
    enum clt_status st = CLT_OK;
    char *extensions = NULL;
    const struct {
        char **text;
        cl_device_info what;
    } questions[] = {
        {&info->name, CL_DEVICE_NAME},       {&info->vendor, CL_DEVICE_VENDOR},
        {&info->driver, CL_DRIVER_VERSION},  {&info->version, CL_DEVICE_VERSION},
        {&extensions, CL_DEVICE_EXTENSIONS},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        TRY(device_text(questions[i].text, info->device_id, questions[i].what));
    info->fp64 = strstr(extensions, "cl_khr_fp64");
    info->fp16 = strstr(extensions, "cl_khr_fp16");
done:
    free(extensions);
    return st;
}

static enum clt_status describe_numbers(struct clt_device_info *info)
{
    enum clt_status st = CLT_OK;
    cl_bool unified = CL_FALSE;
    const struct {
        cl_device_info what;
        size_t size;
        void *value;
    } questions[] = {
        {CL_DEVICE_TYPE, sizeof info->type, &info->type},
        {CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified},
        {CL_DEVICE_MAX_COMPUTE_UNITS, sizeof info->compute_units, &info->compute_units},
        {CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof info->megahertz, &info->megahertz},
        {CL_DEVICE_GLOBAL_MEM_SIZE, sizeof info->memory, &info->memory},
        {CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof info->largest_allocation, &info->largest_allocation},
        {CL_DEVICE_LOCAL_MEM_SIZE, sizeof info->local_memory, &info->local_memory},
        {CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, sizeof info->preferred_vector_width,
         &info->preferred_vector_width},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof info->native_vector_width,
         &info->native_vector_width},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof info->largest_group, &info->largest_group},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        TRY(ask_device(info->device_id, questions[i].what, questions[i].size, questions[i].value,
                       NULL));
    info->integrated = unified == CL_TRUE;
done:
    return st;
}

static enum clt_status check_usable(cl_device_id id)
{
    enum clt_status st = CLT_OK;
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    TRY(ask_device(id, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL));
    TRY(ask_device(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL));
    if (!available)
        st = clt_fail(CLT_E_DEVICE, "its driver says that it is not available");
    else if (!compiler)
        st = clt_fail(CLT_E_DEVICE, "its driver has no compiler");
done:
    return st;
}

/* A platform that answers. */
struct platform {
    size_t number;
    cl_platform_id id;
    char *name, *version;
};

/* What the device does not tell stays "" or zero; a driver that fails at it is broken. */
static enum clt_status describe(struct clt_device_info *info, const struct platform *platform)
{
    enum clt_status st = CLT_OK;
    char **const texts[] = {&info->name, &info->vendor, &info->driver, &info->version};
    info->platform_name = strdup(platform->name);
    info->platform_version = strdup(platform->version);
    if (!info->platform_name || !info->platform_version) return no_memory();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!(*texts[i] = strdup(""))) return no_memory();
    TRY(describe_texts(info));
    TRY(describe_numbers(info));
    TRY(check_usable(info->device_id));
done:
    if (st != CLT_E_DEVICE) return st;
    info->broken = strdup(clt_error_message());
    return info->broken ? CLT_OK : no_memory();
}

static enum clt_status skip_platform(struct clt_device_list *list, const struct platform *platform)
{
    char **grown = realloc(list->skipped, (list->n_skipped + 1) * sizeof *grown);
    if (!grown) return no_memory();
    list->skipped = grown;
    struct clt_text text = {0};
    clt_text_add(&text, "platform %zu, %s, lists no device: %s", platform->number,
                 platform->name ? platform->name : "which has no name", clt_error_message());
    char *sentence = clt_text_take(&text);
    if (!sentence) return no_memory();
    list->skipped[list->n_skipped++] = sentence;
    return CLT_OK;
}

static enum clt_status add_devices(struct clt_device_list *list, const struct platform *platform,
                                   const cl_device_id *ids, cl_uint n)
{
    struct clt_device_info *grown = realloc(list->device, (list->count + n) * sizeof *grown);
    if (!grown) return no_memory();
    list->device = grown;
    for (cl_uint i = 0; i < n; i++) {
        struct clt_device_info *info = &list->device[list->count++];
        *info = (struct clt_device_info){.platform = platform->number,
                                         .device = i,
                                         .platform_id = platform->id,
                                         .device_id = ids[i]};
        const enum clt_status st = describe(info, platform);
        if (st != CLT_OK) return st;
    }
    return CLT_OK;
}

/* *ids, fresh, and their number. */
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

/* A driver may well fail here, and only then is it skipped. */
static enum clt_status add_platform(struct clt_device_list *list, size_t number, cl_platform_id id)
{
    enum clt_status st = CLT_OK;
    struct platform platform = {.number = number, .id = id};
    cl_device_id *ids = NULL;
    cl_uint n = 0;
    TRY(platform_text(&platform.name, id, CL_PLATFORM_NAME));
    TRY(platform_text(&platform.version, id, CL_PLATFORM_VERSION));
    TRY(device_ids(&ids, &n, id));
    TRY(add_devices(list, &platform, ids, n));
done:
    if (st == CLT_E_DEVICE) st = skip_platform(list, &platform);
    free(ids);
    free(platform.name);
    free(platform.version);
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
        free(info->platform_version);
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
