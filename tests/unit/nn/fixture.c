#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "philox.h"

#define CLASSES 3

static uint32_t random_bits(uint32_t purpose, size_t i)
{
    const uint32_t counter[4] = {(uint32_t)i, 0, purpose, 0}, key[2] = {11, 0};
    uint32_t bits[4];
    clt_philox4x32(bits, counter, key);
    return bits[0];
}

struct clt_dataset *clt_test_dataset(size_t samples, size_t height, size_t width)
{
    struct clt_dataset *dataset = clt_allocate(1, sizeof *dataset);
    *dataset = (struct clt_dataset){.channels = 1,
                                    .height = height,
                                    .width = width,
                                    .features = height * width,
                                    .classes = CLASSES,
                                    .samples = samples,
                                    .train = {0, samples}};
    struct clt_image_span span = {.count = samples, .stride = dataset->features};
    span.images = span.memory = clt_allocate(samples * dataset->features, 1);
    MUST(clt_dataset_add_span(dataset, &span));
    dataset->labels = clt_allocate(samples, sizeof *dataset->labels);
    dataset->mean = clt_allocate(dataset->features, sizeof *dataset->mean);
    dataset->scale = clt_allocate(dataset->features, sizeof *dataset->scale);
    for (size_t i = 0; i < dataset->features; i++) dataset->scale[i] = 1;
    return dataset;
}

uint8_t *clt_test_pixels(const struct clt_dataset *dataset)
{
    return dataset->spans[0].memory;
}

struct clt_dataset *clt_test_images(size_t samples)
{
    struct clt_dataset *dataset = clt_test_dataset(samples, 4, 4);
    for (size_t i = 0; i < samples * dataset->features; i++)
        clt_test_pixels(dataset)[i] = (uint8_t)random_bits(1, i);
    for (size_t i = 0; i < samples; i++)
        dataset->labels[i] = (uint16_t)(random_bits(2, i) % CLASSES);
    for (size_t i = 0; i < dataset->features; i++) {
        dataset->mean[i] = 110.5f + 2 * (float)i;
        dataset->scale[i] = 1 / (60 + (float)i);
    }
    return dataset;
}

struct clt_dataset *clt_test_one_hot(size_t samples)
{
    struct clt_dataset *dataset = clt_test_dataset(samples, 1, samples);
    for (size_t i = 0; i < samples; i++) {
        clt_test_pixels(dataset)[i * samples + i] = 1;
        dataset->labels[i] = (uint16_t)(i % CLASSES);
    }
    return dataset;
}

static void configure_member(struct clt_config *config, struct clt_layer_config *layers,
                             const struct clt_recipe *recipe, size_t number)
{
    memcpy(layers, recipe->layers, recipe->n_layers * sizeof *layers);
    for (size_t i = 0; i < recipe->n_layers; i++) layers[i].rate /= (double)(1 + number);
    *config = (struct clt_config){.name = "test",
                                  .device = "",
                                  .seed = 100 + 17 * number,
                                  .data = {.seed = 5},
                                  .layers = layers,
                                  .n_layers = recipe->n_layers,
                                  .members = recipe->members};
    config->train = (struct clt_train_config){.batch_size = recipe->batch,
                                              .loss = recipe->loss,
                                              .epochs = 1,
                                              .l2 = 0.01 * (double)(1 + number),
                                              .learning_rate.value = 0.1,
                                              .optimizer = recipe->optimizer};
}

static void configure(struct clt_fixture *f, const struct clt_recipe *recipe)
{
    struct clt_experiment *experiment = &f->experiment;
    f->configs = clt_allocate(recipe->members, sizeof *f->configs);
    f->layers = clt_allocate(recipe->members * recipe->n_layers, sizeof *f->layers);
    experiment->members = clt_allocate(recipe->members, sizeof(struct clt_config *));
    experiment->config = f->configs;
    experiment->dataset = recipe->dataset;
    for (size_t p = 0; p < recipe->members; p++) {
        configure_member(&f->configs[p], f->layers + p * recipe->n_layers, recipe,
                         recipe->first_member + p);
        experiment->members[p] = &f->configs[p];
    }
    MUST(clt_schedule_create(&experiment->schedule, f->configs, recipe->dataset->train.count));
}

static void create_model(struct clt_fixture *f, const struct clt_recipe *recipe)
{
    struct clt_experiment *experiment = &f->experiment;
    const struct clt_dataset *dataset = recipe->dataset;
    const struct clt_shape input = {dataset->channels, dataset->height, dataset->width};
    struct clt_model_options *options = &experiment->model_options;
    size_t training, evaluation;
    MUST(clt_network_create(&experiment->network,
                            (const struct clt_config *const *)experiment->members, recipe->members,
                            input, dataset->classes));
    MUST(clt_plan_workspace(&training, experiment->network, true, recipe->batch));
    MUST(clt_plan_workspace(&evaluation, experiment->network, false,
                            clt_experiment_evaluation_batch(experiment)));
    MUST(clt_feeder_create(&experiment->feeder, experiment->device, dataset, recipe->half,
                           recipe->members, f->real));
    *options =
        (struct clt_model_options){.gemm = CLT_BACKEND_AUTO,
                                   .real = f->real,
                                   .rule = clt_network_update_rule(experiment->network),
                                   .workspace = training > evaluation ? training : evaluation};
    MUST(clt_model_create(&experiment->model, experiment->device, experiment->network,
                          clt_feeder_feed(experiment->feeder), options));
}

