#include "experiment.h"

#include <stdlib.h>

#include "checked.h"
#include "experiment_checks.h"

static enum clt_status keep_features(struct clt_dataset *dataset, size_t features)
{
    if (features > dataset->features)
        return clt_fail(CLT_E_USAGE, "%zu features are asked for, but a sample has %zu", features,
                        dataset->features);
    clt_dataset_keep_features(dataset, features);
    return CLT_OK;
}

enum clt_status clt_experiment_read_data(struct clt_dataset **out, const struct clt_config *config,
                                         bool headers_only, struct clt_interrupt interrupt)
{
    const struct clt_data_config *data = &config->data;
    static const enum clt_dataset_format formats[] = {
        [CLT_FORMAT_IDX] = CLT_DATASET_IDX,
        [CLT_FORMAT_CIFAR10] = CLT_DATASET_CIFAR10,
        [CLT_FORMAT_CIFAR100] = CLT_DATASET_CIFAR100,
    };
    static const enum clt_dataset_scaling scalings[] = {
        [CLT_NORMALIZE_FEATURE] = CLT_SCALING_FEATURE,
        [CLT_NORMALIZE_CHANNEL] = CLT_SCALING_CHANNEL,
        [CLT_NORMALIZE_SCALE] = CLT_SCALING_BYTE,
        [CLT_NORMALIZE_NONE] = CLT_SCALING_NONE,
    };
    const struct clt_dataset_options options = {
        .format = formats[data->format],
        .path = data->path,
        .train = (const char *const *)data->train.name,
        .n_train = data->train.count,
        .validation = (const char *const *)data->validation_files.name,
        .n_validation = data->validation_files.count,
        .validation_count = data->validation_count,
        .train_samples = data->train_samples,
        .test = (const char *const *)data->test.name,
        .n_test = data->test.count,
        .scaling = scalings[data->normalize],
        .headers_only = headers_only,
        .interrupt = interrupt,
    };
    return clt_dataset_load(out, &options);
}

static enum clt_status load_data(struct clt_experiment *experiment,
                                 const struct clt_experiment_options *wanted)
{
    enum clt_status st = CLT_OK;
    if (!experiment->dataset)
        TRY(clt_experiment_read_data(&experiment->dataset, experiment->config, wanted->plans_only,
                                     wanted->interrupt));
    if (wanted->features) TRY(keep_features(experiment->dataset, wanted->features));
done:
    return st;
}

static enum clt_status create_members(struct clt_experiment *experiment, bool augmented)
{
    enum clt_status st = CLT_OK;
    const size_t count = experiment->config->members;
    TRY(clt_config_check_one_group(experiment->config));
    experiment->members = calloc(count, sizeof(struct clt_config *));
    if (!experiment->members) TRY(clt_fail(CLT_E_NOMEM, "no memory for %zu members", count));
    for (size_t p = 0; p < count; p++) {
        TRY(clt_config_member(&experiment->members[p], experiment->config, p));
        if (!augmented) experiment->members[p]->data.augment = (struct clt_augment_config){0};
    }
done:
    return st;
}

static enum clt_status create_network(struct clt_experiment *experiment)
{
    const struct clt_dataset *dataset = experiment->dataset;
    const struct clt_shape input = {dataset->channels, dataset->height, dataset->width};
    return clt_network_create(&experiment->network,
                              (const struct clt_config *const *)experiment->members,
                              experiment->config->members, input, dataset->classes);
}

size_t clt_evaluation_batch(size_t batch_size)
{
    return batch_size > CLT_EVALUATION_BATCH ? batch_size : CLT_EVALUATION_BATCH;
}

size_t clt_experiment_evaluation_batch(const struct clt_experiment *experiment)
{
    return clt_evaluation_batch(experiment->schedule.batch_size);
}

enum clt_gemm_choice clt_experiment_gemm_choice(const struct clt_config *config)
{
    switch (config->gemm.backend) {
    case CLT_GEMM_CLBLAST: return CLT_BACKEND_CLBLAST;
    case CLT_GEMM_NATIVE: return CLT_BACKEND_NATIVE;
    case CLT_GEMM_AUTO: break;
    }
    return CLT_BACKEND_AUTO;
}

enum clt_status clt_experiment_plan_memory(struct clt_memory *out,
                                           struct clt_model_options *options,
                                           const struct clt_network *network, size_t batch_size)
{
    enum clt_status st = CLT_OK;
    size_t training, evaluation;
    TRY(clt_plan_workspace(&training, network, true, batch_size));
    TRY(clt_plan_workspace(&evaluation, network, false, clt_evaluation_batch(batch_size)));
    options->workspace = training > evaluation ? training : evaluation;
    TRY(clt_model_memory(out, network, options));
done:
    return st;
}

static enum clt_status plan_model(struct clt_experiment *experiment, bool plain_descent)
{
    const enum clt_update_rule rule = clt_network_update_rule(experiment->network);
    experiment->model_options =
        (struct clt_model_options){.gemm = clt_experiment_gemm_choice(experiment->config),
                                   .real = experiment->real,
                                   .rule = plain_descent ? CLT_UPDATE_SGD : rule,
                                   .stores_gradients = rule != CLT_UPDATE_SGD};
    return clt_experiment_plan_memory(&experiment->memory.model, &experiment->model_options,
                                      experiment->network, experiment->schedule.batch_size);
}

