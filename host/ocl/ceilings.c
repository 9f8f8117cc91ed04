#include "ceilings.h"

#include <stdio.h>

#include "clock.h"
#include "launch.h"

/* How a kernel of cl/ceilings.cl is built: which form is the fastest depends on the width and
 * number of registers. */
struct form {
    unsigned vec, chains, group;
};
static const struct form cpu_fma[] = {{16, 10, 1}, {16, 24, 1}, {8, 12, 1}, {4, 12, 1}};
/* Groups of 64 are within every GPU's limit. */
static const struct form gpu_fma[] = {{2, 8, 64}, {4, 8, 64}, {2, 16, 64}};
static const struct form cpu_copy[] = {{16, 1, 1}};
static const struct form gpu_copy[] = {{4, 1, 64}, {2, 1, 64}};

#define FEWEST_TRIES 3 /* of each form, whatever the time */
#define LAUNCH_SECONDS                                                                             \
    5e-3                   /* of a launch of fused multiply-adds, so that its start does not show */
#define GROUPS_PER_UNIT 32 /* enough to keep a unit busy and its neighbours from waiting for it */
#define COPY_STEPS_CPU  1024 /* vectors a work-item copies: 64 KiB; a GPU's threads copy a few */
#define COPY_STEPS_GPU  4

/* A list of one launch, and the amount of work in it. */
struct probe {
    struct clt_launch_list *list;
    double work;
};

static void format_options(char out[64], const struct form *form)
{
    snprintf(out, 64, "-DVEC=%u -DCHAINS=%u -DGROUP=%u", form->vec, form->chains, form->group);
}

static enum clt_status seconds_of(double *out, const struct probe *probe)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = clt_launch_list_device(probe->list);
    const double start = clt_clock_seconds();
    TRY(clt_launch_list_enqueue(probe->list));
    TRY(clt_device_finish(device));
    *out = clt_clock_seconds() - start;
done:
    return st;
}

/* Raises *best to the most work a second that the probe does within `seconds`. The first launch,
 * which compiles and touches the memory, does not count. */
static enum clt_status try_repeatedly(double *best, const struct probe *probe, double seconds)
{
    enum clt_status st = CLT_OK;
    double spent;
    TRY(seconds_of(&spent, probe));
    const double end = clt_clock_seconds() + seconds;
    for (int i = 0; i < FEWEST_TRIES || clt_clock_seconds() < end; i++) {
        TRY(seconds_of(&spent, probe));
        if (spent > 0 && probe->work / spent > *best) *best = probe->work / spent;
    }
done:
    return st;
}

/* A launch of `rounds` links of every chain of every unit. Chains go to 1, the fixed point of
 * -0.75 * v + 1.75: no infinity, no denormal. */
static enum clt_status create_fma(struct probe *out, const struct clt_buffer *y,
                                  const struct form *form, uint32_t rounds)
{
    enum clt_status st = CLT_OK;
    char options[64];
    const size_t items = y->size / sizeof(float) / form->vec;
    const struct clt_geometry geometry = {1, {items}, {form->group}};
    *out = (struct probe){.work = 2.0 * (double)items * form->vec * form->chains * rounds};
    format_options(options, form);
    TRY(clt_launch_list_create(&out->list, y->device, CLT_FLOAT));
    TRY(clt_launch_list_add(out->list, "ceilings.cl", "ceiling_fma", options, geometry,
                            CLT_ARGS(clt_arg_buffer(y), clt_arg_real(-0.75), clt_arg_real(1.75),
                                     clt_arg_uint(rounds))));
done:
    if (st != CLT_OK) clt_launch_list_free(out->list);
    return st;
}

/* Doubles the rounds until a launch takes long enough. */
static enum clt_status choose_rounds(uint32_t *rounds, const struct clt_buffer *y,
                                     const struct form *form)
{
    enum clt_status st = CLT_OK;
    double spent = 0;
    for (*rounds = 64; spent < LAUNCH_SECONDS && *rounds < UINT32_MAX / 2; *rounds *= 2) {
        struct probe probe;
        TRY(create_fma(&probe, y, form, *rounds));
        st = seconds_of(&spent, &probe); /* may compile: a launch that seems long is tried again */
        if (st == CLT_OK && *rounds == 64) st = seconds_of(&spent, &probe);
        clt_launch_list_free(probe.list);
        if (st != CLT_OK) goto done;
    }
done:
    return st;
}

