/* command_check.c - cltrain check CONFIG */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "division.h"
#include "json.h"
#include "layer.h"
#include "load.h"
#include "memory_limits.h"
#include "print.h"
#include "room.h"
#include "run.h"
#include "study_config.h"

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

static const char *samples_word(const struct clt_experiment *experiment)
{
    return experiment->data_half ? "streamed" : "resident";
}

/* What the process may take, by the limit that leaves least. */
static void print_limit(void)
{
    struct clt_limits limits;
    clt_limits_read(&limits, "");
    const struct clt_limit *least = clt_limits_least(&limits);
    if (least) printf("; %s leaves %.1f", least->name, clt_mebibytes(least->left));
    printf("\n");
}

static void print_memory(const struct clt_experiment *experiment)
{
    const struct clt_run_memory *memory = &experiment->memory;
    const size_t half = experiment->data_half;
    printf("memory    %.1f MiB: data %.1f, parameters and gradients %.1f, activations %.1f\n",
           clt_mebibytes(clt_run_memory_on_device(memory)), clt_mebibytes(memory->data),
           clt_mebibytes(memory->model.parameters), clt_mebibytes(memory->model.workspace));
    printf("process   %.1f MiB%s",
           clt_mebibytes(clt_run_memory_of_process(memory, experiment->device)),
           clt_device_shares_memory(experiment->device) ? ", that of the device included" : "");
    print_limit();
    printf("samples   %s", samples_word(experiment));
    if (half) printf(", in chunks of %zu, two of them on the device", half);
    printf("\n");
}

static void print_report(const struct clt_experiment *experiment, const struct steps *steps)
{
    const struct clt_dataset *data = experiment->dataset;
    const struct clt_device_info *device = clt_device_describe(experiment->device);
    printf("%s: %zu training, %zu validation, %zu test samples, %zu classes\n",
           experiment->config->name, data->train.count, data->validation.count, data->test.count,
           data->classes);
    print_layers(experiment->network);
    printf("members   %zu\n", experiment->config->members);
    printf("updates   %" PRIu64 " (%" PRIu64 " an epoch)\n", experiment->schedule.total,
           experiment->schedule.updates_per_epoch);
    printf("device    %s, %s GEMM\n", device->name, clt_gemm_name(experiment->model->gemm));
    print_memory(experiment);
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

static json_t *describe(const struct clt_experiment *experiment, const struct steps *steps)
{
    const struct clt_run_memory *memory = &experiment->memory;
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
        {"memory", clt_run_memory_on_device(memory)},
        {"data_memory", memory->data},
        {"process_memory", clt_run_memory_of_process(memory, experiment->device)},
        {"chunk_samples", experiment->data_half},
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
    all = clt_json_set(all, "samples", json_string(samples_word(experiment)));
    all = clt_json_set(all, "layers", describe_layers(experiment->network));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        all = clt_json_set(all, numbers[i].name, json_integer((json_int_t)numbers[i].value));
    return all;
}

/* ---- stages and parts ---- */

/* A config as it would train: members that form several groups, or do not fit the memory, in
 * parts. */
struct checking {
    const struct clt_options *options;
    struct clt_device *device;
    json_t *described; /* a list, an entry for each kind of part */
};

static void print_division(const struct clt_division *division)
{
    printf("members   in %zu groups, %zu parts that train one after another, of", division->groups,
           division->parts.n_parts);
    for (size_t i = 0; i < division->parts.n_parts; i++)
        printf(" %zu", division->parts.part[i].n_members);
    printf("; at most %zu fit at once\n", division->capacity.members);
}

/* One part, which is a whole run or stands for those like it. */
static enum clt_status check_part(struct checking *checking, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    struct clt_experiment *experiment = NULL;
    struct steps steps;
    TRY(clt_experiment_create(
        &experiment, config,
        &(struct clt_experiment_options){.opened = checking->device, .plans_only = true}));
    TRY(count_steps(&steps, experiment));
    if (checking->options->json)
        checking->described = clt_json_append(checking->described, describe(experiment, &steps));
    else
        print_report(experiment, &steps);
done:
    clt_experiment_free(experiment);
    return st;
}

/* The first part of each group. */
static enum clt_status check_parts(struct checking *checking, const struct clt_config *config,
                                   const struct clt_division *division)
{
    enum clt_status st = CLT_OK;
    struct clt_config *part = NULL;
    size_t n_groups, next = 0;
    size_t *group = calloc(config->members, sizeof *group);
    if (!group) return clt_fail(CLT_E_NOMEM, "no memory for %zu members", config->members);
    TRY(clt_config_groups(group, &n_groups, config));
    if (!checking->options->json) print_division(division);
    for (size_t i = 0; i < division->parts.n_parts; i++) {
        const struct clt_part *of = &division->parts.part[i];
        if (group[of->members[0]] != next) continue;
        next++;
        TRY(clt_config_select(&part, config, of->members, of->n_members));
        TRY(check_part(checking, part));
        clt_config_free(part);
        part = NULL;
    }
done:
    clt_config_free(part);
    free(group);
    return st;
}

static enum clt_status check_config(struct checking *checking, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    struct clt_division division = {0};
    TRY(clt_division_create(&division, config, checking->device));
    if (division.parts.n_parts > 1)
        TRY(check_parts(checking, config, &division));
    else
        TRY(check_part(checking, config));
done:
    clt_division_free(&division);
    return st;
}

/* What a stage draws from those before it, which have not run, is stood in for. trials [stages]:
 * those so far. */
static enum clt_status check_stage(struct checking *checking, const struct clt_study_config *study,
                                   size_t stage, struct clt_stage_trials *trials)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config;
    TRY(clt_study_config_stage(&config, study, stage, trials));
    trials[stage].config = config;
    if (!checking->options->json && clt_study_config_has_stages(study))
        printf("%sstage %s\n", stage ? "\n" : "", clt_study_config_stage_name(study, stage));
    TRY(check_config(checking, config));
done:
    return st;
}

static enum clt_status check_stages(struct checking *checking, const struct clt_study_config *study)
{
    enum clt_status st = CLT_OK;
    const size_t count = clt_study_config_count(study);
    struct clt_stage_trials *trials = calloc(count, sizeof *trials);
    if (!trials) return clt_fail(CLT_E_NOMEM, "no memory for %zu stages", count);
    for (size_t i = 0; i < count; i++) TRY(check_stage(checking, study, i, trials));
done:
    for (size_t i = 0; i < count; i++) clt_config_free((struct clt_config *)trials[i].config);
    free(trials);
    return st;
}

/* One object for a plain run, as a list where there are several. */
static enum clt_status print_json(json_t *described, const char *name)
{
    if (json_array_size(described) == 1) {
        json_t *only = json_incref(json_array_get(described, 0));
        json_decref(described);
        return clt_print_json(only);
    }
    json_t *all = clt_json_set(json_object(), "name", clt_json_string(name));
    return clt_print_json(clt_json_set(all, "stages", described));
}

int clt_command_check(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_study_config *study = NULL;
    struct checking checking = {.options = options, .described = json_array()};
    TRY(clt_load_study_config(&study, options->operands[0], options));
    TRY(clt_device_open(&checking.device,
                        options->device ? options->device : clt_study_config_device(study)));
    TRY(check_stages(&checking, study));
    if (options->json) {
        st = print_json(checking.described, clt_study_config_name(study));
        checking.described = NULL;
    }
done:
    json_decref(checking.described);
    clt_device_close(checking.device);
    clt_study_config_free(study);
    return clt_exit_with(st);
}
