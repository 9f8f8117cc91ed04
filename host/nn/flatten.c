/* flatten.c - a sample's values lie one behind the other already: only the shape changes. */
#include "layer.h"

static enum clt_status infer(struct clt_network *network, struct clt_layer *layer)
{
    (void)network;
    layer->out = (struct clt_shape){1, 1, clt_shape_size(layer->in)};
    return CLT_OK;
}

const struct clt_layer_type clt_flatten_type = {
    .name = "flatten",
    .infer = infer,
    .takes_shared = true,
    .in_place = true,
};
