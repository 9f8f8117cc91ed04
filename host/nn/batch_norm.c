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
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_BETA, "bias", 1, units, 1));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_RUNNING_MEAN, "running_mean", 1, units,
                                1));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_RUNNING_VAR, "running_var", 1, units,
                                1));
done:
    return st;
}

/* The operation `kind`, but for its values. */
static struct clt_row_op describe(const struct clt_lowering *to, const struct clt_layer *layer,
                                  enum clt_row_kind kind)
{
    return (struct clt_row_op){.kind = kind,
                               .weight = clt_layer_offset(to, layer, GAMMA),
                               .bias = clt_layer_offset(to, layer, BETA),
                               .mean = clt_layer_offset(to, layer, RUNNING_MEAN),
                               .variance = clt_layer_offset(to, layer, RUNNING_VAR),
                               .layer = layer->index,
                               .setting = layer->config->epsilon,
                               .momentum = layer->config->momentum};
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               size_t y, struct clt_values x)
{
    struct clt_row_op op =
        describe(to, layer, to->training ? CLT_ROW_BATCH_NORM : CLT_ROW_BATCH_NORM_APPLY);
    op.in = x.offset;
    op.out = y;
    return clt_steps_add_row_op(to->steps, clt_shape_size(layer->in), op);
}

static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                size_t gx, size_t g, size_t y, struct clt_values x, bool need_gx)
{
    struct clt_row_op op = describe(to, layer, CLT_ROW_BATCH_NORM_BACKWARD);
    (void)y;
    (void)need_gx;
    op.in = g;
    op.out = gx;
    op.kept = x.offset;
    return clt_steps_add_row_op(to->steps, clt_shape_size(layer->in), op);
}

const struct clt_layer_type clt_batch_norm_type = {
    .name = "batch_norm",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
