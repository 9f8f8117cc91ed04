/* model.h - a population of networks on a device: parameters, gradients, state, workspace. */
#ifndef CLT_MODEL_H
#define CLT_MODEL_H

#include "gemm.h"
#include "network.h"
#include "steps.h"

struct clt_model {
    struct clt_device *device;         /* borrowed */
    const struct clt_network *network; /* borrowed */
    const struct clt_feed *feed;       /* borrowed */
    enum clt_real real;
    struct clt_gemm *gemm;
    struct clt_vectors vectors;
    struct clt_optimizer optimizer;
    bool stores_gradients; /* and updates everything in a launch of its own */
    struct clt_member_state state;
    struct clt_buffer seeds;             /* uint64 [P] */
    struct clt_buffer threshold, factor; /* of dropout: uint32, real [n_layers][P] */
    struct clt_buffer workspace;         /* activations and gradients of whichever plan runs */
    struct clt_buffer square_sums;       /* real [n_pieces] */
    struct clt_launch_list *sum_squares;
    struct clt_piece *pieces; /* the host's copy */
};

/* What the configs of a network's members ask for: plain descent where none of them has momentum.
 * The members have the same optimiser and differ in its numbers. */
enum clt_update_rule clt_network_update_rule(const struct clt_network *network);

struct clt_model_options {
    enum clt_gemm_choice gemm;
    enum clt_real real;
    enum clt_update_rule rule;
    bool stores_gradients; /* also where an update could be made where its gradient is found */
    size_t workspace; /* elements: the largest of clt_plan_workspace() over the plans to come */
};

/* Device memory, in bytes, before anything is allocated. */
struct clt_memory {
    size_t parameters; /* with gradients, running statistics, optimiser state */
    size_t workspace;
    size_t largest; /* allocation of these */
};
/* CLT_E_SHAPE: does not fit size_t. */
enum clt_status clt_model_memory(struct clt_memory *out, const struct clt_network *network,
                                 const struct clt_model_options *options);

/* Allocates; the flat vectors are the caller's to write (vectors.parameters, vectors.running), but
 * for the optimiser's, which are zeros. */
enum clt_status clt_model_create(struct clt_model **out, struct clt_device *device,
                                 const struct clt_network *network, const struct clt_feed *feed,
                                 const struct clt_model_options *options);
void clt_model_free(struct clt_model *model); /* NULL is fine */

/* What the steps of its plans work on. */
struct clt_step_memory clt_model_step_memory(const struct clt_model *model);

/* Per member [P]: 0, or the number of the update that diverged, after `updates` of them, and the
 * mark of the tensor that overflowed (ops.h), 0 where it was the loss. Waits. */
enum clt_status clt_model_read_frozen(const struct clt_model *model, uint64_t *frozen,
                                      uint32_t *marks, uint64_t updates);
/* Members with a number take no more updates; none has a mark. Waits. */
enum clt_status clt_model_write_frozen(struct clt_model *model, const uint64_t *frozen);
/* Per member [P]: lambda's factor, the sum of squared weights. Waits. */
enum clt_status clt_model_sum_squares(const struct clt_model *model, double *sums);

#endif
