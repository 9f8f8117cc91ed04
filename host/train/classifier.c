#include <cltrain/classifier.h>

#include <math.h>
#include <stdlib.h>

#include "apply.h"
#include "description.h"
#include "weights.h"

struct clt_classifier {
    struct clt_device *device, *own_device; /* the second: NULL where the caller opened it */
    struct clt_description_parts parts;     /* the data set's samples are room for a batch */
    const struct clt_config *configs[1];    /* what the network borrows */
    struct clt_network *network;
    struct clt_feeder *feeder;
    struct clt_model *model;
    struct clt_application *application; /* of the batch that was asked for last */
};

size_t clt_best_class(const float *probabilities, size_t classes)
{
    size_t best = 0;
    if (isnan(probabilities[0])) return classes;
    for (size_t c = 1; c < classes; c++)
        if (probabilities[c] > probabilities[best]) best = c;
    return best;
}

/* Weights before any memory of the device: a file whose tensors are not those of its layers ends
 * here. */
static enum clt_status read_network(struct clt_classifier *classifier, struct clt_weights *weights,
                                    const char *path)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    TRY(clt_safetensors_read(&file, path));
    TRY(clt_description_read(&classifier->parts, file, path));
    const struct clt_dataset *dataset = classifier->parts.dataset;
    const struct clt_shape input = {dataset->channels, dataset->height, dataset->width};
    classifier->configs[0] = classifier->parts.config;
    TRY(clt_network_create(&classifier->network, classifier->configs, 1, input, dataset->classes));
    TRY(clt_weights_create(weights, classifier->network, CLT_UPDATE_SGD));
    TRY(clt_weights_load(weights, file, 0, false));
    TRY(clt_weights_check(weights, 0, path));
done:
    clt_safetensors_free(file);
    return st == CLT_E_SHAPE ? clt_fail(CLT_E_DATA, "%s", clt_error_message()) : st;
}

/* The pool is one batch, whose images are yet to come. */
static enum clt_status create_feeder(struct clt_classifier *classifier)
{
    struct clt_dataset *pool = classifier->parts.dataset;
    pool->labels = calloc(pool->samples, sizeof *pool->labels);
    if (!pool->labels)
        return clt_fail(CLT_E_NOMEM, "no memory for a batch of %zu samples", pool->samples);
    return clt_feeder_create(&classifier->feeder, classifier->device, pool, 0, 1, CLT_FLOAT);
}

static enum clt_status create_model(struct clt_classifier *classifier,
                                    const struct clt_weights *weights)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = classifier->network;
    const struct clt_config *config = classifier->parts.config;
    struct clt_dataset *pool = classifier->parts.dataset;
    struct clt_memory model;
    struct clt_model_options options = {
        .gemm = clt_experiment_gemm_choice(config), .real = CLT_FLOAT, .rule = CLT_UPDATE_SGD};
    pool->samples = CLT_EVALUATION_BATCH;
    pool->train = (struct clt_range){0, pool->samples};
    TRY(clt_plan_workspace(&options.workspace, network, false, CLT_EVALUATION_BATCH));
    TRY(clt_model_memory(&model, network, &options));
    const struct clt_run_memory memory = clt_run_memory(&model, pool, 0, 1, CLT_FLOAT);
    TRY(clt_run_memory_check(&memory, classifier->device));
    TRY(create_feeder(classifier));
    TRY(clt_model_create(&classifier->model, classifier->device, network,
                         clt_feeder_feed(classifier->feeder), &options));
    TRY(clt_weights_write(weights, classifier->model));
done:
    return st;
}

enum clt_status clt_classifier_load(struct clt_classifier **out, struct clt_device *device,
                                    const char *path)
{
    enum clt_status st = CLT_OK;
    struct clt_weights weights = {0};
    struct clt_classifier *classifier = calloc(1, sizeof *classifier);
    *out = NULL;
    if (!classifier) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    TRY(read_network(classifier, &weights, path));
    if (!device) TRY(clt_device_open(&classifier->own_device, classifier->parts.config->device));
    classifier->device = device ? device : classifier->own_device;
    TRY(create_model(classifier, &weights));
    *out = classifier;
    classifier = NULL;
done:
    clt_weights_free(&weights);
    clt_classifier_free(classifier);
    return st;
}

void clt_classifier_free(struct clt_classifier *classifier)
{
    if (!classifier) return;
    clt_application_free(classifier->application);
    clt_model_free(classifier->model);
    clt_feeder_free(classifier->feeder);
    clt_network_free(classifier->network);
    clt_description_parts_free(&classifier->parts);
    clt_device_close(classifier->own_device);
    free(classifier);
}

struct clt_shape clt_classifier_input(const struct clt_classifier *classifier)
{
    return classifier->network->input;
}

size_t clt_classifier_classes(const struct clt_classifier *classifier)
{
    return classifier->network->classes;
}

const char *clt_classifier_class_name(const struct clt_classifier *classifier, size_t index)
{
    char *const *names = classifier->parts.dataset->class_names;
    return names ? names[index] : NULL;
}

/* A single sample is not made to wait for a whole batch. */
static enum clt_status set_batch(struct clt_classifier *classifier, size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_application *application;
    if (classifier->application && clt_application_batch(classifier->application) == batch)
        return CLT_OK;
    TRY(clt_application_create(&application, classifier->feeder, classifier->model, batch));
    clt_application_free(classifier->application);
    classifier->application = application;
done:
    return st;
}

enum clt_status clt_classifier_predict(float *probabilities, struct clt_classifier *classifier,
                                       const uint8_t *images, size_t n)
{
    enum clt_status st = CLT_OK;
    const size_t batch = n < CLT_EVALUATION_BATCH ? n : CLT_EVALUATION_BATCH;
    const size_t features = classifier->parts.dataset->features;
    if (n == 0) return CLT_OK;
    TRY(set_batch(classifier, batch));
    for (size_t first = 0; first < n; first += batch) {
        const size_t count = n - first < batch ? n - first : batch;
        TRY(clt_feeder_write_images(classifier->feeder, images + first * features, count));
        TRY(clt_application_step(probabilities + first * classifier->network->classes,
                                 classifier->application, 0, 0, count));
    }
done:
    return st;
}
