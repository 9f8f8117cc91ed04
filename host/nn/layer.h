/* layer.h - what a kind of layer is: a table of functions. Adding one: a file with such a table,
 * and a row in layer_types.c. */
#ifndef CLT_LAYER_H
#define CLT_LAYER_H

#include "model.h"
#include "network.h"
#include "steps.h"

/* What a layer's steps are appended to. */
struct clt_lowering {
    struct clt_steps *steps;
    const struct clt_network *network;
    bool training;
};

/* The input of a layer in the workspace: a batch of every member, or one that they share. */
struct clt_values {
    size_t offset;
    bool shared;
};

struct clt_layer_type {
    const char *name;
    /* Sets layer->out from layer->in, registers the layer's segments by clt_network_add_segment().
     */
    enum clt_status (*infer)(struct clt_network *network, struct clt_layer *layer);
    /* NULL: the output is the input, no step. */
    enum clt_status (*forward)(const struct clt_lowering *to, const struct clt_layer *layer,
                               size_t y, struct clt_values x);
    /* gx, and the gradients of the layer's parameters. `need_gx` is false for the first layer that
     * has parameters. gx is g unless `gradient_moves`. */
    enum clt_status (*backward)(const struct clt_lowering *to, const struct clt_layer *layer,
                                size_t gx, size_t g, size_t y, struct clt_values x, bool need_gx);
    bool takes_shared;           /* works on an input that the members share */
    bool in_place;               /* forward may write over its input */
    bool keeps_output;           /* backward reads y: the next layer may not write over it */
    bool gradient_moves;         /* backward writes gx elsewhere than g */
    bool identity_in_evaluation; /* no forward outside training */
};

const struct clt_layer_type *clt_layer_type(enum clt_layer_kind kind);

enum clt_status clt_network_add_segment(struct clt_network *network, const struct clt_layer *layer,
                                        enum clt_segment_kind kind, const char *name, size_t rank,
                                        size_t dim0, size_t dim1);

/* Where the layer's n-th segment starts in its flat vector, for member 0. */
size_t clt_layer_offset(const struct clt_lowering *to, const struct clt_layer *layer, size_t n);

extern const struct clt_layer_type clt_dense_type, clt_batch_norm_type, clt_relu_type,
    clt_sigmoid_type, clt_tanh_type, clt_leaky_relu_type, clt_dropout_type, clt_flatten_type;

#endif
