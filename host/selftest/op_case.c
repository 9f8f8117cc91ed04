#include "op_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define EPSILON 1e-5
#define SLOPE   0.25

/* --- references: they read `values`, and write `wanted` of what they call result() for --- */

static double *result(struct clt_case *c, enum clt_case_name name)
{
    c->array[name].role = CLT_WRITTEN;
    return c->array[name].wanted;
}

static const double *given(const struct clt_case *c, enum clt_case_name name)
{
    return c->array[name].values;
}

static size_t rows_of(const struct clt_case *c)
{
    return c->setup.members * c->setup.out;
}

static size_t elements_of(const struct clt_case *c)
{
    return rows_of(c) * c->setup.batch.size;
}

static void refer_activation(struct clt_case *c)
{
    clt_ref_activation_forward(result(c, clt_case_output(c)), c->op->activation, SLOPE,
                               given(c, CLT_X), elements_of(c));
}

static void refer_activation_gradient(struct clt_case *c)
{
    clt_ref_activation_backward(result(c, clt_case_output(c)), c->op->activation, SLOPE,
                                given(c, CLT_G), given(c, CLT_Y), elements_of(c));
}

static void refer_bias(struct clt_case *c)
{
    double *y = result(c, CLT_X);
    memcpy(y, given(c, CLT_X), elements_of(c) * sizeof *y);
    clt_ref_bias_forward(y, given(c, CLT_BIAS), rows_of(c), c->setup.batch.size);
}

static void refer_bias_gradient(struct clt_case *c)
{
    clt_ref_bias_backward(result(c, CLT_DBIAS), given(c, CLT_G), rows_of(c), c->setup.batch.size);
}

static struct clt_ref_batch_norm norm_of(const struct clt_case *c, double *mean, double *variance)
{
    return (struct clt_ref_batch_norm){.gamma = given(c, CLT_WEIGHT),
                                       .beta = given(c, CLT_BIAS),
                                       .mean = mean,
                                       .var = variance,
                                       .epsilon = EPSILON,
                                       .rows = rows_of(c),
                                       .batch = c->setup.batch.size};
}

static void refer_batch_norm(struct clt_case *c)
{
    const struct clt_ref_batch_norm bn = norm_of(c, result(c, CLT_MEAN), result(c, CLT_VARIANCE));
    clt_ref_batch_norm_forward(&bn, result(c, CLT_Y), given(c, CLT_X));
}

static void refer_batch_norm_apply(struct clt_case *c)
{
    const struct clt_ref_batch_norm bn =
        norm_of(c, c->array[CLT_RUNNING_MEAN].values, c->array[CLT_RUNNING_VARIANCE].values);
    clt_ref_batch_norm_apply(&bn, result(c, CLT_Y), given(c, CLT_X));
}

static void refer_batch_norm_gradient(struct clt_case *c)
{
    const struct clt_ref_batch_norm bn =
        norm_of(c, c->array[CLT_MEAN].values, c->array[CLT_VARIANCE].values);
    clt_ref_batch_norm_backward(&bn, result(c, clt_case_output(c)), result(c, CLT_DWEIGHT),
                                result(c, CLT_DBIAS), given(c, CLT_G), given(c, CLT_X));
}

static void refer_dropout(struct clt_case *c)
{
    const size_t n = c->setup.out * c->setup.batch.size;
    double *y = result(c, clt_case_output(c));
    for (size_t p = 0; p < c->setup.members; p++) {
        const struct clt_case_member *m = &c->member[p];
        const struct clt_ref_dropout dropout = {m->seed, c->update, c->layer, m->threshold,
                                                m->factor};
        clt_ref_dropout(&dropout, y + p * n, given(c, CLT_X) + p * n, c->setup.out,
                        c->setup.batch.size);
    }
}

/* A member's flags after a batch of this loss. */
static void refer_state(struct clt_case *c, struct clt_case_member *m, double loss, size_t hits)
{
    m->wanted.loss += loss;
    m->wanted.hits += (uint32_t)hits;
    if (c->op->evaluates || m->sent.frozen) return;
    if (m->sent.overflow)
        m->wanted.frozen = c->update;
    else if (!isfinite(loss))
        m->wanted.frozen = c->update + 1;
}

