/* dropout.c - inverted dropout; the mask is drawn again for the gradient. */
#include "layer.h"

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    (void)network;
    layer->out = layer->in;
    return CLT_OK;
}

static enum clt_status append(const struct clt_lowering *to, const struct clt_layer *layer,
                              struct clt_view y, struct clt_view x)
{
    const struct clt_dropout_buffers *buffers = &to->model->dropout[layer->index];
    const struct clt_dropout dropout = {.seeds = &to->model->seeds,
                                        .threshold = &buffers->threshold,
                                        .factor = &buffers->factor,
                                        .layer = layer->index};
    return clt_op_dropout(to->list, &dropout, y, x, to->model->feed, to->model->network->members,
                          clt_shape_size(layer->in) * to->batch);
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               struct clt_view y, struct clt_values x)
{
    return append(to, layer, y, x.view);
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                struct clt_view gx, struct clt_view g, struct clt_view y,
                                struct clt_values x, bool need_gx)
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
