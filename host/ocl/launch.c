#include "launch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "text.h"

/* A kernel with its arguments, or a call that enqueues by itself. */
struct launch {
    char *name;
    cl_kernel kernel; /* NULL for a call */
    struct clt_geometry geometry;
    void *self;
    enum clt_status (*enqueue)(void *self, cl_event *event);
    void (*release)(void *self);
    struct clt_work work;
};

struct clt_launch_list {
    struct clt_device *device;
    enum clt_real real;
    struct launch *launch;
    size_t count, capacity;
};

struct clt_arg clt_arg_buffer(const struct clt_buffer *buffer)
{
    return (struct clt_arg){.kind = CLT_ARG_BUFFER, .buffer = buffer};
}

struct clt_arg clt_arg_view(struct clt_view view)
{
    return (struct clt_arg){.kind = CLT_ARG_VIEW, .buffer = view.buffer, .integer = view.offset};
}

struct clt_arg clt_arg_ulong(uint64_t value)
{
    return (struct clt_arg){.kind = CLT_ARG_ULONG, .integer = value};
}

struct clt_arg clt_arg_uint(size_t value)
{
    assert(value <= UINT32_MAX);
    return (struct clt_arg){.kind = CLT_ARG_UINT, .integer = value};
}

struct clt_arg clt_arg_real(double value)
{
    return (struct clt_arg){.kind = CLT_ARG_REAL, .real = value};
}

enum clt_status clt_launch_list_create(struct clt_launch_list **out, struct clt_device *device,
                                       enum clt_real real)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return clt_fail(CLT_E_NOMEM, "a list of launches");
    (*out)->device = device;
    (*out)->real = real;
    return CLT_OK;
}

static void launch_release(struct launch *launch)
{
    if (launch->kernel) clReleaseKernel(launch->kernel);
    if (launch->release) launch->release(launch->self);
    free(launch->name);
}

void clt_launch_list_free(struct clt_launch_list *list)
{
    if (!list) return;
    for (size_t i = 0; i < list->count; i++) launch_release(&list->launch[i]);
    free(list->launch);
    free(list);
}

/* Moves *launch to the end of the list, and leaves {0} behind. */
static enum clt_status append(struct clt_launch_list *list, struct launch *launch)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct launch *grown = realloc(list->launch, capacity * sizeof *grown);
        if (!grown) return clt_fail(CLT_E_NOMEM, "the launch of %s", launch->name);
        list->launch = grown;
        list->capacity = capacity;
    }
    list->launch[list->count++] = *launch;
    *launch = (struct launch){0};
    return CLT_OK;
}

static cl_int set_real(cl_kernel kernel, cl_uint index, enum clt_real real, double value)
{
    const float narrow = (float)value;
    return real == CLT_DOUBLE ? clSetKernelArg(kernel, index, sizeof value, &value)
                              : clSetKernelArg(kernel, index, sizeof narrow, &narrow);
}

static cl_int set_buffer(cl_kernel kernel, cl_uint index, const struct clt_buffer *buffer)
{
    return clSetKernelArg(kernel, index, sizeof buffer->memory, &buffer->memory);
}

/* Sets the kernel's argument *index, and moves *index behind what was set. */
static cl_int set_arg(cl_kernel kernel, cl_uint *index, enum clt_real real, struct clt_arg arg)
{
    const cl_ulong wide = arg.integer;
    const cl_uint narrow = (cl_uint)arg.integer;
    cl_int code = CL_SUCCESS;
    switch (arg.kind) {
    case CLT_ARG_BUFFER: code = set_buffer(kernel, *index, arg.buffer); break;
    case CLT_ARG_VIEW:
        code = set_buffer(kernel, *index, arg.buffer);
        if (code == CL_SUCCESS) code = clSetKernelArg(kernel, ++*index, sizeof wide, &wide);
        break;
    case CLT_ARG_ULONG: code = clSetKernelArg(kernel, *index, sizeof wide, &wide); break;
    case CLT_ARG_UINT: code = clSetKernelArg(kernel, *index, sizeof narrow, &narrow); break;
    case CLT_ARG_REAL: code = set_real(kernel, *index, real, arg.real); break;
    }
    if (code == CL_SUCCESS) ++*index;
    return code;
}

static enum clt_status set_args(cl_kernel kernel, const char *name, enum clt_real real,
                                const struct clt_arg *args, size_t n_args)
{
    cl_uint index = 0;
    for (size_t i = 0; i < n_args; i++) {
        const enum clt_status st =
            clt_device_check(set_arg(kernel, &index, real, args[i]), "clSetKernelArg");
        if (st != CLT_OK) return clt_fail_within(st, "kernel %s, argument %u", name, index);
    }
    return CLT_OK;
}

