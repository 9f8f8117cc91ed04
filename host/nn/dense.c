/* dense.c - y[out][B] = W[out][in] x[in][B] + b[out], for every member. */
#include "layer.h"

enum { WEIGHT, BIAS };

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    enum clt_status st = CLT_OK;
    const size_t in = clt_shape_size(layer->in);
    const size_t out = layer->config->units ? layer->config->units : network->classes;
    layer->out = (struct clt_shape){1, 1, out};
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_WEIGHT, "weight", 2, out, in));
    TRY(clt_network_add_segment(network, layer, CLT_SEGMENT_BIAS, "bias", 1, out, 1));
done:
    return st;
}

/* One of the layer's products; x and y are gradients in the backward pass. */
static struct clt_step product(enum clt_step_kind kind, const struct clt_lowering *to,
                               const struct clt_layer *layer, size_t y, struct clt_values x)
{
    return (struct clt_step){.kind = kind,
                             .x = x.offset,
                             .y = y,
                             .weight = clt_layer_offset(to, layer, WEIGHT),
                             .in = clt_shape_size(layer->in),
                             .out = clt_shape_size(layer->out),
                             .shared = x.shared,
                             .layer = layer->index};
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               size_t y, struct clt_values x)
{
    enum clt_status st = CLT_OK;
    TRY(clt_steps_add(to->steps, product(CLT_STEP_FORWARD, to, layer, y, x)));
    TRY(clt_steps_add_row_op(
        to->steps, clt_shape_size(layer->out),
        (struct clt_row_op){
            .kind = CLT_ROW_BIAS, .in = y, .out = y, .bias = clt_layer_offset(to, layer, BIAS)}));
done:
    return st;
}

/* db = sums of g's rows, gx[in][B] = W^T g, dW[out][in] = g[out][B] x[in][B]^T: last, since it may
 * end in an update of W. */
static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                size_t gx, size_t g, size_t y, struct clt_values x, bool need_gx)
{
    enum clt_status st = CLT_OK;
    const struct clt_values at_gx = {gx, false};
    (void)y;
    TRY(clt_steps_add_row_op(to->steps, clt_shape_size(layer->out),
                             (struct clt_row_op){.kind = CLT_ROW_BIAS_BACKWARD,
                                                 .in = g,
                                                 .bias = clt_layer_offset(to, layer, BIAS),
                                                 .layer = layer->index}));
    if (need_gx)
        TRY(clt_steps_add(to->steps, product(CLT_STEP_INPUT_GRADIENT, to, layer, g, at_gx)));
    TRY(clt_steps_add(to->steps, product(CLT_STEP_WEIGHT_GRADIENT, to, layer, g, x)));
done:
    return st;
}

const struct clt_layer_type clt_dense_type = {
    .name = "dense",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .takes_shared = true,
    .gradient_moves = true,
};
