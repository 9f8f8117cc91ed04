/* op_case.h - the operations of a network's steps beside their references in host/ref: one table
 * for the self-test and the tests.
 *
 * A case is an operation at a shape, carried out in one of several ways. It owns every array that
 * any operation reads or writes; those that its own does not write must come back as they were. */
#ifndef CLT_OP_CASE_H
#define CLT_OP_CASE_H

#include "memory.h"
#include "ref.h"
#include "steps.h"

enum clt_op_kind {
    CLT_OP_BIAS,
    CLT_OP_BATCH_NORM,
    CLT_OP_BATCH_NORM_APPLY,
    CLT_OP_RELU,
    CLT_OP_LEAKY_RELU,
    CLT_OP_SIGMOID,
    CLT_OP_TANH,
    CLT_OP_DROPOUT,
    CLT_OP_BIAS_GRADIENT,
    CLT_OP_BATCH_NORM_GRADIENT,
    CLT_OP_RELU_GRADIENT,
    CLT_OP_LEAKY_RELU_GRADIENT,
    CLT_OP_SIGMOID_GRADIENT,
    CLT_OP_TANH_GRADIENT,
    CLT_OP_SOFTMAX,       /* in training: the loss's gradient */
    CLT_OP_SOFTMAX_APPLY, /* in evaluation: probabilities */
    CLT_OP_SIGMOID_LOSS,  /* likewise, a binary loss for each class */
    CLT_OP_SIGMOID_LOSS_APPLY,
    CLT_OP_PRODUCT,        /* y = W x */
    CLT_OP_INPUT_GRADIENT, /* gx = W^T g */
    CLT_OP_WEIGHT_GRADIENT /* dW = g x^T */
};
#define CLT_OPS (CLT_OP_WEIGHT_GRADIENT + 1)

/* The arrays of a case; dimensions of the host's. `in` and `out` differ for products only. */
enum clt_case_name {
    CLT_X,       /* [P][in][B], or [in][B] where it is shared */
    CLT_Y,       /* [P][out][B] */
    CLT_G,       /* [P][out][B], gradient with regard to Y */
    CLT_GX,      /* [P][in][B] */
    CLT_WEIGHT,  /* [P][out][in] of a product, [P][out] else: gamma */
    CLT_BIAS,    /* [P][out], also beta */
    CLT_DWEIGHT, /* like CLT_WEIGHT */
    CLT_DBIAS,
    CLT_MEAN, /* [P][out], of the batch */
    CLT_VARIANCE,
    CLT_RUNNING_MEAN,
    CLT_RUNNING_VARIANCE
};
#define CLT_CASE_ARRAYS (CLT_RUNNING_VARIANCE + 1)

struct clt_case_array {
    enum { CLT_UNCHANGED, CLT_WRITTEN, CLT_UNDEFINED } role;
    bool is_batch;
    size_t count, features; /* of the host's array; of a batch */
    size_t offset, size;    /* in its vector on the device, in elements */
    double *values, *wanted, *got;
};

struct clt_case_state {
    double loss;
    uint32_t hits, overflow;
    uint64_t frozen;
};

struct clt_case_member {
    double rate, decay; /* of the update */
    uint64_t seed;
    uint32_t threshold; /* of dropout */
    double factor;
    struct clt_case_state sent, wanted, got;
};

struct clt_case_setup {
    size_t members, in, out;
    struct clt_batch batch;
    bool shared;   /* X, of a product */
    bool in_place; /* Y is X, GX is G; see clt_op.modes */
    bool updates;  /* parameters instead of gradients */
    bool joined;   /* one of several steps of a launch, where it is small enough */
    bool exact;    /* in float, the reference of a product is the chain */
};

struct clt_case;
enum { CLT_SEPARATE = 1, CLT_IN_PLACE = 2 };

struct clt_op {
    const char *name;
    enum clt_step_kind step;
    enum clt_step_loss loss;
    enum clt_row_kind row;
    unsigned modes;
    bool keeps;   /* a gradient that reads what the forward pass left */
    bool updates; /* has gradients of parameters */
    bool evaluates;
    enum clt_ref_activation activation;
    double setting, ulps;         /* of the row operation; bound of the relative error */
    const struct clt_op *forward; /* of a gradient: what it is the gradient of */
    void (*refer)(struct clt_case *c);
};
extern const struct clt_op clt_ops[CLT_OPS];

#define CLT_CASE_UPDATE   (UINT64_C(5) << 32 | 7) /* made before the step: both halves count */
#define CLT_CASE_MOMENTUM 0.75

struct clt_case {
    const struct clt_op *op;
    struct clt_case_setup setup;
    enum clt_real real;
    struct clt_case_array array[CLT_CASE_ARRAYS];
    struct clt_case_member *member; /* [members] */
    uint16_t *labels;               /* [B] */
    uint32_t layer;                 /* of dropout, and of marks */
    uint64_t update;
    size_t repeats;      /* runs, one after the other */
    const char *damaged; /* after a run: what was written that must not be, or NULL */
    size_t launches;
};

/* Filled, with what the forward pass leaves where the operation keeps it. Free it in any case. */
enum clt_status clt_case_create(struct clt_case *out, const struct clt_bench *bench,
                                enum clt_op_kind kind, const struct clt_case_setup *setup);
void clt_case_free(struct clt_case *c);
/* What the operation should give from what stands in `values` and `sent` now. */
void clt_case_refer(struct clt_case *c);
/* The worst array's or loss's error, in units of the last place; infinite where a count, a flag or
 * what must not be written differs. */
double clt_case_error(const struct clt_case *c);
/* Where the operation writes its values: X or Y, G or GX. */
enum clt_case_name clt_case_output(const struct clt_case *c);
/* w - rate * (g + decay * w), or the new running statistic, in `real`. */
double clt_case_updated(enum clt_real real, double w, double g, double rate, double decay);
double clt_case_statistic(enum clt_real real, double running, double of_batch);

/* Appends the operation to a list, for whoever carries it out in an own way. */
struct clt_case_launcher {
    enum clt_status (*append)(struct clt_launch_list *list, const struct clt_case *c,
                              const struct clt_step_memory *memory, const void *self);
    const void *self;
};
/* On the device by clt_op_steps(), or by the launcher where it is not NULL; fills in what is `got`.
 */
enum clt_status clt_case_run(struct clt_case *c, const struct clt_bench *bench,
                             const struct clt_gemm *gemm, const struct clt_case_launcher *launcher);

#endif
