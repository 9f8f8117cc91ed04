#include "probe.h"

#include <math.h>
#include <stdlib.h>

struct clt_probe {
    struct clt_experiment *experiment;
    struct clt_plan *plan;
    size_t samples;
    double *rates;       /* [members][CLT_RATES] */
    void *staging;       /* reals on their way, as many as the largest transfer has */
    size_t pattern_size; /* of one member */
};

static enum clt_status check_samples(const struct clt_experiment *experiment, size_t samples)
{
    if (samples > experiment->schedule.batch_size)
        return clt_fail(CLT_E_USAGE,
                        "%zu samples are asked for, but train.batch_size is %zu; ask for fewer or "
                        "set a larger batch",
                        samples, experiment->schedule.batch_size);
    if (samples == 1 && clt_network_has_batch_norm(experiment->network))
        return clt_fail(CLT_E_USAGE,
                        "batch_norm has no variance in a batch of one sample; ask for at least 2");
    return CLT_OK;
}

/* Whether a layer's derivative jumps where its output changes sign. */
static bool has_kink(const struct clt_layer_config *layer)
{
    return layer->kind == CLT_LAYER_RELU || layer->kind == CLT_LAYER_LEAKY_RELU;
}

/* Also sets the size of the pattern. */
static size_t largest_transfer(struct clt_probe *probe)
{
    const struct clt_network *network = probe->experiment->network;
    size_t largest = network->n_parameters;
    const size_t input = clt_plan_input(probe->plan).stride;
    if (input > largest) largest = input;
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        if (!has_kink(layer->config)) continue;
        const size_t values = clt_plan_output(probe->plan, i).stride * network->members;
        probe->pattern_size += clt_shape_size(layer->out) * probe->samples;
        if (values > largest) largest = values;
    }
    return largest;
}

enum clt_status clt_probe_create(struct clt_probe **out, const struct clt_config *config,
                                 const struct clt_probe_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_probe *probe = calloc(1, sizeof *probe);
    *out = NULL;
    if (!probe) return clt_fail(CLT_E_NOMEM, "no memory for a step");
    probe->samples = options->samples;
    TRY(clt_experiment_create(&probe->experiment, config,
                              &(struct clt_experiment_options){.device = options->device,
                                                               .opened = options->opened,
                                                               .interrupt = options->interrupt,
                                                               .real = options->real,
                                                               .plain_descent = true,
                                                               .features = options->features,
                                                               .samples = options->samples,
                                                               .as_they_are = true}));
    TRY(check_samples(probe->experiment, options->samples));
    TRY(clt_plan_create(&probe->plan, probe->experiment->model, true, options->samples));
    probe->rates = calloc(config->members * CLT_RATES, sizeof *probe->rates);
    probe->staging = calloc(largest_transfer(probe), clt_real_size(options->real));
    if (!probe->rates || !probe->staging) {
        st = clt_fail(CLT_E_NOMEM, "no memory for a step");
        goto done;
    }
    *out = probe;
    probe = NULL;
done:
    clt_probe_free(probe);
    return st;
}

void clt_probe_free(struct clt_probe *probe)
{
    if (!probe) return;
    clt_plan_free(probe->plan);
    clt_experiment_free(probe->experiment);
    free(probe->rates);
    free(probe->staging);
    free(probe);
}

const struct clt_experiment *clt_probe_experiment(const struct clt_probe *probe)
{
    return probe->experiment;
}

static double get_real(const struct clt_probe *probe, size_t i)
{
    return probe->experiment->real == CLT_DOUBLE ? ((double *)probe->staging)[i]
                                                 : (double)((float *)probe->staging)[i];
}

static void put_real(struct clt_probe *probe, size_t i, double value)
{
    if (probe->experiment->real == CLT_DOUBLE)
        ((double *)probe->staging)[i] = value;
    else
        ((float *)probe->staging)[i] = (float)value;
}

/* The view's elements, into the staging area. */
static enum clt_status fetch(struct clt_probe *probe, struct clt_view view, size_t n)
{
    const size_t size = clt_real_size(probe->experiment->real);
    return clt_buffer_read(view.buffer, view.offset * size, probe->staging, n * size);
}

