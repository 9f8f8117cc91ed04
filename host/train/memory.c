#include "memory.h"

#include "checked.h"
#include "feeder.h"
#include "memory_limits.h"
#include "room.h"

#define MIB(bytes)    ((double)(bytes) / ((size_t)1 << 20))
#define WEIGHT_COPIES 2 /* a checkpoint's, and that of a file which is read */

static size_t sum(size_t a, size_t b)
{
    size_t total;
    return clt_add(&total, a, b) ? total : SIZE_MAX;
}

static size_t product(size_t a, size_t b)
{
    size_t total;
    return clt_multiply(&total, a, b) ? total : SIZE_MAX;
}

static size_t on_host(const struct clt_memory *model, const struct clt_dataset *dataset,
                      size_t half)
{
    const size_t order = sizeof(uint32_t), label = sizeof *dataset->labels;
    const size_t tables = dataset->samples + 3 * dataset->train.count;
    size_t total = sum(product(tables, order), product(2 * half, dataset->features + label));
    if (dataset->headers_only)
        total = sum(total, sum(dataset->unpacked, product(dataset->samples, label)));
    return sum(total, product(WEIGHT_COPIES, model->parameters));
}

struct clt_run_memory clt_run_memory(const struct clt_memory *model,
                                     const struct clt_dataset *dataset, size_t half, size_t members,
                                     enum clt_real real)
{
    const size_t samples = half ? 2 * half : dataset->samples;
    return (struct clt_run_memory){.model = *model,
                                   .data = clt_feeder_memory(dataset, half, members, real),
                                   .images = samples * dataset->features,
                                   .host = on_host(model, dataset, half)};
}

size_t clt_memory_for_data(const struct clt_memory *model, const struct clt_device *device)
{
    const size_t copies =
        clt_device_shares_memory(device) ? product(WEIGHT_COPIES, model->parameters) : 0;
    const size_t used = sum(copies, sum(model->parameters, model->workspace));
    const uint64_t room = clt_device_room(device);
    return used < room ? (size_t)(room - used) : 0;
}

size_t clt_run_memory_on_device(const struct clt_run_memory *memory)
{
    return sum(memory->data, sum(memory->model.workspace, memory->model.parameters));
}

uint64_t clt_run_memory_of_process(const struct clt_run_memory *memory,
                                   const struct clt_device *device)
{
    const size_t shared = clt_device_shares_memory(device) ? clt_run_memory_on_device(memory) : 0;
    return sum(CLT_COMPILER_ROOM, sum(memory->host, shared));
}

static enum clt_status check_device(const struct clt_run_memory *memory,
                                    const struct clt_device_info *info)
{
    const size_t total = clt_run_memory_on_device(memory), images = memory->images;
    const size_t largest = images > memory->model.largest ? images : memory->model.largest;
    if (total == SIZE_MAX || total > info->memory)
        return clt_fail(CLT_E_DEVICE,
                        "this run needs %.1f MiB of device memory, %s has %.1f MiB; use a smaller "
                        "batch, fewer members or smaller layers",
                        MIB(total), info->name, MIB(info->memory));
    if (largest > info->largest_allocation)
        return clt_fail(CLT_E_DEVICE,
                        "this run needs one allocation of %.1f MiB, %s allows %.1f MiB; use a "
                        "smaller batch, fewer members or smaller layers",
                        MIB(largest), info->name, MIB(info->largest_allocation));
    return CLT_OK;
}

enum clt_status clt_run_memory_check(const struct clt_run_memory *memory,
                                     const struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    TRY(check_device(memory, clt_device_describe(device)));
    st = clt_limits_check("this run", clt_run_memory_of_process(memory, device));
    if (st != CLT_OK)
        clt_fail(st, "%s; use a smaller batch, fewer members or smaller layers, or raise it",
                 clt_error_message());
done:
    return st;
}