static void refer_loss(struct clt_case *c)
{
    const size_t classes = c->setup.out, batch = c->setup.batch.size, n = classes * batch;
    const bool sigmoid = c->op->loss == CLT_STEP_SIGMOID;
    const double count = (double)(sigmoid ? n : batch);
    for (size_t p = 0; p < c->setup.members; p++) {
        double *y = result(c, CLT_Y) + p * n, loss;
        size_t hits;
        (sigmoid ? clt_ref_sigmoid_cross_entropy : clt_ref_softmax_cross_entropy)(
            y, &loss, &hits, given(c, CLT_Y) + p * n, c->labels, classes, batch);
        for (size_t i = 0; c->op->evaluates && i < n; i++) /* y is (p - onehot) / count */
            y[i] = y[i] * count + (i / batch == c->labels[i % batch]);
        refer_state(c, &c->member[p], loss, hits);
    }
}

/* to = a b for each member; `step` elements from member to member of each. */
static void multiply(struct clt_case *c, const struct clt_ref_gemm *shape, enum clt_case_name to,
                     enum clt_case_name a, enum clt_case_name b)
{
    const size_t members = c->setup.members;
    const size_t of_to = c->array[to].count / members, of_a = c->array[a].count / members;
    const size_t of_b = c->setup.shared && b == CLT_X ? 0 : c->array[b].count / members;
    const bool exact = c->setup.exact && c->real == CLT_FLOAT;
    double *y = result(c, to);
    for (size_t p = 0; p < members; p++)
        (exact ? clt_ref_gemm_chain : clt_ref_gemm)(shape, y + p * of_to, given(c, a) + p * of_a,
                                                    given(c, b) + p * of_b);
}

static void refer_product(struct clt_case *c)
{
    const size_t in = c->setup.in, out = c->setup.out, batch = c->setup.batch.size;
    const struct clt_ref_gemm shape = {out, batch, in, false, false, batch, in, batch};
    multiply(c, &shape, CLT_Y, CLT_WEIGHT, CLT_X);
}

static void refer_input_gradient(struct clt_case *c)
{
    const size_t in = c->setup.in, out = c->setup.out, batch = c->setup.batch.size;
    const struct clt_ref_gemm shape = {in, batch, out, true, false, batch, in, batch};
    multiply(c, &shape, CLT_GX, CLT_WEIGHT, CLT_G);
}

static void refer_weight_gradient(struct clt_case *c)
{
    const size_t in = c->setup.in, out = c->setup.out, batch = c->setup.batch.size;
    const struct clt_ref_gemm shape = {out, in, batch, false, true, in, batch, batch};
    multiply(c, &shape, CLT_DWEIGHT, CLT_G, CLT_X);
}

/* --- updates --- */

double clt_case_updated(enum clt_real real, double w, double g, double rate, double decay)
{
    if (real == CLT_DOUBLE) return fma(-rate, fma(decay, w, g), w);
    return (double)fmaf(-(float)rate, fmaf((float)decay, (float)w, (float)g), (float)w);
}

double clt_case_statistic(enum clt_real real, double running, double of_batch)
{
    const double momentum = CLT_CASE_MOMENTUM;
    if (real == CLT_DOUBLE) return fma(1 - momentum, of_batch, momentum * running);
    return (double)fmaf(1 - (float)momentum, (float)of_batch, (float)momentum * (float)running);
}

/* A new value, which `change` has led to; else the mark of its tensor, if no higher one is there.
 */
static void take(const struct clt_case *c, struct clt_case_member *m, double *place, double value,
                 double change, enum clt_tensor_kind kind)
{
    const uint32_t tensor = (uint32_t)(c->layer * CLT_MARK_KINDS) + kind;
    const uint32_t mark = 1 + 2 * tensor + (isfinite(change) ? 0 : 1);
    if (isfinite(value))
        *place = value;
    else if (m->wanted.overflow < mark)
        m->wanted.overflow = mark;
}

