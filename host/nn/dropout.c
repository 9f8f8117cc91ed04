/* dropout.c - inverted dropout; the mask is drawn again for the gradient. */
#include "layer.h"

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    (void)network;
    layer->out = layer->in;
    return CLT_OK;
}

static enum clt_status append(const struct clt_lowering *to, const struct clt_layer *layer,
                              size_t y, size_t x)
{
    return clt_steps_add_row_op(
        to->steps, clt_shape_size(layer->in),
        (struct clt_row_op){.kind = CLT_ROW_DROPOUT, .in = x, .out = y, .layer = layer->index});
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               size_t y, struct clt_values x)
{
    return append(to, layer, y, x.offset);
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                size_t gx, size_t g, size_t y, struct clt_values x, bool need_gx)
{
    (void)y;
    (void)x;
    (void)need_gx;
    return append(to, layer, gx, g);
}

const struct clt_layer_type clt_dropout_type = {
    .name = "dropout",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .in_place = true,
    .identity_in_evaluation = true,
};
