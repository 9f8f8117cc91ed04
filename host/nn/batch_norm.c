/* batch_norm.c - per unit over the batch; running statistics in evaluation mode. The batch's mean
 * and variance wait in a vector of their own until the update commits them. */
#include "layer.h"

enum { GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR };

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    enum clt_status st = CLT_OK;
    const size_t units = clt_shape_size(layer->in);
    layer->out = layer->in;
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_GAMMA, "weight", 1, units, 1));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_BIAS, "bias", 1, units, 1));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_RUNNING_MEAN, "running_mean", 1, units,
                                1));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_RUNNING_VAR, "running_var", 1, units,
                                1));
done:
    return st;
}

static struct clt_batch_norm describe(const struct clt_lowering *to, const struct clt_layer *layer)
{
    return (struct clt_batch_norm){
        .gamma = clt_layer_parameter(to, layer, GAMMA),
        .beta = clt_layer_parameter(to, layer, BETA),
        .mean = to->training ? clt_layer_batch(to, layer, RUNNING_MEAN)
                             : clt_layer_running(to, layer, RUNNING_MEAN),
        .var = to->training ? clt_layer_batch(to, layer, RUNNING_VAR)
                            : clt_layer_running(to, layer, RUNNING_VAR),
        .epsilon = layer->config->epsilon,
        .rows = to->model->network->members * clt_shape_size(layer->in),
        .batch = to->batch,
    };
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               struct clt_view y, struct clt_values x)
{
    const struct clt_batch_norm bn = describe(to, layer);
    return to->training ? clt_op_batch_norm_forward(to->list, &bn, y, x.view)
                        : clt_op_batch_norm_apply(to->list, &bn, y, x.view);
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                struct clt_view gx, struct clt_view g, struct clt_view y,
                                struct clt_values x, bool need_gx)
{
    const struct clt_batch_norm bn = describe(to, layer);
    (void)y;
    (void)need_gx;
    return clt_op_batch_norm_backward(to->list, &bn, gx, clt_layer_gradient(to, layer, GAMMA),
                                      clt_layer_gradient(to, layer, BETA), g, x.view);
}

const struct clt_layer_type clt_batch_norm_type = {
    .name = "batch_norm",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
