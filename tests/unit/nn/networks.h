/* networks.h - small networks: every kind of layer, in every place where lowering treats it
 * differently. */
#ifndef CLT_TESTS_NETWORKS_H
#define CLT_TESTS_NETWORKS_H

#include "config.h"

struct clt_test_network {
    const char *name;
    const struct clt_layer_config *layers;
    size_t n_layers;
    bool alone; /* one kind of layer between two dense ones, or a dense one by itself */
};

/* The one at `index`, NULL past the last. */
const struct clt_test_network *clt_test_network_at(size_t index);

/* A layer of struct clt_layer_config. */
#define DENSE(n)                                                                                   \
    {                                                                                              \
        .kind = CLT_LAYER_DENSE, .where = "dense", .units = (n)                                    \
    }
#define LAST DENSE(0)
#define BATCH_NORM                                                                                 \
    {                                                                                              \
        .kind = CLT_LAYER_BATCH_NORM, .momentum = 0.9, .epsilon = 0.1                              \
    }
#define RELU                                                                                       \
    {                                                                                              \
        .kind = CLT_LAYER_RELU                                                                     \
    }
#define SIGMOID                                                                                    \
    {                                                                                              \
        .kind = CLT_LAYER_SIGMOID                                                                  \
    }
#define TANH                                                                                       \
    {                                                                                              \
        .kind = CLT_LAYER_TANH                                                                     \
    }
#define LEAKY_RELU                                                                                 \
    {                                                                                              \
        .kind = CLT_LAYER_LEAKY_RELU, .slope = 0.1                                                 \
    }
#define DROPOUT                                                                                    \
    {                                                                                              \
        .kind = CLT_LAYER_DROPOUT, .rate = 0.4                                                     \
    }
#define FLATTEN                                                                                    \
    {                                                                                              \
        .kind = CLT_LAYER_FLATTEN                                                                  \
    }

#endif
