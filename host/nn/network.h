/* network.h - the layers of a network, their shapes, and where their parameters lie. Knows no
 * device memory.
 *
 * Shape letters: P members, B batch. Parameters of all members lie in one flat vector, segment
 * after segment; a segment is [P][size], so that a layer's weights are one [P * out][in] matrix. */
#ifndef CLT_NETWORK_H
#define CLT_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include <cltrain/shape.h>

#include "config.h"
#include "ops.h"

/* Elements of a sample. On the device the batch comes last. */
size_t clt_shape_size(struct clt_shape shape);

enum clt_segment_kind {
    CLT_SEGMENT_WEIGHT = CLT_TENSOR_WEIGHT,
    CLT_SEGMENT_BIAS = CLT_TENSOR_BIAS,
    CLT_SEGMENT_GAMMA = CLT_TENSOR_GAMMA, /* scale and shift of batch normalisation */
    CLT_SEGMENT_BETA = CLT_TENSOR_BETA,
    CLT_SEGMENT_RUNNING_MEAN = CLT_TENSOR_MEAN,
    CLT_SEGMENT_RUNNING_VAR = CLT_TENSOR_VAR
};

/* One parameter tensor, or one of running statistics. */
struct clt_segment {
    char name[32]; /* PyTorch's in an nn.Sequential: "0.weight" */
    enum clt_segment_kind kind;
    size_t layer;
    size_t rank, dim[2]; /* of one member */
    size_t size;         /* elements of one member */
    size_t offset;       /* of member 0, in the parameter vector or that of running statistics */
};
const char *clt_segment_kind_name(enum clt_segment_kind kind); /* "weight", "gamma", ... */
bool clt_segment_is_running(const struct clt_segment *segment);
bool clt_segment_is_decayed(const struct clt_segment *segment); /* weights only */

struct clt_layer_type;

struct clt_layer {
    const struct clt_layer_type *type;
    const struct clt_layer_config *config; /* borrowed; of member 0 */
    size_t index;
    struct clt_shape in, out;
    size_t first_segment; /* the layer's segments follow each other */
};

struct clt_network {
    struct clt_layer *layers;
    size_t n_layers;
    struct clt_segment *segments;
    size_t n_segments;
    size_t members;
    struct clt_shape input;
    size_t classes;
    size_t n_parameters, n_running;          /* elements of the flat vectors, all members */
    const struct clt_config *const *configs; /* [members], borrowed: what may differ between them */
};

/* Infers every shape. `configs` (one per member) are borrowed. CLT_E_SHAPE: two layers do not fit;
 * says which, and where they stand in the config. */
enum clt_status clt_network_create(struct clt_network **out,
                                   const struct clt_config *const *configs, size_t members,
                                   struct clt_shape input, size_t classes);
void clt_network_free(struct clt_network *network); /* NULL is fine */

/* Of one member, running statistics not counted. */
size_t clt_network_parameter_count(const struct clt_network *network);
bool clt_network_has_batch_norm(const struct clt_network *network);

/* Where segment `segment` of a member starts in its flat vector. */
size_t clt_network_offset(const struct clt_network *network, size_t segment, size_t member);

/* Fills the flat vectors (of `real`) with initial values, drawn from each member's own seed. */
void clt_network_initialize(const struct clt_network *network, enum clt_real real, void *parameters,
                            void *running);

#endif
