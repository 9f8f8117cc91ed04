/* activation.c - the element-wise layers; their gradient is computed from their output. */
#include "layer.h"

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    (void)network;
    layer->out = layer->in;
    return CLT_OK;
}

static enum clt_activation kind_of(const struct clt_layer *layer)
{
    switch (layer->config->kind) {
    case CLT_LAYER_SIGMOID: return CLT_SIGMOID;
    case CLT_LAYER_TANH: return CLT_TANH;
    case CLT_LAYER_LEAKY_RELU: return CLT_LEAKY_RELU;
    default: return CLT_RELU;
    }
}

static size_t elements(const struct clt_lowering *to, const struct clt_layer *layer)
{
    return to->model->network->members * clt_shape_size(layer->in) * to->batch;
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               struct clt_view y, struct clt_values x)
{
    return clt_op_activation_forward(to->list, kind_of(layer), layer->config->slope, y, x.view,
                                     elements(to, layer));
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                struct clt_view gx, struct clt_view g, struct clt_view y,
                                struct clt_values x, bool need_gx)
{
    (void)x;
    (void)need_gx;
    return clt_op_activation_backward(to->list, kind_of(layer), layer->config->slope, gx, g, y,
                                      elements(to, layer));
}

#define ACTIVATION_TYPE(layer_name)                                                                \
    const struct clt_layer_type clt_##layer_name##_type = {                                        \
        .name = #layer_name,                                                                       \
        .infer = infer,                                                                            \
        .forward = forward,                                                                        \
        .backward = backward,                                                                      \
        .in_place = true,                                                                          \
        .keeps_output = true,                                                                      \
    }

ACTIVATION_TYPE(relu);
ACTIVATION_TYPE(sigmoid);
ACTIVATION_TYPE(tanh);
ACTIVATION_TYPE(leaky_relu);
