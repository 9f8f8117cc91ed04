/* layer_types.c - the table of layers, and what their files share. */
#include "layer.h"

const struct clt_layer_type *clt_layer_type(enum clt_layer_kind kind)
{
    static const struct clt_layer_type *const types[] = {
        [CLT_LAYER_DENSE] = &clt_dense_type,     [CLT_LAYER_BATCH_NORM] = &clt_batch_norm_type,
        [CLT_LAYER_RELU] = &clt_relu_type,       [CLT_LAYER_SIGMOID] = &clt_sigmoid_type,
        [CLT_LAYER_TANH] = &clt_tanh_type,       [CLT_LAYER_LEAKY_RELU] = &clt_leaky_relu_type,
        [CLT_LAYER_DROPOUT] = &clt_dropout_type, [CLT_LAYER_FLATTEN] = &clt_flatten_type,
    };
    return types[kind];
}

size_t clt_layer_offset(const struct clt_lowering *to, const struct clt_layer *layer, size_t n)
{
    return clt_network_offset(to->network, layer->first_segment + n, 0);
}
