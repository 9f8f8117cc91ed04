/* activation.c - the element-wise layers; their gradient is computed from their output. */
#include "layer.h"

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    (void)network;
    layer->out = layer->in;
    return CLT_OK;
}

/* The forward and the backward operation of each kind of layer. */
static enum clt_row_kind kind_of(const struct clt_layer *layer, bool backward)
{
    switch (layer->config->kind) {
    case CLT_LAYER_SIGMOID: return backward ? CLT_ROW_SIGMOID_BACKWARD : CLT_ROW_SIGMOID;
    case CLT_LAYER_TANH: return backward ? CLT_ROW_TANH_BACKWARD : CLT_ROW_TANH;
    case CLT_LAYER_LEAKY_RELU: return backward ? CLT_ROW_LEAKY_RELU_BACKWARD : CLT_ROW_LEAKY_RELU;
    default: return backward ? CLT_ROW_RELU_BACKWARD : CLT_ROW_RELU;
    }
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               size_t y, struct clt_values x)
{
    return clt_steps_add_row_op(to->steps, clt_shape_size(layer->in),
                                (struct clt_row_op){.kind = kind_of(layer, false),
                                                    .in = x.offset,
                                                    .out = y,
                                                    .setting = layer->config->slope});
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                size_t gx, size_t g, size_t y, struct clt_values x, bool need_gx)
{
    (void)x;
    (void)need_gx;
    return clt_steps_add_row_op(to->steps, clt_shape_size(layer->in),
                                (struct clt_row_op){.kind = kind_of(layer, true),
                                                    .in = g,
                                                    .out = gx,
                                                    .kept = y,
                                                    .setting = layer->config->slope});
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