/* Parameters move instead of their gradient being stored. */
static void update_parameters(struct clt_case *c, enum clt_case_name name,
                              enum clt_case_name gradient, enum clt_tensor_kind kind)
{
    struct clt_case_array *of_gradient = &c->array[gradient];
    const size_t n = of_gradient->count, of_member = n / c->setup.members;
    if (of_gradient->role != CLT_WRITTEN) return;
    double *w = result(c, name);
    for (size_t i = 0; i < n; i++) {
        struct clt_case_member *m = &c->member[i / of_member];
        const double decay = c->op->step == CLT_STEP_WEIGHT_GRADIENT ? m->decay : 0;
        const double g = of_gradient->wanted[i];
        if (!m->sent.frozen)
            take(c, m, &w[i], clt_case_updated(c->real, w[i], g, m->rate, decay), g, kind);
    }
    /* A product keeps sums there between blocks. */
    of_gradient->role = c->op->step == CLT_STEP_WEIGHT_GRADIENT ? CLT_UNDEFINED : CLT_UNCHANGED;
}

static void update_running(struct clt_case *c, enum clt_case_name name, enum clt_case_name of_batch,
                           enum clt_tensor_kind kind)
{
    double *running = result(c, name);
    for (size_t i = 0; i < c->array[name].count; i++) {
        struct clt_case_member *m = &c->member[i / c->setup.out];
        const double now = given(c, of_batch)[i];
        if (!m->sent.frozen)
            take(c, m, &running[i], clt_case_statistic(c->real, running[i], now), now, kind);
    }
}

static void refer_update(struct clt_case *c)
{
    const bool normalizes = c->op->row == CLT_ROW_BATCH_NORM_BACKWARD;
    update_parameters(c, CLT_WEIGHT, CLT_DWEIGHT,
                      normalizes ? CLT_TENSOR_GAMMA : CLT_TENSOR_WEIGHT);
    update_parameters(c, CLT_BIAS, CLT_DBIAS, normalizes ? CLT_TENSOR_BETA : CLT_TENSOR_BIAS);
    if (!normalizes) return;
    update_running(c, CLT_RUNNING_MEAN, CLT_MEAN, CLT_TENSOR_MEAN);
    update_running(c, CLT_RUNNING_VARIANCE, CLT_VARIANCE, CLT_TENSOR_VAR);
}

void clt_case_refer(struct clt_case *c)
{
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        struct clt_case_array *array = &c->array[i];
        array->role = CLT_UNCHANGED;
        memcpy(array->wanted, array->values, array->count * sizeof *array->values);
    }
    for (size_t p = 0; p < c->setup.members; p++) c->member[p].wanted = c->member[p].sent;
    c->op->refer(c);
    if (c->setup.updates) refer_update(c);
}

/* --- the table --- */