static enum clt_status write_parameters(struct clt_probe *probe, const double *parameters)
{
    const size_t n = probe->experiment->network->n_parameters;
    for (size_t i = 0; i < n; i++) put_real(probe, i, parameters[i]);
    return clt_buffer_write(&probe->experiment->model->vectors.parameters, 0, probe->staging,
                            n * clt_real_size(probe->experiment->real));
}

static enum clt_status run(struct clt_probe *probe, double rate)
{
    enum clt_status st = CLT_OK;
    const struct clt_feed_row row = {0};
    for (size_t p = 0; p < probe->experiment->config->members; p++)
        clt_descent_rates(probe->rates + CLT_RATES * p, &probe->experiment->members[p]->train,
                          rate);
    TRY(clt_buffer_zero(&probe->experiment->model->state.loss));
    TRY(clt_feeder_announce(probe->experiment->feeder, &row, probe->rates, 1, probe->samples));
    TRY(clt_plan_enqueue(probe->plan));
done:
    return st;
}

enum clt_status clt_probe_step(struct clt_probe *probe, double *moved, const double *parameters)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = probe->experiment;
    const size_t n = experiment->network->n_parameters;
    TRY(write_parameters(probe, parameters));
    TRY(run(probe, 1));
    TRY(fetch(probe, (struct clt_view){&experiment->model->vectors.parameters, 0}, n));
    for (size_t i = 0; i < n; i++) moved[i] = parameters[i] - get_real(probe, i);
    TRY(write_parameters(probe, parameters));
done:
    return st;
}

enum clt_status clt_probe_set(struct clt_probe *probe, size_t segment, size_t element,
                              const double *values)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = probe->experiment;
    const size_t size = clt_real_size(experiment->real);
    for (size_t p = 0; p < experiment->config->members; p++) {
        const size_t place = clt_network_offset(experiment->network, segment, p) + element;
        put_real(probe, 0, values[p]);
        TRY(clt_buffer_write(&experiment->model->vectors.parameters, place * size, probe->staging,
                             size));
    }
done:
    return st;
}

enum clt_status clt_probe_losses(struct clt_probe *probe, double *losses)
{
    enum clt_status st = CLT_OK;
    const size_t members = probe->experiment->config->members;
    TRY(run(probe, 0));
    for (size_t p = 0; p < members; p++) {
        TRY(fetch(probe, (struct clt_view){&probe->experiment->model->state.loss, 2 * p}, 1));
        losses[p] = get_real(probe, 0) / (double)probe->samples;
        if (!isfinite(losses[p]))
            return clt_fail(CLT_E_DIVERGED,
                            "member %zu: the loss at the initial weights is not finite", p);
    }
done:
    return st;
}

/* Where element i of [features][samples] stands. */
static size_t element_at(const struct clt_plan_values *values, size_t i)
{
    return clt_batch_at(&values->batch, values->features, i / values->batch.size,
                        i % values->batch.size);
}

size_t clt_probe_pattern_size(const struct clt_probe *probe)
{
    return probe->pattern_size;
}

enum clt_status clt_probe_pattern(struct clt_probe *probe, uint8_t *pattern)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = probe->experiment->network;
    for (size_t layer = 0; layer < network->n_layers; layer++) {
        const size_t n = clt_shape_size(network->layers[layer].out) * probe->samples;
        if (!has_kink(network->layers[layer].config)) continue;
        const struct clt_plan_values values = clt_plan_output(probe->plan, layer);
        TRY(fetch(probe, values.view, values.stride * network->members));
        for (size_t p = 0; p < network->members; p++)
            for (size_t i = 0; i < n; i++)
                pattern[p * probe->pattern_size + i] =
                    get_real(probe, p * values.stride + element_at(&values, i)) > 0;
        pattern += n;
    }
done:
    return st;
}

enum clt_status clt_probe_input(struct clt_probe *probe, double *input)
{
    enum clt_status st = CLT_OK;
    const size_t n = clt_shape_size(probe->experiment->network->input) * probe->samples;
    const struct clt_plan_values values = clt_plan_input(probe->plan);
    TRY(fetch(probe, values.view, values.stride));
    for (size_t i = 0; i < n; i++) input[i] = get_real(probe, element_at(&values, i));
done:
    return st;
}