static enum clt_status measure_fma(double *best, struct clt_device *device, const struct form *form,
                                   double seconds)
{
    enum clt_status st = CLT_OK;
    struct clt_buffer y = {0};
    struct probe probe = {0};
    uint32_t rounds;
    const size_t groups = GROUPS_PER_UNIT * (size_t)clt_device_describe(device)->compute_units;
    TRY(clt_buffer_create(&y, device, groups * form->group * form->vec * sizeof(float)));
    TRY(choose_rounds(&rounds, &y, form));
    TRY(create_fma(&probe, &y, form, rounds));
    TRY(try_repeatedly(best, &probe, seconds));
done:
    clt_launch_list_free(probe.list);
    clt_buffer_free(&y);
    return st;
}

/* Of one of the two buffers: four times the largest cache, from 64 to 256 MiB, within an eighth of
 * the memory; whole work-groups. */
static size_t copy_size(const struct clt_device *device, size_t group)
{
    const struct clt_device_info *info = clt_device_describe(device);
    cl_ulong cache = 0;
    clGetDeviceInfo(info->device_id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof cache, &cache, NULL);
    cl_ulong size = 4 * cache;
    if (size < 64 << 20) size = 64 << 20;
    if (size > 256 << 20) size = 256 << 20;
    if (size > info->memory / 8) size = info->memory / 8;
    if (size > info->largest_allocation) size = info->largest_allocation;
    return size < group ? group : size / group * group;
}

static enum clt_status measure_copy(double *best, struct clt_device *device,
                                    const struct form *form, double seconds)
{
    enum clt_status st = CLT_OK;
    struct clt_buffer x = {0}, y = {0};
    struct probe probe = {0};
    char options[64];
    const size_t steps = clt_device_is_cpu(device) ? COPY_STEPS_CPU : COPY_STEPS_GPU;
    const size_t item = steps * form->vec * sizeof(float);
    const size_t size = copy_size(device, item * form->group);
    const struct clt_geometry geometry = {1, {size / item}, {form->group}};
    format_options(options, form);
    TRY(clt_buffer_create(&x, device, size));
    TRY(clt_buffer_create(&y, device, size));
    TRY(clt_buffer_zero(&x));
    TRY(clt_launch_list_create(&probe.list, device, CLT_FLOAT));
    TRY(clt_launch_list_add(probe.list, "ceilings.cl", "ceiling_copy", options, geometry,
                            CLT_ARGS(clt_arg_buffer(&y), clt_arg_buffer(&x), clt_arg_uint(steps))));
    probe.work = 2.0 * (double)size;
    TRY(try_repeatedly(best, &probe, seconds));
done:
    clt_launch_list_free(probe.list);
    clt_buffer_free(&x);
    clt_buffer_free(&y);
    return st;
}

typedef enum clt_status (*measure)(double *best, struct clt_device *device, const struct form *form,
                                   double seconds);

/* The best of all forms; each gets its share of the time. */
static enum clt_status measure_forms(double *out, struct clt_device *device, measure measure_form,
                                     const struct form *forms, size_t n_forms, double seconds)
{
    enum clt_status st = CLT_OK;
    double best = 0;
    for (size_t i = 0; i < n_forms; i++)
        TRY(measure_form(&best, device, &forms[i], seconds / (double)n_forms));
    *out = best * 1e-9;
done:
    return st;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum clt_status clt_ceilings_measure(struct clt_ceilings *out, struct clt_device *device,
                                     double seconds)
{
    enum clt_status st = CLT_OK;
    const bool cpu = clt_device_is_cpu(device);
    *out = (struct clt_ceilings){0};
    TRY(measure_forms(&out->fma_gflops, device, measure_fma, cpu ? cpu_fma : gpu_fma,
                      cpu ? COUNT(cpu_fma) : COUNT(gpu_fma), seconds / 2));
    TRY(measure_forms(&out->copy_gbs, device, measure_copy, cpu ? cpu_copy : gpu_copy,
                      cpu ? COUNT(cpu_copy) : COUNT(gpu_copy), seconds / 2));
done:
    return st;
}
