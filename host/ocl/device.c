#include "device.h"

#include <stdlib.h>
#include <string.h>

#include "ceilings.h"
#include "choose.h"
#include "profile.h"
#include "program.h"
#include "text.h"

#define CEILINGS_SECONDS 0.5 /* of measuring them */

struct clt_device {
    struct clt_device_list *list;
    size_t index; /* of this device in the list */
    cl_context context;
    cl_command_queue_properties properties; /* of the queue */
    cl_command_queue queue;
    struct clt_profiler *profiler;
    struct clt_program_table programs;
    char **skipped;
    size_t n_skipped;
};

/* Creates what belongs to the device that `index` tells. */
static enum clt_status start(struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    const struct clt_device_info *info = clt_device_describe(device);
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)info->platform_id, 0};
    cl_int code;
    device->context = clCreateContext(properties, 1, &info->device_id, NULL, NULL, &code);
    TRY(clt_device_check(code, "clCreateContext"));
    device->queue =
        clCreateCommandQueue(device->context, info->device_id, device->properties, &code);
    TRY(clt_device_check(code, "clCreateCommandQueue"));
done:
    return st;
}

static void stop(struct clt_device *device)
{
    clt_program_table_free(&device->programs);
    if (device->queue) clReleaseCommandQueue(device->queue);
    if (device->context) clReleaseContext(device->context);
    device->queue = NULL;
    device->context = NULL;
}

/* The device that `selector` names; by default the best that starts: one that does not is marked as
 * broken, so that the next choice is the next best. */
static enum clt_status choose_and_start(struct clt_device *device, const char *selector)
{
    for (;;) {
        enum clt_status st = clt_device_list_choose(&device->index, device->list, selector);
        if (st != CLT_OK) return st;
        st = start(device);
        if (st == CLT_OK) return st;
        stop(device);
        struct clt_device_info *info = &device->list->device[device->index];
        if (*selector) return clt_fail_within(st, "device %s", info->name);
        info->broken = strdup(clt_error_message());
        if (!info->broken) return clt_fail(CLT_E_NOMEM, "the state of device %s", info->name);
    }
}

/* Takes `sentence` over. */
static enum clt_status add_skipped(struct clt_device *device, char *sentence)
{
    if (!sentence) return clt_fail(CLT_E_NOMEM, "the devices passed over");
    device->skipped[device->n_skipped++] = sentence;
    return CLT_OK;
}

/* A platform that lists nothing is of interest where nobody said which device to take. */
static enum clt_status tell_skipped(struct clt_device *device, const char *selector)
{
    enum clt_status st = CLT_OK;
    const struct clt_device_list *list = device->list;
    device->skipped = calloc(list->n_skipped + list->count, sizeof *device->skipped);
    if (!device->skipped) return clt_fail(CLT_E_NOMEM, "the devices passed over");
    for (size_t i = 0; !*selector && i < list->n_skipped; i++)
        TRY(add_skipped(device, strdup(list->skipped[i])));
    for (size_t i = 0; i < list->count; i++) {
        const struct clt_device_info *info = &list->device[i];
        if (!clt_device_is_passed_over(list, i, device->index, selector)) continue;
        struct clt_text text = {0};
        clt_text_add(&text, "device %s (%s) is passed over: %s", info->name, info->platform_name,
                     info->broken);
        TRY(add_skipped(device, clt_text_take(&text)));
    }
done:
    return st;
}

static enum clt_status open_with(struct clt_device **out, const char *selector,
                                 cl_command_queue_properties properties)
{
    enum clt_status st = CLT_OK;
    *out = NULL;
    struct clt_device *device = calloc(1, sizeof *device);
    if (!device) return clt_fail(CLT_E_NOMEM, "the device");
    device->properties = properties;
    if (!selector) selector = "";
    TRY(clt_device_list_create(&device->list));
    TRY(choose_and_start(device, selector));
    TRY(tell_skipped(device, selector));
    *out = device;
    device = NULL;
done:
    clt_device_close(device);
    return st;
}

/* In order, without profiling: events and their time stamps cost a launch as much as a small
 * kernel. */
enum clt_status clt_device_open(struct clt_device **out, const char *selector)
{
    return open_with(out, selector, 0);
}

enum clt_status clt_device_open_profiled(struct clt_device **out, const char *selector)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_ceilings ceilings;
    *out = NULL;
    TRY(open_with(&device, selector, CL_QUEUE_PROFILING_ENABLE));
    TRY(clt_ceilings_measure(&ceilings, device, CEILINGS_SECONDS)); /* not part of the profile */
    TRY(clt_profiler_create(&device->profiler, ceilings));
    *out = device;
    device = NULL;
done:
    clt_device_close(device);
    return st;
}

void clt_device_close(struct clt_device *device)
{
    if (!device) return;
    if (device->queue) clFinish(device->queue);
    clt_profiler_free(device->profiler);
    stop(device);
    for (size_t i = 0; i < device->n_skipped; i++) free(device->skipped[i]);
    free(device->skipped);
    clt_device_list_free(device->list);
    free(device);
}

const struct clt_device_info *clt_device_describe(const struct clt_device *device)
{
    return &device->list->device[device->index];
}

const char *clt_device_name(const struct clt_device *device)
{
    return clt_device_describe(device)->name;
}

const char *const *clt_device_skipped(const struct clt_device *device, size_t *count)
{
    *count = device->n_skipped;
    return (const char *const *)device->skipped;
}

cl_context clt_device_context(const struct clt_device *device)
{
    return device->context;
}

cl_command_queue clt_device_queue(const struct clt_device *device)
{
    return device->queue;
}

struct clt_profiler *clt_device_profiler(const struct clt_device *device)
{
    return device->profiler;
}

bool clt_device_is_cpu(const struct clt_device *device)
{
    return (clt_device_describe(device)->type & CL_DEVICE_TYPE_CPU) != 0;
}

enum clt_status clt_device_finish(struct clt_device *device)
{
    return clt_device_check(clFinish(device->queue), "clFinish");
}

enum clt_status clt_device_kernel(cl_kernel *out, struct clt_device *device, const char *file,
                                  const char *kernel, const char *options)
{
    return clt_program_table_kernel(out, &device->programs, device->context,
                                    clt_device_describe(device)->device_id, file, kernel, options);
}
