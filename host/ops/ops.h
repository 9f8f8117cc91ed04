/* ops.h - what a network computes, as launches: each call appends one launch to a list.
 *
 * Shape letters: P members, B batch, rows = P * units; a row's B samples are contiguous. Views are
 * of the list's element type (`real`). Formulas stand in cl/NAME.cl, a reference of each in
 * host/ref. All can fail with CLT_E_DEVICE (a kernel that does not build) and CLT_E_NOMEM. */
#ifndef CLT_OPS_H
#define CLT_OPS_H

#include "launch.h"

/* A row of the table of steps; twin of feed_row in cl/feed.clh. */
struct clt_feed_row {
    uint64_t first;  /* the batch's first place in `order` */
    uint64_t update; /* updates made before this step */
};

/* What steps read, on the device. A step takes the row at `cursor` and moves it on. */
struct clt_feed {
    struct clt_buffer images;      /* bytes [samples][features] */
    struct clt_buffer labels;      /* uint16 [samples] */
    struct clt_buffer mean, scale; /* float [features] */
    struct clt_buffer order;       /* uint32: place -> sample of the pool */
    struct clt_buffer rows;        /* struct clt_feed_row [] */
    struct clt_buffer rates;       /* real [rows][P][2]: learning rate, 1 - 2 * rate * lambda */
    struct clt_buffer cursor;      /* uint32 [2]: next row, current row */
    size_t features;
};

/* What members accumulate and whether they go on. */
struct clt_member_state {
    struct clt_buffer loss;     /* real [P][2]: sum of losses, compensation */
    struct clt_buffer hits;     /* uint32 [P] */
    struct clt_buffer frozen;   /* uint64 [P]: 0, or the number of the update that diverged */
    struct clt_buffer overflow; /* uint32 [P]: an element of the last update overflowed */
    size_t members;
};

/* x[features][B] = the batch's samples, normalised; shared by all members. */
enum clt_status clt_op_gather(struct clt_launch_list *list, struct clt_view x,
                              const struct clt_feed *feed, size_t batch);

/* y[P][n] = x[n] */
enum clt_status clt_op_broadcast(struct clt_launch_list *list, struct clt_view y, struct clt_view x,
                                 size_t members, size_t n);

/* y[rows][B] += b[rows]; db[rows] = sums of g's rows */
enum clt_status clt_op_bias_forward(struct clt_launch_list *list, struct clt_view y,
                                    struct clt_view b, size_t rows, size_t batch);
enum clt_status clt_op_bias_backward(struct clt_launch_list *list, struct clt_view db,
                                     struct clt_view g, size_t rows, size_t batch);

enum clt_activation { CLT_RELU, CLT_LEAKY_RELU, CLT_SIGMOID, CLT_TANH };
/* n elements; y may be x, gx may be g. `slope` matters to CLT_LEAKY_RELU only. */
enum clt_status clt_op_activation_forward(struct clt_launch_list *list, enum clt_activation kind,
                                          double slope, struct clt_view y, struct clt_view x,
                                          size_t n);
enum clt_status clt_op_activation_backward(struct clt_launch_list *list, enum clt_activation kind,
                                           double slope, struct clt_view gx, struct clt_view g,
                                           struct clt_view y, size_t n);

struct clt_batch_norm { /* views [rows] */
    struct clt_view gamma, beta;
    struct clt_view mean, var; /* of the batch, or running ones */
    double epsilon;
    size_t rows, batch;
};
/* y = normalised x; writes bn->mean and bn->var. y is not x. */
enum clt_status clt_op_batch_norm_forward(struct clt_launch_list *list,
                                          const struct clt_batch_norm *bn, struct clt_view y,
                                          struct clt_view x);
/* The same with mean and var as given. */
enum clt_status clt_op_batch_norm_apply(struct clt_launch_list *list,
                                        const struct clt_batch_norm *bn, struct clt_view y,
                                        struct clt_view x);
/* From the mean and var that forward wrote; gx may be g. */
enum clt_status clt_op_batch_norm_backward(struct clt_launch_list *list,
                                           const struct clt_batch_norm *bn, struct clt_view gx,
                                           struct clt_view dgamma, struct clt_view dbeta,
                                           struct clt_view g, struct clt_view x);

struct clt_dropout {                    /* [P] each */
    const struct clt_buffer *seeds;     /* uint64 */
    const struct clt_buffer *threshold; /* uint32: rate * 2^32 */
    const struct clt_buffer *factor;    /* real: 1 / (1 - rate) */
    size_t layer;                       /* number of the layer, so that each draws its own mask */
};
/* y[P][n] = x masked; forward and backward alike. y may be x. */
enum clt_status clt_op_dropout(struct clt_launch_list *list, const struct clt_dropout *dropout,
                               struct clt_view y, struct clt_view x, const struct clt_feed *feed,
                               size_t members, size_t n);

/* z[P][classes][B], scores: adds the batch's losses and hits to `state`; where `training`, z
 * becomes the mean loss's gradient and members whose loss is not finite are frozen; else z becomes
 * the probabilities. */
enum clt_status clt_op_softmax_cross_entropy(struct clt_launch_list *list, struct clt_view z,
                                             const struct clt_feed *feed,
                                             const struct clt_member_state *state, size_t classes,
                                             size_t batch, bool training);

/* A part of one segment of one member; twin of piece in cl/parameters.clh. */
enum clt_piece_kind { CLT_PIECE_DECAYED = 0, CLT_PIECE_PLAIN = 1, CLT_PIECE_RUNNING = 2 };
struct clt_piece {
    uint64_t offset;
    uint32_t count, member, kind;
    float momentum;
};
#define CLT_PIECE_SIZE 1024 /* elements of a piece at most */

struct clt_vectors {                         /* the flat vectors of a model */
    struct clt_buffer parameters, gradients; /* real */
    struct clt_buffer running, batch;        /* real: statistics of batch_norm layers */
    struct clt_buffer pieces;                /* struct clt_piece [n_pieces] */
    size_t n_pieces;
};

/* w <- fma(-rate, g, shrink * w), running <- momentum * running + (1 - momentum) * batch. */
enum clt_status clt_op_sgd(struct clt_launch_list *list, const struct clt_vectors *vectors,
                           const struct clt_feed *feed, const struct clt_member_state *state);

/* sums[n_pieces] = sum of w^2 of each decayed piece, 0 for the others */
enum clt_status clt_op_sum_squares(struct clt_launch_list *list, const struct clt_buffer *sums,
                                   const struct clt_vectors *vectors);

#endif