const struct clt_op clt_ops[CLT_OPS] = {
    [CLT_OP_BIAS] = {.name = "bias",
                     .row = CLT_ROW_BIAS,
                     .modes = CLT_IN_PLACE,
                     .ulps = 8,
                     .refer = refer_bias},
    [CLT_OP_BATCH_NORM] = {.name = "batch_norm",
                           .row = CLT_ROW_BATCH_NORM,
                           .modes = CLT_SEPARATE,
                           .setting = EPSILON,
                           .ulps = 64,
                           .refer = refer_batch_norm},
    [CLT_OP_BATCH_NORM_APPLY] = {.name = "batch_norm apply",
                                 .row = CLT_ROW_BATCH_NORM_APPLY,
                                 .modes = CLT_SEPARATE,
                                 .setting = EPSILON,
                                 .ulps = 64,
                                 .refer = refer_batch_norm_apply},
#define ACTIVATION(kind, text, text_of_gradient)                                                   \
    [CLT_OP_##kind] = {.name = (text),                                                             \
                       .row = CLT_ROW_##kind,                                                      \
                       .modes = CLT_SEPARATE | CLT_IN_PLACE,                                       \
                       .activation = CLT_REF_##kind,                                               \
                       .setting = SLOPE,                                                           \
                       .ulps = 8,                                                                  \
                       .refer = refer_activation},                                                 \
    [CLT_OP_##kind##_GRADIENT] = {.name = (text_of_gradient),                                      \
                                  .row = CLT_ROW_##kind##_BACKWARD,                                \
                                  .modes = CLT_SEPARATE | CLT_IN_PLACE,                            \
                                  .keeps = true,                                                   \
                                  .activation = CLT_REF_##kind,                                    \
                                  .setting = SLOPE,                                                \
                                  .ulps = 8,                                                       \
                                  .forward = &clt_ops[CLT_OP_##kind],                              \
                                  .refer = refer_activation_gradient}
    ACTIVATION(RELU, "relu", "relu gradient"),
    ACTIVATION(LEAKY_RELU, "leaky_relu", "leaky_relu gradient"),
    ACTIVATION(SIGMOID, "sigmoid", "sigmoid gradient"),
    ACTIVATION(TANH, "tanh", "tanh gradient"),
    [CLT_OP_DROPOUT] = {.name = "dropout",
                        .row = CLT_ROW_DROPOUT,
                        .modes = CLT_SEPARATE | CLT_IN_PLACE,
                        .ulps = 2,
                        .refer = refer_dropout},
    [CLT_OP_BIAS_GRADIENT] = {.name = "bias gradient",
                              .row = CLT_ROW_BIAS_BACKWARD,
                              .modes = CLT_SEPARATE,
                              .updates = true,
                              .ulps = 256, /* of sums that may cancel */
                              .forward = &clt_ops[CLT_OP_BIAS],
                              .refer = refer_bias_gradient},
    [CLT_OP_BATCH_NORM_GRADIENT] = {.name = "batch_norm gradient",
                                    .row = CLT_ROW_BATCH_NORM_BACKWARD,
                                    .modes = CLT_SEPARATE | CLT_IN_PLACE,
                                    .keeps = true,
                                    .updates = true,
                                    .setting = EPSILON,
                                    .ulps = 256,
                                    .forward = &clt_ops[CLT_OP_BATCH_NORM],
                                    .refer = refer_batch_norm_gradient},
    [CLT_OP_SOFTMAX] = {.name = "softmax_cross_entropy",
                        .step = CLT_STEP_LOSS,
                        .modes = CLT_SEPARATE,
                        .ulps = 64,
                        .refer = refer_loss},
    [CLT_OP_SOFTMAX_APPLY] = {.name = "softmax apply",
                              .step = CLT_STEP_LOSS,
                              .modes = CLT_SEPARATE,
                              .evaluates = true,
                              .ulps = 64,
                              .refer = refer_loss},
    [CLT_OP_SIGMOID_LOSS] = {.name = "sigmoid_cross_entropy",
                             .step = CLT_STEP_LOSS,
                             .loss = CLT_STEP_SIGMOID,
                             .modes = CLT_SEPARATE,
                             .ulps = 64,
                             .refer = refer_loss},
    [CLT_OP_SIGMOID_LOSS_APPLY] = {.name = "sigmoid_cross_entropy apply",
                                   .step = CLT_STEP_LOSS,
                                   .loss = CLT_STEP_SIGMOID,
                                   .modes = CLT_SEPARATE,
                                   .evaluates = true,
                                   .ulps = 64,
                                   .refer = refer_loss},
    [CLT_OP_PRODUCT] = {.name = "product",
                        .step = CLT_STEP_FORWARD,
                        .modes = CLT_SEPARATE,
                        .ulps = 128, /* of sums of up to 1000 products */
                        .refer = refer_product},
    [CLT_OP_INPUT_GRADIENT] = {.name = "input gradient",
                               .step = CLT_STEP_INPUT_GRADIENT,
                               .modes = CLT_SEPARATE,
                               .ulps = 128,
                               .forward = &clt_ops[CLT_OP_PRODUCT],
                               .refer = refer_input_gradient},
    [CLT_OP_WEIGHT_GRADIENT] = {.name = "weight gradient",
                                .step = CLT_STEP_WEIGHT_GRADIENT,
                                .modes = CLT_SEPARATE,
                                .updates = true,
                                .ulps = 128,
                                .forward = &clt_ops[CLT_OP_PRODUCT],
                                .refer = refer_weight_gradient},
};

/* --- a case --- */

/* What has an array's values in the type of the device. */
static void narrow(struct clt_case *c, struct clt_case_array *array)
{
    for (size_t i = 0; c->real == CLT_FLOAT && i < array->count; i++)
        array->values[i] = (double)(float)array->values[i];
}

static void shape_arrays(struct clt_case *c)
{
    const struct clt_case_setup *s = &c->setup;
    const bool product = c->op->step >= CLT_STEP_FORWARD;
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        struct clt_case_array *array = &c->array[i];
        const bool of_weight = i == CLT_WEIGHT || i == CLT_DWEIGHT;
        const size_t members = i == CLT_X && s->shared ? 1 : s->members;
        array->is_batch = i <= CLT_GX;
        array->features = i == CLT_X || i == CLT_GX ? s->in : s->out;
        array->count = members * array->features;
        array->size = array->count * s->batch.pitch;
        if (array->is_batch)
            array->count *= s->batch.size;
        else
            array->size = array->count *= of_weight && product ? s->in : 1;
    }
}

