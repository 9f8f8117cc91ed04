#include "capacity.h"

#include <math.h>
#include <stdlib.h>

#include "checked.h"
#include "experiment.h"
#include "feeder.h"
#include "pace.h"
#include "room.h"

#define MEBIBYTE ((size_t)1 << 20)
#define MARGIN   8 /* part of the process's memory that what comes before the run may take */

/* What a number of members is tried with. */
struct trial {
    const struct clt_config *config, **members; /* [most], all the same one */
    const struct clt_dataset *dataset;
    const struct clt_device *device;
    size_t limit; /* population_memory in bytes; SIZE_MAX: none */
};

static size_t population_limit(const struct clt_config *config)
{
    size_t bytes;
    const bool given = config->population_memory > 0;
    return given && clt_multiply(&bytes, config->population_memory, MEBIBYTE) ? bytes : SIZE_MAX;
}

/* The drivers of displays end a launch that takes seconds. The longest is a product of a batch and
 * the widest layer of all members; nothing can be told of a single member's. */
static enum clt_status check_launch(const struct trial *trial, const struct clt_network *network)
{
    const struct clt_device_info *device = clt_device_describe(trial->device);
    const size_t batch = clt_evaluation_batch(trial->config->train.batch_size);
    double weights = 0;
    for (size_t s = 0; s < network->n_segments; s++)
        if (network->segments[s].kind == CLT_SEGMENT_WEIGHT)
            weights = fmax(weights, (double)network->segments[s].size);
    const struct clt_work work = {.flop = 2 * weights * (double)batch * (double)network->members};
    if (network->members == 1 || clt_device_is_cpu(trial->device) ||
        clt_slow_seconds(device, work) <= CLT_LAUNCH_SECONDS)
        return CLT_OK;
    return clt_fail(CLT_E_DEVICE, "a launch of %zu members may take too long for %s",
                    network->members, device->name);
}

/* Bytes of `n` members. CLT_E_SHAPE: too many to address; CLT_E_DEVICE: too many for a launch. */
static enum clt_status plan(struct clt_memory *out, const struct trial *trial, size_t n)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = trial->dataset;
    const struct clt_shape input = {dataset->channels, dataset->height, dataset->width};
    struct clt_network *network = NULL;
    struct clt_model_options options = {.real = CLT_FLOAT};
    TRY(clt_network_create(&network, trial->members, n, input, dataset->classes));
    TRY(check_launch(trial, network));
    options.rule = clt_network_update_rule(network);
    TRY(clt_experiment_plan_memory(out, &options, network, trial->config->train.batch_size));
done:
    clt_network_free(network);
    return st;
}

/* CLT_E_DEVICE: they do not fit. */
static enum clt_status fit(struct clt_memory *out, const struct trial *trial, size_t n)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = trial->dataset;
    const struct clt_device_info *device = clt_device_describe(trial->device);
    const size_t batch = clt_evaluation_batch(trial->config->train.batch_size);
    TRY(plan(out, trial, n));
    const size_t used = out->parameters + out->workspace;
    const size_t half =
        clt_feeder_half(dataset, n, CLT_FLOAT, batch, clt_memory_for_data(out, trial->device),
                        device->largest_allocation);
    struct clt_run_memory memory = clt_run_memory(out, dataset, half, n, CLT_FLOAT);
    if (n > 1) memory.host += (size_t)clt_run_memory_of_process(&memory, trial->device) / MARGIN;
    TRY(clt_run_memory_check(&memory, trial->device));
    if (used > trial->limit)
        st = clt_fail(CLT_E_CONFIG,
                      "population_memory: %zu MiB cannot hold one member; set at least %zu",
                      trial->config->population_memory, clt_divide_up(used, MEBIBYTE));
done:
    return st;
}

/* The largest number that fits, by halving what is between one that does and one that does not. */
static enum clt_status find(struct clt_capacity *out, const struct trial *trial, size_t most)
{
    enum clt_status st = CLT_OK;
    struct clt_memory memory;
    size_t fits = 1, beyond = most + 1;
    TRY(fit(&memory, trial, 1));
    out->one = out->several = memory.parameters + memory.workspace;
    if (fit(&memory, trial, most) == CLT_OK) fits = most;
    while (fits < most && beyond - fits > 1) {
        const size_t middle = fits + (beyond - fits) / 2;
        if (fit(&memory, trial, middle) == CLT_OK)
            fits = middle;
        else
            beyond = middle;
    }
    TRY(fit(&memory, trial, fits));
    out->members = fits;
    out->several = memory.parameters + memory.workspace;
    out->limit = clt_smaller(trial->limit, (size_t)clt_device_room(trial->device));
done:
    return st;
}

/* *out: the member that takes the most memory. A group's are alike, but that a velocity is kept
 * only where one of those that train together has momentum. */
static enum clt_status choose_member(struct clt_config **out, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    struct clt_config *member = NULL;
    *out = NULL;
    for (size_t p = 0; p < config->members && (!*out || (*out)->train.optimizer.momentum == 0);
         p++) {
        TRY(clt_config_member(&member, config, p));
        clt_config_free(*out);
        *out = member;
    }
done:
    return st;
}

enum clt_status clt_capacity_find(struct clt_capacity *out, const struct clt_config *config,
                                  size_t most, const struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    struct clt_config *member = NULL;
    struct clt_dataset *dataset = NULL;
    const struct clt_config **members = calloc(most, sizeof *members);
    if (!members) return clt_fail(CLT_E_NOMEM, "no memory for %zu members", most);
    TRY(choose_member(&member, config));
    for (size_t i = 0; i < most; i++) members[i] = member;
    TRY(clt_experiment_read_data(&dataset, member, true, (struct clt_interrupt){0}));
    const struct trial trial = {config, members, dataset, device, population_limit(config)};
    TRY(find(out, &trial, most));
done:
    clt_dataset_free(dataset);
    clt_config_free(member);
    free(members);
    return st;
}