static void poison(struct clt_buffer *buffer)
{
    void *bytes = clt_allocate(buffer->size, 1);
    memset(bytes, 0xFF, buffer->size);
    MUST(clt_buffer_write(buffer, 0, bytes, buffer->size));
    free(bytes);
}

static void initialize(struct clt_fixture *f)
{
    const struct clt_network *network = f->experiment.network;
    struct clt_model *model = f->experiment.model;
    const size_t size = clt_real_size(f->real);
    void *parameters = clt_allocate(network->n_parameters, size);
    void *running = clt_allocate(network->n_running, size);
    clt_network_initialize(network, f->real, parameters, running);
    MUST(clt_buffer_write(&model->vectors.parameters, 0, parameters, network->n_parameters * size));
    MUST(clt_buffer_write(&model->vectors.running, 0, running, network->n_running * size));
    free(parameters);
    free(running);
    poison(&model->workspace);
    poison(&model->vectors.gradients);
    if (network->n_running) poison(&model->vectors.statistics);
}

void clt_fixture_create(struct clt_fixture *f, const struct clt_harness *h,
                        const struct clt_recipe *recipe)
{
    *f = (struct clt_fixture){.real = h->real, .experiment.device = h->device};
    configure(f, recipe);
    create_model(f, recipe);
    initialize(f);
}

void clt_fixture_free(struct clt_fixture *f)
{
    clt_model_free(f->experiment.model);
    clt_feeder_free(f->experiment.feeder);
    clt_network_free(f->experiment.network);
    free(f->experiment.members);
    free(f->configs);
    free(f->layers);
}

static void read_reals(double *values, const struct clt_buffer *buffer, enum clt_real real,
                       size_t n)
{
    if (real == CLT_DOUBLE) {
        MUST(clt_buffer_read(buffer, 0, values, n * sizeof *values));
        return;
    }
    float *narrow = clt_allocate(n, sizeof *narrow);
    MUST(clt_buffer_read(buffer, 0, narrow, n * sizeof *narrow));
    for (size_t i = 0; i < n; i++) values[i] = (double)narrow[i];
    free(narrow);
}

static void write_reals(struct clt_buffer *buffer, enum clt_real real, const double *values,
                        size_t n)
{
    if (real == CLT_DOUBLE) {
        MUST(clt_buffer_write(buffer, 0, values, n * sizeof *values));
        return;
    }
    float *narrow = clt_allocate(n, sizeof *narrow);
    for (size_t i = 0; i < n; i++) narrow[i] = (float)values[i];
    MUST(clt_buffer_write(buffer, 0, narrow, n * sizeof *narrow));
    free(narrow);
}

void clt_fixture_read(const struct clt_fixture *f, double *parameters, double *running)
{
    const struct clt_experiment *experiment = &f->experiment;
    const struct clt_vectors *vectors = &experiment->model->vectors;
    read_reals(parameters, &vectors->parameters, f->real, experiment->network->n_parameters);
    if (running) read_reals(running, &vectors->running, f->real, experiment->network->n_running);
}

void clt_fixture_write(struct clt_fixture *f, const double *parameters, const double *running)
{
    const struct clt_experiment *experiment = &f->experiment;
    struct clt_vectors *vectors = &experiment->model->vectors;
    write_reals(&vectors->parameters, f->real, parameters, experiment->network->n_parameters);
    if (running) write_reals(&vectors->running, f->real, running, experiment->network->n_running);
}

struct clt_plan *clt_fixture_plan(const struct clt_fixture *f, bool training, size_t batch)
{
    struct clt_plan *plan;
    MUST(clt_plan_create(&plan, f->experiment.model, training, batch));
    return plan;
}

void clt_fixture_steps(struct clt_fixture *f, const struct clt_plan *plan,
                       const struct clt_feed_row *rows, const double *rates, size_t count,
                       size_t batch)
{
    const size_t members = f->experiment.config->members;
    const size_t chunk = clt_feeder_chunk(f->experiment.feeder, batch);
    for (size_t at = 0; at < count; at += chunk) {
        const size_t n = count - at < chunk ? count - at : chunk;
        MUST(clt_feeder_announce(f->experiment.feeder, rows + at,
                                 rates ? rates + at * members * CLT_RATES : NULL, n, batch));
        for (size_t i = 0; i < n; i++) MUST(clt_plan_enqueue(plan));
    }
}

void clt_fixture_losses(struct clt_fixture *f, double *losses, size_t samples)
{
    struct clt_member_state *state = &f->experiment.model->state;
    double *sums = clt_allocate(state->members * 2, sizeof *sums);
    read_reals(sums, &state->loss, f->real, state->members * 2);
    for (size_t p = 0; p < state->members; p++) losses[p] = sums[2 * p] / (double)samples;
    MUST(clt_buffer_zero(&state->loss));
    free(sums);
}