static enum clt_status fill_array(struct clt_case *c, enum clt_case_name name)
{
    struct clt_case_array *array = &c->array[name];
    array->values = calloc(array->count, sizeof *array->values);
    array->wanted = calloc(array->count, sizeof *array->wanted);
    array->got = calloc(array->count, sizeof *array->got);
    if (!array->values || !array->wanted || !array->got)
        return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    clt_compare_fill(array->values, array->count, name);
    for (size_t i = 0; name >= CLT_MEAN && i < array->count; i++)
        array->values[i] = fabs(array->values[i]); /* variances are positive */
    return CLT_OK;
}

/* Member p drops (p % 3 + 1) / 4. */
static enum clt_status fill_members(struct clt_case *c)
{
    c->member = calloc(c->setup.members, sizeof *c->member);
    c->labels = calloc(c->setup.batch.size, sizeof *c->labels);
    if (!c->member || !c->labels) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    for (size_t p = 0; p < c->setup.members; p++) {
        const uint32_t quarters = (uint32_t)(p % 3 + 1);
        c->member[p] = (struct clt_case_member){.rate = 1 / (double)(3 + p),
                                                .decay = 1 / (double)(20 + 3 * p),
                                                .seed = 1 + p * UINT64_C(0x0123456789ABCDEF),
                                                .threshold = quarters << 30,
                                                .factor = 4 / (double)(4 - quarters)};
    }
    for (size_t b = 0; b < c->setup.batch.size; b++)
        c->labels[b] = (uint16_t)(b * 31 % c->setup.out);
    return CLT_OK;
}

/* What the forward pass leaves becomes a gradient's input. */
static void keep_forward(struct clt_case *c)
{
    const struct clt_op *gradient = c->op;
    const struct clt_case_setup setup = c->setup;
    c->op = gradient->forward;
    c->setup.in_place = c->setup.updates = false;
    clt_case_refer(c);
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        struct clt_case_array *array = &c->array[i];
        memcpy(array->values, array->wanted, array->count * sizeof *array->values);
        narrow(c, array);
    }
    c->op = gradient;
    c->setup = setup;
}

enum clt_status clt_case_create(struct clt_case *out, const struct clt_bench *bench,
                                enum clt_op_kind kind, const struct clt_case_setup *setup)
{
    enum clt_status st = CLT_OK;
    *out = (struct clt_case){.op = &clt_ops[kind],
                             .setup = *setup,
                             .real = bench->real,
                             .layer = 3,
                             .update = CLT_CASE_UPDATE,
                             .repeats = 1};
    shape_arrays(out);
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) TRY(fill_array(out, (enum clt_case_name)i));
    TRY(fill_members(out));
    if (out->op->keeps) keep_forward(out);
    clt_case_refer(out);
done:
    return st;
}

void clt_case_free(struct clt_case *c)
{
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        free(c->array[i].values);
        free(c->array[i].wanted);
        free(c->array[i].got);
    }
    free(c->member);
    free(c->labels);
}

enum clt_case_name clt_case_output(const struct clt_case *c)
{
    if (c->op->row == CLT_ROW_BIAS && c->op->step == CLT_STEP_ROWS) return CLT_X;
    if (c->op->forward) return c->setup.in_place ? CLT_G : CLT_GX;
    return c->setup.in_place ? CLT_X : CLT_Y;
}

static bool same_state(const struct clt_case_state *a, const struct clt_case_state *b)
{
    return a->hits == b->hits && a->overflow == b->overflow && a->frozen == b->frozen;
}

double clt_case_error(const struct clt_case *c)
{
    double error = c->damaged ? INFINITY : 0;
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        const struct clt_case_array *array = &c->array[i];
        if (array->role == CLT_WRITTEN)
            error =
                fmax(error, clt_compare_error(c->real, array->got, array->wanted, array->count));
    }
    for (size_t p = 0; p < c->setup.members; p++) {
        const struct clt_case_state *got = &c->member[p].got, *wanted = &c->member[p].wanted;
        error = fmax(error, clt_compare_error(c->real, &got->loss, &wanted->loss, 1));
        if (!same_state(got, wanted)) error = INFINITY;
    }
    return error;
}
