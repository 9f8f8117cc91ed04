/* command_check.c - cltrain check CONFIG */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "command.h"
#include "json.h"
#include "layer.h"
#include "load.h"
#include "print.h"
#include "run.h"

/* What is known only once the plans are built: of a step. */
struct step {
    size_t launches;
    struct clt_work work;
};
struct steps {
    struct step training, evaluation;
};

static struct step count(const struct clt_plan *plan)
{
    return (struct step){clt_plan_launches(plan), clt_plan_work(plan)};
}

static enum clt_status count_steps(struct steps *out, const struct clt_experiment *experiment)
{
    enum clt_status st = CLT_OK;
    struct clt_plan *training = NULL, *evaluation = NULL;
    TRY(clt_plan_create(&training, experiment->model, true, experiment->schedule.batch_size));
    TRY(clt_plan_create(&evaluation, experiment->model, false,
                        clt_experiment_evaluation_batch(experiment)));
    *out = (struct steps){count(training), count(evaluation)};
done:
    clt_plan_free(training);
    clt_plan_free(evaluation);
    return st;
}

static size_t layer_parameters(const struct clt_network *network, const struct clt_layer *layer)
{
    size_t count = 0;
    for (size_t s = 0; s < network->n_segments; s++)
        if (network->segments[s].layer == layer->index &&
            !clt_segment_is_running(&network->segments[s]))
            count += network->segments[s].size;
    return count;
}

static void format_shape(char out[48], struct clt_shape shape)
{
    if (shape.channels == 1 && shape.height == 1)
        snprintf(out, 48, "%zu", shape.width);
    else
        snprintf(out, 48, "%zu x %zu x %zu", shape.channels, shape.height, shape.width);
}

static void print_layers(const struct clt_network *network)
{
    char shape[48];
    format_shape(shape, network->input);
    printf("layer  %-12s  %16s  %12s\n", "type", "output", "parameters");
    printf("%5s  %-12s  %16s  %12s\n", "", "input", shape, "");
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        format_shape(shape, layer->out);
        printf("%5zu  %-12s  %16s  %12zu\n", i, layer->type->name, shape,
               layer_parameters(network, layer));
    }
    printf("%5s  %-12s  %16s  %12zu\n", "", "total", "", clt_network_parameter_count(network));
}

/* "work      61.6 MFLOP and 3.4 MB moved a training step" */
static void print_work(const char *head, const struct clt_work *work, const char *step)
{
    printf("%-8s  %.4g MFLOP, %.4g MB read and written %s\n", head, work->flop * 1e-6,
           work->bytes * 1e-6, step);
}

static void print_report(const struct clt_experiment *experiment, const struct steps *steps)
{
    const struct clt_dataset *data = experiment->dataset;
    const struct clt_memory *memory = &experiment->memory;
    const struct clt_device_info *device = clt_device_describe(experiment->device);
    printf("%s: %zu training, %zu validation, %zu test samples, %zu classes\n",
           experiment->config->name, data->train.count, data->validation.count, data->test.count,
           data->classes);
    print_layers(experiment->network);
    printf("members   %zu\n", experiment->config->members);
    printf("updates   %" PRIu64 " (%" PRIu64 " an epoch)\n", experiment->schedule.total,
           experiment->schedule.updates_per_epoch);
    printf("device    %s, %s GEMM\n", device->name, clt_gemm_name(experiment->model->gemm));
    printf("memory    %.1f MiB: data %.1f, parameters and gradients %.1f, activations %.1f\n",
           clt_mebibytes(experiment->data_memory + memory->parameters + memory->workspace),
           clt_mebibytes(experiment->data_memory), clt_mebibytes(memory->parameters),
           clt_mebibytes(memory->workspace));
    printf("launches  %zu a training step, %zu a step of evaluation\n", steps->training.launches,
           steps->evaluation.launches);
    print_work("work", &steps->training.work, "a training step");
    print_work("", &steps->evaluation.work, "a step of evaluation");
}

static json_t *describe_layers(const struct clt_network *network)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        json_t *json = clt_json_set(json_object(), "type", json_string(layer->type->name));
        json = clt_json_set(json, "output",
                            json_pack("[I,I,I]", (json_int_t)layer->out.channels,
                                      (json_int_t)layer->out.height, (json_int_t)layer->out.width));
        json = clt_json_set(json, "parameters",
                            json_integer((json_int_t)layer_parameters(network, layer)));
        layers = clt_json_append(layers, json);
    }
    return layers;
}

static enum clt_status print_json(const struct clt_experiment *experiment,
                                  const struct steps *steps)
{
    const struct clt_memory *memory = &experiment->memory;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"parameters", clt_network_parameter_count(experiment->network)},
        {"members", experiment->config->members},
        {"updates", experiment->schedule.total},
        {"updates_per_epoch", experiment->schedule.updates_per_epoch},
        {"train_samples", experiment->dataset->train.count},
        {"validation_samples", experiment->dataset->validation.count},
        {"test_samples", experiment->dataset->test.count},
        {"memory", experiment->data_memory + memory->parameters + memory->workspace},
        {"launches_per_step", steps->training.launches},
        {"flop_per_step", (uint64_t)steps->training.work.flop},
        {"bytes_per_step", (uint64_t)steps->training.work.bytes},
        {"launches_per_evaluation_step", steps->evaluation.launches},
        {"flop_per_evaluation_step", (uint64_t)steps->evaluation.work.flop},
        {"bytes_per_evaluation_step", (uint64_t)steps->evaluation.work.bytes},
    };
    json_t *all = clt_json_set(json_object(), "name", clt_json_string(experiment->config->name));
    all =
        clt_json_set(all, "device", clt_json_string(clt_device_describe(experiment->device)->name));
    all = clt_json_set(all, "gemm_backend", json_string(clt_gemm_name(experiment->model->gemm)));
    all = clt_json_set(all, "layers", describe_layers(experiment->network));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        all = clt_json_set(all, numbers[i].name, json_integer((json_int_t)numbers[i].value));
    return clt_print_json(all);
}

int clt_command_check(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_experiment *experiment = NULL;
    struct steps steps;
    TRY(clt_load_config(&config, options->operands[0], options));
    TRY(clt_experiment_create(&experiment, config,
                              &(struct clt_experiment_options){.device = options->device}));
    TRY(count_steps(&steps, experiment));
    if (options->json)
        TRY(print_json(experiment, &steps));
    else
        print_report(experiment, &steps);
done:
    clt_experiment_free(experiment);
    clt_config_free(config);
    return clt_exit_with(st);
}