#define MEBIBYTE ((size_t)1 << 20)

static size_t data_limit(const struct clt_config *config)
{
    size_t bytes;
    const bool given = config->data.device_memory > 0;
    return given && clt_multiply(&bytes, config->data.device_memory, MEBIBYTE) ? bytes : SIZE_MAX;
}

/* What the model leaves of the device's memory, or less where the config says so. */
static size_t memory_for_data(const struct clt_experiment *experiment)
{
    return clt_smaller(data_limit(experiment->config),
                       clt_memory_for_data(&experiment->memory.model, experiment->device));
}

/* Whether the data set stays on the device or streams through it; that all of the run has room. */
static enum clt_status place_data(struct clt_experiment *experiment)
{
    const struct clt_config *config = experiment->config;
    const struct clt_dataset *dataset = experiment->dataset;
    const size_t batch = clt_experiment_evaluation_batch(experiment);
    experiment->data_half = clt_feeder_half(
        dataset, config->members, experiment->real, batch, memory_for_data(experiment),
        clt_device_describe(experiment->device)->largest_allocation);
    experiment->memory = clt_run_memory(&experiment->memory.model, dataset, experiment->data_half,
                                        config->members, experiment->real);
    if (experiment->memory.data > data_limit(config))
        return clt_fail(CLT_E_CONFIG,
                        "data.device_memory: %zu MiB cannot hold two batches of %zu samples and "
                        "the tables beside them; set at least %zu",
                        config->data.device_memory, batch,
                        (experiment->memory.data + MEBIBYTE - 1) / MEBIBYTE);
    return clt_run_memory_check(&experiment->memory, experiment->device);
}

static enum clt_status initialize(struct clt_experiment *experiment)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = experiment->network;
    struct clt_vectors *vectors = &experiment->model->vectors;
    const size_t size = clt_real_size(experiment->real), length = network->n_parameters * size;
    char *parameters = calloc(network->n_parameters + network->n_running, size);
    if (!parameters) return clt_fail(CLT_E_NOMEM, "no memory for the initial weights");
    char *running = parameters + length;
    clt_network_initialize(network, experiment->real, parameters, running);
    TRY(clt_buffer_write(&vectors->parameters, 0, parameters, length));
    TRY(clt_buffer_write(&vectors->running, 0, running, network->n_running * size));
done:
    free(parameters);
    return st;
}

static enum clt_status open_device(struct clt_experiment *experiment,
                                   const struct clt_experiment_options *options)
{
    enum clt_status st = CLT_OK;
    const char *selector = options->device ? options->device : experiment->config->device;
    if (!options->opened) TRY(clt_device_open(&experiment->own_device, selector));
    experiment->device = options->opened ? options->opened : experiment->own_device;
done:
    return st;
}

enum clt_status clt_experiment_create(struct clt_experiment **out, const struct clt_config *config,
                                      const struct clt_experiment_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_experiment *experiment = calloc(1, sizeof *experiment);
    *out = NULL;
    if (!experiment) {
        clt_dataset_free(options->dataset);
        return clt_fail(CLT_E_NOMEM, "no memory for the run");
    }
    experiment->config = config;
    experiment->dataset = options->dataset;
    experiment->real = options->real;
    experiment->interrupt = options->interrupt;
    TRY(create_members(experiment, !options->as_they_are));
    TRY(load_data(experiment, options));
    TRY(create_network(experiment));
    TRY(clt_schedule_create(&experiment->schedule, experiment->members[0],
                            experiment->dataset->train.count));
    TRY(clt_experiment_check(experiment, options));
    if (options->samples) clt_dataset_keep_samples(experiment->dataset, options->samples);
    TRY(plan_model(experiment, options->plain_descent));
    TRY(open_device(experiment, options));
    TRY(place_data(experiment));
    TRY(clt_interrupt_check(&experiment->interrupt));
    TRY(clt_feeder_create(&experiment->feeder, experiment->device, experiment->dataset,
                          experiment->data_half, config->members, experiment->real));
    if (!experiment->data_half) clt_dataset_drop_images(experiment->dataset);
    TRY(clt_model_create(&experiment->model, experiment->device, experiment->network,
                         clt_feeder_feed(experiment->feeder), &experiment->model_options));
    if (!options->plans_only) TRY(initialize(experiment));
    *out = experiment;
    experiment = NULL;
done:
    clt_experiment_free(experiment);
    return st;
}

void clt_experiment_free(struct clt_experiment *experiment)
{
    if (!experiment) return;
    clt_model_free(experiment->model);
    clt_feeder_free(experiment->feeder);
    clt_device_close(experiment->own_device);
    clt_network_free(experiment->network);
    clt_dataset_free(experiment->dataset);
    for (size_t p = 0; experiment->members && p < experiment->config->members; p++)
        clt_config_free(experiment->members[p]);
    free(experiment->members);
    free(experiment);
}