static struct clt_geometry rounded_up(struct clt_geometry geometry)
{
    assert(geometry.dimensions >= 1 && geometry.dimensions <= 3);
    for (size_t i = 0; i < geometry.dimensions; i++) {
        assert(geometry.global[i] > 0);
        if (geometry.local[i])
            geometry.global[i] = clt_round_up(geometry.global[i], geometry.local[i]);
    }
    return geometry;
}

/* A fresh string, NULL when memory is out. */
static char *options_for(enum clt_real real, const char *options)
{
    struct clt_text text = {0};
    if (real == CLT_DOUBLE) clt_text_add(&text, "-DREAL_IS_DOUBLE%s", *options ? " " : "");
    clt_text_add(&text, "%s", options);
    return clt_text_take(&text);
}

enum clt_status clt_launch_list_add(struct clt_launch_list *list, const char *file,
                                    const char *kernel, const char *options,
                                    struct clt_geometry geometry, const struct clt_arg *args,
                                    size_t n_args)
{
    enum clt_status st = CLT_OK;
    struct launch launch = {.name = strdup(kernel), .geometry = rounded_up(geometry)};
    char *all_options = options_for(list->real, options);
    if (!launch.name || !all_options) TRY(clt_fail(CLT_E_NOMEM, "the launch of %s", kernel));
    TRY(clt_device_kernel(&launch.kernel, list->device, file, kernel, all_options));
    TRY(set_args(launch.kernel, kernel, list->real, args, n_args));
    TRY(append(list, &launch));
done:
    launch_release(&launch);
    free(all_options);
    return st;
}

enum clt_status clt_launch_list_add_call(struct clt_launch_list *list, const char *name, void *self,
                                         enum clt_status (*enqueue)(void *self, cl_event *event),
                                         void (*release)(void *self))
{
    enum clt_status st = CLT_OK;
    struct launch launch = {
        .name = strdup(name), .self = self, .enqueue = enqueue, .release = release};
    if (!launch.name) TRY(clt_fail(CLT_E_NOMEM, "the launch of %s", name));
    TRY(append(list, &launch));
done:
    launch_release(&launch);
    return st;
}

void clt_launch_list_note_work(struct clt_launch_list *list, struct clt_work work)
{
    assert(list->count > 0);
    list->launch[list->count - 1].work = work;
}

struct clt_work clt_launch_list_work(const struct clt_launch_list *list)
{
    struct clt_work sum = {0};
    for (size_t i = 0; i < list->count; i++) {
        sum.flop += list->launch[i].work.flop;
        sum.bytes += list->launch[i].work.bytes;
    }
    return sum;
}

struct clt_work clt_work_on_reals(const struct clt_launch_list *list, double flop, double reals)
{
    return (struct clt_work){flop, reals * (double)clt_real_size(list->real)};
}

size_t clt_launch_list_count(const struct clt_launch_list *list)
{
    return list->count;
}

static enum clt_status enqueue(cl_command_queue queue, const struct launch *launch, cl_event *event)
{
    if (!launch->kernel) return launch->enqueue(launch->self, event);
    const struct clt_geometry *g = &launch->geometry;
    const size_t *local = g->local[0] ? g->local : NULL;
    return clt_device_check(clEnqueueNDRangeKernel(queue, launch->kernel, (cl_uint)g->dimensions,
                                                   NULL, g->global, local, 0, NULL, event),
                            "clEnqueueNDRangeKernel");
}

/* Enqueues one, and leaves its event with the profiler, if there is one. */
static enum clt_status enqueue_noted(cl_command_queue queue, const struct launch *launch,
                                     struct clt_profiler *profiler)
{
    enum clt_status st = CLT_OK;
    cl_event event = NULL;
    TRY(enqueue(queue, launch, profiler ? &event : NULL));
    if (event) TRY(clt_profiler_note(profiler, launch->name, launch->work, event));
done:
    return st;
}

enum clt_status clt_launch_list_enqueue(const struct clt_launch_list *list)
{
    const cl_command_queue queue = clt_device_queue(list->device);
    struct clt_profiler *profiler = clt_device_profiler(list->device);
    for (size_t i = 0; i < list->count; i++) {
        const enum clt_status st = enqueue_noted(queue, &list->launch[i], profiler);
        if (st != CLT_OK) return clt_fail_within(st, "%s", list->launch[i].name);
    }
    return CLT_OK;
}

struct clt_device *clt_launch_list_device(const struct clt_launch_list *list)
{
    return list->device;
}

enum clt_real clt_launch_list_real(const struct clt_launch_list *list)
{
    return list->real;
}
