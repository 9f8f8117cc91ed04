#include "networks.h"

#define NETWORK_OF(label, is_alone, ...)                                                           \
    {                                                                                              \
        .name = (label), .layers = (const struct clt_layer_config[]){__VA_ARGS__},                 \
        .n_layers = sizeof((const struct clt_layer_config[]){__VA_ARGS__}) /                       \
                    sizeof(struct clt_layer_config),                                               \
        .alone = (is_alone)                                                                        \
    }
#define ALONE(label, ...)   NETWORK_OF(label, true, __VA_ARGS__)
#define NETWORK(label, ...) NETWORK_OF(label, false, __VA_ARGS__)

static const struct clt_test_network networks[] = {
    ALONE("dense", LAST),
    ALONE("relu", DENSE(5), RELU, LAST),
    ALONE("sigmoid", DENSE(5), SIGMOID, LAST),
    ALONE("tanh", DENSE(5), TANH, LAST),
    ALONE("leaky_relu", DENSE(5), LEAKY_RELU, LAST),
    ALONE("batch_norm", DENSE(5), BATCH_NORM, LAST),
    ALONE("dropout", DENSE(12), DROPOUT, LAST),
    ALONE("flatten", DENSE(5), FLATTEN, LAST),

    /* several */
    NETWORK("dense, dense, dense", DENSE(6), DENSE(4), LAST),
    NETWORK("mlp", DENSE(6), RELU, DENSE(5), RELU, LAST),
    NETWORK("mlp with batch_norm", DENSE(6), BATCH_NORM, RELU, DENSE(5), BATCH_NORM, RELU, LAST),
    NETWORK("batch_norm after relu", DENSE(5), RELU, BATCH_NORM, LAST),
    NETWORK("batch_norm after sigmoid", DENSE(5), SIGMOID, BATCH_NORM, LAST),
    NETWORK("everything", DENSE(6), SIGMOID, DROPOUT, BATCH_NORM, TANH, FLATTEN, DENSE(5),
            LEAKY_RELU, BATCH_NORM, DROPOUT, RELU, LAST),

    /* one that works in place behind one whose output is still needed, or not */
    NETWORK("relu, relu", DENSE(5), RELU, RELU, LAST),
    NETWORK("sigmoid, tanh", DENSE(5), SIGMOID, TANH, LAST),
    NETWORK("sigmoid, dropout, dropout", DENSE(5), SIGMOID, DROPOUT, DROPOUT, LAST),
    NETWORK("tanh, flatten, dropout, sigmoid", DENSE(5), TANH, FLATTEN, DROPOUT, SIGMOID, LAST),
    NETWORK("dropout, relu", DENSE(5), DROPOUT, RELU, LAST),
    NETWORK("dropout, batch_norm", DENSE(5), DROPOUT, BATCH_NORM, LAST),
    NETWORK("batch_norm, dropout", DENSE(5), BATCH_NORM, DROPOUT, LAST),
    NETWORK("batch_norm, batch_norm, relu", DENSE(5), BATCH_NORM, BATCH_NORM, RELU, LAST),
    NETWORK("batch_norm, sigmoid, batch_norm", DENSE(5), BATCH_NORM, SIGMOID, BATCH_NORM, LAST),

    /* products and chains of rows too large for a run of small steps */
    NETWORK("wide", DENSE(4201), RELU, DENSE(17), BATCH_NORM, RELU, LAST),

    /* a large product that reads what a run leaves, in which gradients had several sizes */
    NETWORK("narrowing", DENSE(4201), RELU, DENSE(17), TANH, DENSE(8), TANH, DENSE(4), TANH, LAST),

    /* what the members do not share from the first layer on */
    NETWORK("relu first", RELU, DENSE(5), RELU, LAST),
    NETWORK("sigmoid first", SIGMOID, LAST),
    NETWORK("tanh, leaky_relu first", TANH, LEAKY_RELU, LAST),
    NETWORK("batch_norm first", BATCH_NORM, DENSE(5), RELU, LAST),
    NETWORK("batch_norm, sigmoid first", BATCH_NORM, SIGMOID, LAST),
    NETWORK("dropout first", DROPOUT, DENSE(5), TANH, LAST),
    NETWORK("dropout, relu, batch_norm first", DROPOUT, RELU, BATCH_NORM, LAST),
    NETWORK("flatten first", FLATTEN, DENSE(5), RELU, LAST),
    NETWORK("flatten, batch_norm first", FLATTEN, BATCH_NORM, LAST),
    NETWORK("flatten, dropout, flatten first", FLATTEN, DROPOUT, FLATTEN, LAST),
};

const struct clt_test_network *clt_test_network_at(size_t index)
{
    return index < sizeof networks / sizeof *networks ? &networks[index] : NULL;
}
