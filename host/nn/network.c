#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "layer.h"
#include "philox.h"

size_t clt_shape_size(struct clt_shape shape)
{
    return shape.channels * shape.height * shape.width;
}

const char *clt_segment_kind_name(enum clt_segment_kind kind)
{
    switch (kind) {
    case CLT_SEGMENT_WEIGHT: return "weight";
    case CLT_SEGMENT_BIAS: return "bias";
    case CLT_SEGMENT_GAMMA: return "gamma";
    case CLT_SEGMENT_BETA: return "beta";
    case CLT_SEGMENT_RUNNING_MEAN: return "running_mean";
    case CLT_SEGMENT_RUNNING_VAR: return "running_var";
    }
    return "?";
}

bool clt_segment_is_running(const struct clt_segment *segment)
{
    return segment->kind == CLT_SEGMENT_RUNNING_MEAN || segment->kind == CLT_SEGMENT_RUNNING_VAR;
}

bool clt_segment_is_decayed(const struct clt_segment *segment)
{
    return segment->kind == CLT_SEGMENT_WEIGHT;
}

enum clt_status clt_network_add_segment(struct clt_network *network, const struct clt_layer *layer,
                                        enum clt_segment_kind kind, const char *name, size_t rank,
                                        size_t dim0, size_t dim1)
{
    struct clt_segment segment = {
        .kind = kind, .layer = layer->index, .rank = rank, .dim = {dim0, dim1}};
    size_t all_members;
    snprintf(segment.name, sizeof segment.name, "%zu.%s", layer->index, name);
    size_t *total = clt_segment_is_running(&segment) ? &network->n_running : &network->n_parameters;
    segment.offset = *total;
    if (!clt_multiply(&segment.size, dim0, dim1) ||
        !clt_multiply(&all_members, segment.size, network->members) ||
        !clt_add(total, *total, all_members))
        return clt_fail(CLT_E_SHAPE,
                        "%s: %zu x %zu weights for %zu members are too many to address",
                        layer->config->where, dim0, dim1, network->members);

    struct clt_segment *grown =
        realloc(network->segments, (network->n_segments + 1) * sizeof *grown);
    if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the network");
    network->segments = grown;
    network->segments[network->n_segments++] = segment;
    return CLT_OK;
}

static enum clt_status infer_layers(struct clt_network *network)
{
    enum clt_status st = CLT_OK;
    struct clt_shape shape = network->input;
    for (size_t i = 0; i < network->n_layers; i++) {
        struct clt_layer *layer = &network->layers[i];
        layer->config = &network->configs[0]->layers[i];
        layer->type = clt_layer_type(layer->config->kind);
        layer->index = i;
        layer->in = shape;
        layer->first_segment = network->n_segments;
        TRY(layer->type->infer(network, layer));
        shape = layer->out;
    }
    if (clt_shape_size(shape) != network->classes)
        return clt_fail(CLT_E_SHAPE, "%s: gives %zu scores, but the data has %zu classes",
                        network->layers[network->n_layers - 1].config->where, clt_shape_size(shape),
                        network->classes);
done:
    return st;
}

enum clt_status clt_network_create(struct clt_network **out,
                                   const struct clt_config *const *configs, size_t members,
                                   struct clt_shape input, size_t classes)
{
    enum clt_status st = CLT_OK;
    struct clt_network *network = calloc(1, sizeof *network);
    *out = NULL;
    if (!network) return clt_fail(CLT_E_NOMEM, "no memory for the network");
    network->configs = configs;
    network->members = members;
    network->input = input;
    network->classes = classes;
    network->n_layers = configs[0]->n_layers;
    network->layers = calloc(network->n_layers, sizeof *network->layers);
    if (!network->layers) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the network");
        goto done;
    }
    TRY(infer_layers(network));
    *out = network;
    network = NULL;
done:
    clt_network_free(network);
    return st;
}

void clt_network_free(struct clt_network *network)
{
    if (!network) return;
    free(network->layers);
    free(network->segments);
    free(network);
}

size_t clt_network_parameter_count(const struct clt_network *network)
{
    return network->n_parameters / network->members;
}

bool clt_network_has_batch_norm(const struct clt_network *network)
{
    return network->n_running > 0;
}

size_t clt_network_offset(const struct clt_network *network, size_t segment, size_t member)
{
    return network->segments[segment].offset + member * network->segments[segment].size;
}

/* Standard deviation of a weight [out][in]: He et al., ICCV 2015; Glorot and Bengio, AISTATS 2010;
 * LeCun et al., "Efficient BackProp", 1998. */
static double init_sigma(const struct clt_layer_config *config, const struct clt_segment *segment)
{
    const double out = (double)segment->dim[0], in = (double)segment->dim[1];
    switch (config->init) {
    case CLT_INIT_HE: return sqrt(2 / in);
    case CLT_INIT_XAVIER: return sqrt(2 / (in + out));
    case CLT_INIT_LECUN: return sqrt(1 / in);
    case CLT_INIT_NORMAL: return config->init_sigma;
    case CLT_INIT_UNIFORM:
    case CLT_INIT_ZEROS: break;
    }
    return 0;
}

static double initial_value(const struct clt_config *config, const struct clt_segment *segment,
                            size_t number, size_t element)
{
    const struct clt_layer_config *layer = &config->layers[segment->layer];
    const uint32_t stream = (uint32_t)number;
    switch (segment->kind) {
    case CLT_SEGMENT_WEIGHT: break;
    case CLT_SEGMENT_BIAS:
    case CLT_SEGMENT_BETA:
    case CLT_SEGMENT_RUNNING_MEAN: return 0;
    case CLT_SEGMENT_GAMMA:
    case CLT_SEGMENT_RUNNING_VAR: return 1;
    }
    if (layer->init == CLT_INIT_UNIFORM)
        return layer->init_limit *
               (2 * clt_random_uniform(config->seed, CLT_RANDOM_WEIGHTS, stream, element) - 1);
    if (layer->init == CLT_INIT_ZEROS) return 0;
    return init_sigma(layer, segment) *
           clt_random_normal(config->seed, CLT_RANDOM_WEIGHTS, stream, element);
}

void clt_network_initialize(const struct clt_network *network, enum clt_real real, void *parameters,
                            void *running)
{
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        void *vector = clt_segment_is_running(segment) ? running : parameters;
        for (size_t member = 0; member < network->members; member++) {
            const size_t offset = clt_network_offset(network, s, member);
            for (size_t i = 0; i < segment->size; i++) {
                const double value = initial_value(network->configs[member], segment, s, i);
                if (real == CLT_DOUBLE)
                    ((double *)vector)[offset + i] = value;
                else
                    ((float *)vector)[offset + i] = (float)value;
            }
        }
    }
}
