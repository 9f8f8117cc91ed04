/* ops.h - what stands around the steps of a network (steps.h), as launches: each call appends one
 * launch to a list.
 *
 * Shape letters: P members, B batch. Views are of the list's element type (`real`). Formulas stand
 * in cl/NAME.cl, a reference of each in host/ref. All can fail with CLT_E_DEVICE (a kernel that
 * does not build) and CLT_E_NOMEM. */
#ifndef CLT_OPS_H
#define CLT_OPS_H

#include "gemm.h"

/* A row of the table of steps; twin of feed_row in cl/feed.clh. */
struct clt_feed_row {
    uint64_t first;        /* the batch's first place in `order` */
    uint64_t update;       /* updates made before this step */
    uint64_t epoch, place; /* of the batch's first sample, in training: what augmentation draws
                              with. The place is that in the epoch's order, wherever it lies now. */
};

/* What steps read, on the device. A step takes the row at `cursor` and moves it on. */
struct clt_feed {
    struct clt_buffer images;      /* bytes [samples][features] */
    struct clt_buffer labels;      /* uint16 [samples] */
    struct clt_buffer mean, scale; /* float [features] */
    struct clt_buffer order;       /* uint32: place -> sample of the pool */
    struct clt_buffer rows;        /* struct clt_feed_row [] */
    struct clt_buffer rates;       /* real [rows][P][CLT_RATES], see cl/feed.clh */
    struct clt_buffer cursor;      /* uint32 [2]: next row, current row */
    size_t features;
};

/* What members accumulate and whether they go on. */
struct clt_member_state {
    struct clt_buffer loss;     /* real [P][2]: sum of losses, compensation */
    struct clt_buffer hits;     /* uint32 [P] */
    struct clt_buffer frozen;   /* uint64 [P]: 0, or the number of the update that diverged */
    struct clt_buffer overflow; /* uint32 [P]: 0, or the mark of an element of the last update that
                                   overflowed: 1 + 2 * tensor, + 1 where its gradient did */
    size_t members;
};

/* The tensor of a mark is kind + CLT_MARK_KINDS * layer. Twins in cl/update.clh. */
enum clt_tensor_kind {
    CLT_TENSOR_WEIGHT,
    CLT_TENSOR_BIAS,
    CLT_TENSOR_GAMMA,
    CLT_TENSOR_BETA,
    CLT_TENSOR_MEAN,
    CLT_TENSOR_VAR
};
#define CLT_MARK_KINDS 8

/* x = the batch's samples, normalised: a batch of feed->features, shared by all members. */
enum clt_status clt_op_gather(struct clt_launch_list *list, struct clt_view x,
                              const struct clt_feed *feed, const struct clt_batch *batch);

struct clt_augmentation { /* of pictures [channels][height][width] */
    size_t height, width;
    uint64_t seed;
    bool mirror;  /* left-right, each sample with probability 1/2 */
    size_t shift; /* pixels at most along each axis, below height and width */
};
/* The same of pictures that are mirrored and moved at random. */
enum clt_status clt_op_gather_augmented(struct clt_launch_list *list, struct clt_view x,
                                        const struct clt_feed *feed, const struct clt_batch *batch,
                                        const struct clt_augmentation *augmentation);

/* y[P][n] = x[n] */
enum clt_status clt_op_broadcast(struct clt_launch_list *list, struct clt_view y, struct clt_view x,
                                 size_t members, size_t n);

/* A part of one segment of one member; twin of piece in cl/parameters.clh. */
enum clt_piece_kind { CLT_PIECE_DECAYED = 0, CLT_PIECE_PLAIN = 1, CLT_PIECE_RUNNING = 2 };
struct clt_piece {
    uint64_t offset;
    uint32_t count, member, kind;
    float momentum;
    uint32_t tensor; /* for the mark of an element that overflows */
};
#define CLT_PIECE_SIZE 1024 /* elements of a piece at most */

struct clt_vectors {                         /* the flat vectors of a model */
    struct clt_buffer parameters, gradients; /* real */
    struct clt_buffer running, statistics;   /* real: of batch_norm layers; those of the batch */
    struct clt_buffer pieces;                /* struct clt_piece [n_pieces] */
    size_t n_pieces;
};

/* What an update makes of a gradient; formulas: cl/optimizers.cl. */
enum clt_update_rule { CLT_UPDATE_SGD, CLT_UPDATE_MOMENTUM, CLT_UPDATE_NESTEROV, CLT_UPDATE_ADAM };
#define CLT_OPTIMIZER_STATES   2 /* vectors that a rule remembers, at most */
#define CLT_OPTIMIZER_SETTINGS 3 /* of a member */

struct clt_optimizer {
    enum clt_update_rule rule;
    struct clt_buffer state[CLT_OPTIMIZER_STATES]; /* real, like the parameters */
    struct clt_buffer settings; /* real [P][CLT_OPTIMIZER_SETTINGS]: momentum; or 1 - beta1,
                                   1 - beta2, epsilon */
};
/* How many it remembers: none; the velocity; the first and the second moment. */
size_t clt_optimizer_states(enum clt_update_rule rule);

/* All parameters by the rule; running <- momentum * running + (1 - momentum) * statistics. */
enum clt_status clt_op_update(struct clt_launch_list *list, const struct clt_vectors *vectors,
                              const struct clt_optimizer *optimizer, const struct clt_feed *feed,
                              const struct clt_member_state *state);

/* sums[n_pieces] = sum of w^2 of each decayed piece, 0 for the others */
enum clt_status clt_op_sum_squares(struct clt_launch_list *list, const struct clt_buffer *sums,
                                   const struct clt_vectors *vectors);

#endif
