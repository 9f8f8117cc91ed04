/* steps.h - a network's passes as a list of steps, and that list as launches.
 *
 * A step is a product of a dense layer, a chain of operations on rows, or the loss. Large ones are
 * a launch each; those in a row that are small are one launch together. Which are, is decided by
 * their shapes for one member, so that the launches do not depend on the number of members. */
#ifndef CLT_STEPS_H
#define CLT_STEPS_H

#include "ops.h"

/* Twin of row_kind in cl/model.clh. */
enum clt_row_kind {
    CLT_ROW_BIAS,
    CLT_ROW_BATCH_NORM,
    CLT_ROW_BATCH_NORM_APPLY, /* with the running statistics */
    CLT_ROW_RELU,
    CLT_ROW_LEAKY_RELU,
    CLT_ROW_SIGMOID,
    CLT_ROW_TANH,
    CLT_ROW_DROPOUT, /* forward and backward alike */
    CLT_ROW_BIAS_BACKWARD,
    CLT_ROW_BATCH_NORM_BACKWARD,
    CLT_ROW_RELU_BACKWARD,
    CLT_ROW_LEAKY_RELU_BACKWARD,
    CLT_ROW_SIGMOID_BACKWARD,
    CLT_ROW_TANH_BACKWARD
};

/* An operation on the samples of one unit. Values (in, out, kept) are batches of the step's units
 * in the workspace, weight and bias stand in the parameters, mean and variance in the statistics:
 * all offsets of member 0. Formulas: cl/row_*.clh. */
struct clt_row_op {
    enum clt_row_kind kind;
    size_t in, out;        /* may be the same but for CLT_ROW_BATCH_NORM */
    size_t kept;           /* activations backward: their output; batch norm backward: its input */
    size_t weight, bias;   /* gamma; bias or beta */
    size_t mean, variance; /* in `statistics`, or in `running` for CLT_ROW_BATCH_NORM_APPLY */
    size_t layer;          /* dropout draws its own mask in each, an overflow is marked with it */
    double setting;        /* epsilon, or the slope of leaky_relu */
    double momentum;       /* of the running statistics */
};

/* Twin of step_kind in cl/steps.cl. */
enum clt_step_kind {
    CLT_STEP_ROWS,
    CLT_STEP_LOSS, /* y: scores in; out: their gradient, or probabilities in evaluation */
    CLT_STEP_FORWARD,
    CLT_STEP_INPUT_GRADIENT,
    CLT_STEP_WEIGHT_GRADIENT
};

/* Twin of loss_kind in cl/loss.clh. */
enum clt_step_loss {
    CLT_STEP_SOFTMAX, /* one cross-entropy over all classes */
    CLT_STEP_SIGMOID  /* the mean of a binary one for each class */
};

struct clt_step {
    enum clt_step_kind kind;
    size_t x, y;    /* batches of `in` and `out` features in the workspace, or gradients there */
    size_t weight;  /* in the parameters and gradients */
    size_t in, out; /* CLT_STEP_ROWS, CLT_STEP_LOSS: out alone */
    bool shared;    /* x is the same for all members */
    enum clt_step_loss loss; /* CLT_STEP_LOSS */
    size_t first, count;     /* CLT_STEP_ROWS: of the list's operations */
    size_t layer;            /* CLT_STEP_WEIGHT_GRADIENT: for the mark of an overflow */
};

struct clt_steps { /* start with {0} */
    struct clt_step *step;
    struct clt_row_op *op;
    size_t n_steps, n_ops, step_capacity, op_capacity;
};
enum clt_status clt_steps_add(struct clt_steps *steps, struct clt_step step);
/* Goes on with the chain that the list ends with, or starts one. */
enum clt_status clt_steps_add_row_op(struct clt_steps *steps, size_t units, struct clt_row_op op);
void clt_steps_free(struct clt_steps *steps);

/* What the steps of a model work on; all borrowed. */
struct clt_step_memory {
    const struct clt_vectors *vectors;
    const struct clt_feed *feed;
    const struct clt_member_state *state;
    const struct clt_buffer *workspace;
    const struct clt_buffer *seeds;     /* uint64 [P] */
    const struct clt_buffer *threshold; /* uint32 [layers][P]: dropout's rate * 2^32 */
    const struct clt_buffer *factor;    /* real [layers][P]: 1 / (1 - rate) */
};

/* The steps as the device reads them. Start with {0}; free it after the launches. */
struct clt_step_tables {
    struct clt_buffer steps, ops, constants;
};
void clt_step_tables_free(struct clt_step_tables *tables);

/* How a list of steps is carried out. */
struct clt_step_mode {
    struct clt_batch batch;
    bool training;
    bool updates; /* parameters are updated where their gradient is found; else gradients are
                     stored. Needs clt_gemm_is_fused(). */
};
enum clt_status clt_op_steps(struct clt_launch_list *list, struct clt_step_tables *tables,
                             const struct clt_gemm *gemm, const struct clt_step_memory *memory,
                             const struct clt_step_mode *mode, const struct clt_steps *steps);

#endif
