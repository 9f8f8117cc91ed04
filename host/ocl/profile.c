#include "profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

#define MOST_PENDING 2048 /* events; more than the launches that a run queues at a time */

/* A launch whose time is not known yet. */
struct pending {
    cl_event event;
    size_t kernel;
    struct clt_work work;
};

struct sum {
    char *name;
    uint64_t calls;
    cl_ulong time; /* nanoseconds */
    struct clt_work work;
};

struct clt_profiler {
    struct sum *sums; /* by first appearance */
    size_t count, capacity;
    struct pending pending[MOST_PENDING]; /* in the order of the queue */
    size_t n_pending;
    bool begun;
    cl_ulong first, last;       /* start of the first launch, end of the latest */
    struct clt_profile profile; /* kernels: names are those of the sums */
};

enum clt_status clt_profiler_create(struct clt_profiler **out, struct clt_ceilings ceilings)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return clt_fail(CLT_E_NOMEM, "no memory for the profile");
    (*out)->profile.ceilings = ceilings;
    return CLT_OK;
}

void clt_profiler_free(struct clt_profiler *profiler)
{
    if (!profiler) return;
    for (size_t i = 0; i < profiler->n_pending; i++) clt_event_release(profiler->pending[i].event);
    for (size_t i = 0; i < profiler->count; i++) free(profiler->sums[i].name);
    free(profiler->sums);
    free(profiler->profile.kernels);
    free(profiler);
}

/* The number of the kernel's sum, which is new where there was none. */
static enum clt_status find_sum(size_t *out, struct clt_profiler *profiler, const char *name)
{
    for (*out = 0; *out < profiler->count; ++*out)
        if (strcmp(profiler->sums[*out].name, name) == 0) return CLT_OK;
    if (profiler->count == profiler->capacity) {
        const size_t capacity = profiler->capacity ? 2 * profiler->capacity : 16;
        struct sum *grown = realloc(profiler->sums, capacity * sizeof *grown);
        if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the profile");
        profiler->sums = grown;
        profiler->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy) return clt_fail(CLT_E_NOMEM, "no memory for the profile");
    profiler->sums[profiler->count++] = (struct sum){.name = copy};
    return CLT_OK;
}

/* Where launches overlap, the time counts once, for the one before. */
static void add_times(struct clt_profiler *profiler, size_t kernel, struct clt_work work,
                      cl_ulong start, cl_ulong end)
{
    struct sum *sum = &profiler->sums[kernel];
    if (!profiler->begun) profiler->first = profiler->last = start;
    profiler->begun = true;
    if (start < profiler->last) start = profiler->last;
    if (end > start) sum->time += end - start;
    if (end > profiler->last) profiler->last = end;
    sum->calls++;
    sum->work.flop += work.flop;
    sum->work.bytes += work.bytes;
}

enum clt_status clt_profiler_add(struct clt_profiler *profiler, const char *name,
                                 struct clt_work work, cl_ulong start, cl_ulong end)
{
    enum clt_status st = CLT_OK;
    size_t kernel;
    TRY(find_sum(&kernel, profiler, name));
    add_times(profiler, kernel, work, start, end);
done:
    return st;
}

static enum clt_status read_time(cl_ulong *out, cl_event event, cl_profiling_info moment)
{
    return clt_device_check(clGetEventProfilingInfo(event, moment, sizeof *out, out, NULL),
                            "clGetEventProfilingInfo");
}

/* Takes the times of the `count` oldest events; the queue is in order, so that the last of them
 * stands for all. */
static enum clt_status drain(struct clt_profiler *profiler, size_t count)
{
    enum clt_status st = CLT_OK;
    struct pending *pending = profiler->pending;
    if (count == 0) return CLT_OK;
    TRY(clt_event_wait(pending[count - 1].event));
    for (size_t i = 0; i < count; i++) {
        cl_ulong start, end;
        TRY(read_time(&start, pending[i].event, CL_PROFILING_COMMAND_START));
        TRY(read_time(&end, pending[i].event, CL_PROFILING_COMMAND_END));
        add_times(profiler, pending[i].kernel, pending[i].work, start, end);
    }
    for (size_t i = 0; i < count; i++) clt_event_release(pending[i].event);
    profiler->n_pending -= count;
    memmove(pending, pending + count, profiler->n_pending * sizeof *pending);
done:
    return st;
}

enum clt_status clt_profiler_note(struct clt_profiler *profiler, const char *name,
                                  struct clt_work work, cl_event event)
{
    enum clt_status st = CLT_OK;
    size_t kernel;
    TRY(find_sum(&kernel, profiler, name));
    if (profiler->n_pending == MOST_PENDING) TRY(drain(profiler, MOST_PENDING / 2));
    profiler->pending[profiler->n_pending++] = (struct pending){event, kernel, work};
    event = NULL;
done:
    clt_event_release(event);
    return st;
}

static int by_seconds(const void *a, const void *b)
{
    const struct clt_profile_kernel *left = a, *right = b;
    if (left->seconds != right->seconds) return left->seconds > right->seconds ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* 1e9 a second; an amount of 0 was not noted. */
static double rate(double amount, double seconds)
{
    return amount > 0 && seconds > 0 ? amount * 1e-9 / seconds : NAN;
}

static struct clt_profile_kernel describe(const struct sum *sum, double seconds)
{
    const double own = (double)sum->time * 1e-9;
    return (struct clt_profile_kernel){.name = sum->name,
                                       .calls = sum->calls,
                                       .seconds = own,
                                       .share = seconds > 0 ? own / seconds : 0,
                                       .gflops = rate(sum->work.flop, own),
                                       .gbs = rate(sum->work.bytes, own)};
}

enum clt_status clt_profiler_read(const struct clt_profile **out, struct clt_profiler *profiler)
{
    enum clt_status st = CLT_OK;
    struct clt_profile *profile = &profiler->profile;
    double busy = 0;
    *out = NULL;
    TRY(drain(profiler, profiler->n_pending));
    free(profile->kernels);
    profile->n_kernels = 0;
    profile->kernels = calloc(profiler->count + 1, sizeof *profile->kernels);
    if (!profile->kernels) return clt_fail(CLT_E_NOMEM, "no memory for the profile");
    profile->seconds = (double)(profiler->last - profiler->first) * 1e-9;
    for (size_t i = 0; i < profiler->count; i++) {
        const struct clt_profile_kernel kernel = describe(&profiler->sums[i], profile->seconds);
        profile->kernels[profile->n_kernels++] = kernel;
        busy += kernel.seconds;
    }
    qsort(profile->kernels, profile->n_kernels, sizeof *profile->kernels, by_seconds);
    profile->idle_share = profile->seconds > 0 ? fmax(0, 1 - busy / profile->seconds) : 1;
    *out = profile;
done:
    return st;
}
