/* dense.c - y[out][B] = W[out][in] x[in][B] + b[out], for every member.
 *
 * Members that share their input are one product with m = P * out; each with its own input, a
 * batch of P products. Either is one launch. */
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

static struct clt_matrices matrices(struct clt_view view, size_t rows, size_t cols, bool shared)
{
    return (struct clt_matrices){view, cols, shared ? 0 : rows * cols};
}

static enum clt_status forward(const struct clt_lowering *to, const struct clt_layer *layer,
                               struct clt_view y, struct clt_values x)
{
    enum clt_status st = CLT_OK;
    const size_t members = to->model->network->members, batch = to->batch;
    const size_t in = clt_shape_size(layer->in), out = clt_shape_size(layer->out);
    const size_t joined = x.shared ? members : 1;
    const struct clt_gemm_shape shape = {
        .m = joined * out, .n = batch, .k = in, .batch = members / joined};
    TRY(clt_gemm_append(to->list, to->model->gemm, shape, matrices(y, out, batch, x.shared),
                        matrices(clt_layer_parameter(to, layer, WEIGHT), out, in, x.shared),
                        matrices(x.view, in, batch, x.shared)));
    TRY(clt_op_bias_forward(to->list, y, clt_layer_parameter(to, layer, BIAS), members * out,
                            batch));
done:
    return st;
}

/* dW[out][in] = g[out][B] x[in][B]^T, db = sums of g's rows, gx[in][B] = W^T g. */
static enum clt_status backward(const struct clt_lowering *to, const struct clt_layer *layer,
                                struct clt_view gx, struct clt_view g, struct clt_view y,
                                struct clt_values x, bool need_gx)
{
    enum clt_status st = CLT_OK;
    const size_t members = to->model->network->members, batch = to->batch;
    const size_t in = clt_shape_size(layer->in), out = clt_shape_size(layer->out);
    const size_t joined = x.shared ? members : 1;
    const struct clt_gemm_shape of_weight = {
        .m = joined * out, .n = in, .k = batch, .trans_b = true, .batch = members / joined};
    const struct clt_gemm_shape of_input = {
        .m = in, .n = batch, .k = out, .trans_a = true, .batch = members};
    (void)y;
    TRY(clt_gemm_append(to->list, to->model->gemm, of_weight,
                        matrices(clt_layer_gradient(to, layer, WEIGHT), out, in, x.shared),
                        matrices(g, out, batch, x.shared), matrices(x.view, in, batch, x.shared)));
    TRY(clt_op_bias_backward(to->list, clt_layer_gradient(to, layer, BIAS), g, members * out,
                             batch));
    if (need_gx)
        TRY(clt_gemm_append(to->list, to->model->gemm, of_input, matrices(gx, in, batch, false),
                            matrices(clt_layer_parameter(to, layer, WEIGHT), out, in, false),
                            matrices(g, out, batch, false)));
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
