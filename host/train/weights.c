#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum clt_status clt_weights_create(struct clt_weights *out, const struct clt_network *network,
                                   enum clt_update_rule rule)
{
    *out = (struct clt_weights){
        .network = network,
        .parameters = calloc(network->n_parameters, sizeof *out->parameters),
        .running = calloc(network->n_running + 1, sizeof *out->running), /* may be without any */
        .rule = rule,
        .n_states = clt_optimizer_states(rule)};
    bool good = out->parameters && out->running;
    for (size_t i = 0; i < out->n_states; i++) {
        out->state[i] = calloc(network->n_parameters, sizeof *out->state[i]);
        good = good && out->state[i];
    }
    if (good) return CLT_OK;
    clt_weights_free(out);
    return clt_fail(CLT_E_NOMEM, "no memory for the weights");
}

void clt_weights_free(struct clt_weights *weights)
{
    free(weights->parameters);
    free(weights->running);
    for (size_t i = 0; i < CLT_OPTIMIZER_STATES; i++) free(weights->state[i]);
    *weights = (struct clt_weights){0};
}

enum clt_status clt_weights_read(struct clt_weights *weights, const struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    TRY(clt_buffer_read(&model->vectors.parameters, 0, weights->parameters,
                        weights->network->n_parameters * sizeof *weights->parameters));
    TRY(clt_buffer_read(&model->vectors.running, 0, weights->running,
                        weights->network->n_running * sizeof *weights->running));
    for (size_t i = 0; i < weights->n_states; i++)
        TRY(clt_buffer_read(&model->optimizer.state[i], 0, weights->state[i],
                            weights->network->n_parameters * sizeof *weights->state[i]));
done:
    return st;
}

enum clt_status clt_weights_write(const struct clt_weights *weights, struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    TRY(clt_buffer_write(&model->vectors.parameters, 0, weights->parameters,
                         weights->network->n_parameters * sizeof *weights->parameters));
    TRY(clt_buffer_write(&model->vectors.running, 0, weights->running,
                         weights->network->n_running * sizeof *weights->running));
    for (size_t i = 0; i < weights->n_states; i++)
        TRY(clt_buffer_write(&model->optimizer.state[i], 0, weights->state[i],
                             weights->network->n_parameters * sizeof *weights->state[i]));
done:
    return st;
}

static float *segment_data(const struct clt_weights *weights, size_t segment, size_t member)
{
    const struct clt_network *network = weights->network;
    const bool running = clt_segment_is_running(&network->segments[segment]);
    return (running ? weights->running : weights->parameters) +
           clt_network_offset(network, segment, member);
}

struct clt_tensor clt_weights_tensor(const struct clt_weights *weights, size_t segment,
                                     size_t member, bool all)
{
    const struct clt_segment *described = &weights->network->segments[segment];
    struct clt_tensor tensor = {.name = described->name,
                                .dtype = CLT_DTYPE_F32,
                                .data = segment_data(weights, segment, member)};
    if (all) tensor.dim[tensor.rank++] = weights->network->members;
    for (size_t i = 0; i < described->rank; i++) tensor.dim[tensor.rank++] = described->dim[i];
    return tensor;
}

enum clt_status clt_weights_load(struct clt_weights *weights, const struct clt_safetensors *file,
                                 size_t member, bool all)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = weights->network;
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_tensor wanted = clt_weights_tensor(weights, s, member, all);
        const size_t n = network->segments[s].size * (all ? network->members : 1);
        const void *data;
        TRY(clt_safetensors_find(&data, file, &wanted));
        memcpy(segment_data(weights, s, member), data, n * sizeof(float));
    }
done:
    return st;
}

bool clt_weights_are_finite(size_t *segment, size_t *element, const struct clt_weights *weights,
                            size_t member)
{
    const struct clt_network *network = weights->network;
    for (*segment = 0; *segment < network->n_segments; ++*segment) {
        const float *data = segment_data(weights, *segment, member);
        for (*element = 0; *element < network->segments[*segment].size; ++*element)
            if (!isfinite(data[*element])) return false;
    }
    return true;
}

enum clt_status clt_weights_check(const struct clt_weights *weights, size_t member,
                                  const char *path)
{
    size_t segment, element;
    if (clt_weights_are_finite(&segment, &element, weights, member)) return CLT_OK;
    return clt_fail(
        CLT_E_DATA,
        "%s: element %zu of tensor '%s' of member %zu is not a finite number; something "
        "else has written this file: take another checkpoint",
        path, element, weights->network->segments[segment].name, member);
}

static const char *state_name(enum clt_update_rule rule, size_t state)
{
    if (rule != CLT_UPDATE_ADAM) return "velocity";
    return state == 0 ? "first_moment" : "second_moment";
}

struct clt_tensor clt_weights_state_tensor(const struct clt_weights *weights, size_t state,
                                           size_t segment, char name[CLT_STATE_NAME])
{
    struct clt_tensor tensor = clt_weights_tensor(weights, segment, 0, true);
    snprintf(name, CLT_STATE_NAME, "%s.%s", state_name(weights->rule, state), tensor.name);
    tensor.name = name;
    tensor.data = weights->state[state] + clt_network_offset(weights->network, segment, 0);
    return tensor;
}

enum clt_status clt_weights_load_state(struct clt_weights *weights,
                                       const struct clt_safetensors *file)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = weights->network;
    for (size_t i = 0; i < weights->n_states; i++)
        for (size_t s = 0; s < network->n_segments; s++) {
            char name[CLT_STATE_NAME];
            const void *data;
            if (clt_segment_is_running(&network->segments[s])) continue;
            const struct clt_tensor wanted = clt_weights_state_tensor(weights, i, s, name);
            TRY(clt_safetensors_find(&data, file, &wanted));
            memcpy(weights->state[i] + clt_network_offset(network, s, 0), data,
                   network->segments[s].size * network->members * sizeof(float));
        }
done:
    return st;
}
