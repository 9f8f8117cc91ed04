#include "steps.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "geometry.h"

/* A product that one work-item makes in less time than some launches cost. */
#define SMALL_PRODUCT_MOST (1 << 20) /* multiplications of one member */
#define SMALL_BATCH_MOST   256       /* twin of SMALL_BATCH_MOST in cl/small_dense.clh */
#define SMALL_ROWS_MOST    (1 << 15) /* values of one member */

/* --- the list --- */

/* Room for one more of `size` bytes in *array. */
static enum clt_status grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) return CLT_OK;
    const size_t larger = *capacity ? 2 * *capacity : 16;
    void *grown = realloc(*array, larger * size);
    if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the steps of a network");
    *array = grown;
    *capacity = larger;
    return CLT_OK;
}

enum clt_status clt_steps_add(struct clt_steps *steps, struct clt_step step)
{
    enum clt_status st = CLT_OK;
    void *array = steps->step;
    TRY(grow(&array, &steps->step_capacity, steps->n_steps, sizeof step));
    steps->step = array;
    steps->step[steps->n_steps++] = step;
done:
    return st;
}

enum clt_status clt_steps_add_row_op(struct clt_steps *steps, size_t units, struct clt_row_op op)
{
    enum clt_status st = CLT_OK;
    void *array = steps->op;
    TRY(grow(&array, &steps->op_capacity, steps->n_ops, sizeof op));
    steps->op = array;
    if (!steps->n_steps || steps->step[steps->n_steps - 1].kind != CLT_STEP_ROWS ||
        steps->step[steps->n_steps - 1].out != units)
        TRY(clt_steps_add(
            steps, (struct clt_step){.kind = CLT_STEP_ROWS, .out = units, .first = steps->n_ops}));
    steps->op[steps->n_ops++] = op;
    steps->step[steps->n_steps - 1].count++;
done:
    return st;
}

void clt_steps_free(struct clt_steps *steps)
{
    free(steps->step);
    free(steps->op);
    *steps = (struct clt_steps){0};
}

/* --- the tables --- */

/* Twin of row_op in cl/model.clh. */
struct op_row {
    uint64_t in, out, kept, weight, bias, mean, variance;
    uint32_t kind, layer;
};

/* Twin of step in cl/steps.cl. */
struct step_row {
    uint64_t x, y, weight, first, count;
    uint32_t in, out, kind, shared, loss, layer;
};

static enum clt_status send_ops(struct clt_step_tables *tables, struct clt_launch_list *list,
                                const struct clt_steps *steps)
{
    enum clt_status st = CLT_OK;
    const bool is_double = clt_launch_list_real(list) == CLT_DOUBLE;
    struct op_row *rows = calloc(steps->n_ops + 1, sizeof *rows);
    double *wide = calloc(2 * steps->n_ops + 1, sizeof *wide);
    float *narrow = calloc(2 * steps->n_ops + 1, sizeof *narrow);
    if (!rows || !wide || !narrow) TRY(clt_fail(CLT_E_NOMEM, "no memory for the table of rows"));
    for (size_t i = 0; i < steps->n_ops; i++) {
        const struct clt_row_op *op = &steps->op[i];
        rows[i] = (struct op_row){
            op->in,   op->out,      op->kept,           op->weight,         op->bias,
            op->mean, op->variance, (uint32_t)op->kind, (uint32_t)op->layer};
        wide[2 * i] = op->setting;
        wide[2 * i + 1] = op->momentum;
    }
    for (size_t i = 0; i < 2 * steps->n_ops; i++) narrow[i] = (float)wide[i];
    struct clt_device *device = clt_launch_list_device(list);
    TRY(clt_buffer_create_filled(&tables->ops, device, rows, steps->n_ops * sizeof *rows));
    TRY(is_double ? clt_buffer_create_filled(&tables->constants, device, wide,
                                             2 * steps->n_ops * sizeof *wide)
                  : clt_buffer_create_filled(&tables->constants, device, narrow,
                                             2 * steps->n_ops * sizeof *narrow));
done:
    free(rows);
    free(wide);
    free(narrow);
    return st;
}

static enum clt_status send_steps(struct clt_step_tables *tables, struct clt_launch_list *list,
                                  const struct clt_steps *steps)
{
    enum clt_status st = CLT_OK;
    struct step_row *rows = calloc(steps->n_steps + 1, sizeof *rows);
    if (!rows) return clt_fail(CLT_E_NOMEM, "no memory for the table of steps");
    for (size_t i = 0; i < steps->n_steps; i++) {
        const struct clt_step *step = &steps->step[i];
        rows[i] = (struct step_row){step->x,
                                    step->y,
                                    step->weight,
                                    step->first,
                                    step->count,
                                    (uint32_t)step->in,
                                    (uint32_t)step->out,
                                    (uint32_t)step->kind,
                                    step->shared,
                                    (uint32_t)step->loss,
                                    (uint32_t)step->layer};
    }
    TRY(clt_buffer_create_filled(&tables->steps, clt_launch_list_device(list), rows,
                                 steps->n_steps * sizeof *rows));
done:
    free(rows);
    return st;
}

void clt_step_tables_free(struct clt_step_tables *tables)
{
    clt_buffer_free(&tables->steps);
    clt_buffer_free(&tables->ops);
    clt_buffer_free(&tables->constants);
}

/* --- the launches --- */

struct lowering {
    struct clt_launch_list *list;
    const struct clt_step_tables *tables;
    const struct clt_gemm *gemm;
    const struct clt_step_memory *memory;
    const struct clt_step_mode *mode;
    const struct clt_steps *steps;
};

static bool is_small(const struct lowering *to, const struct clt_step *step)
{
    const struct clt_batch *batch = &to->mode->batch;
    switch (step->kind) {
    case CLT_STEP_LOSS: return true;
    case CLT_STEP_ROWS: return step->out * batch->pitch <= SMALL_ROWS_MOST;
    default:
        return clt_gemm_is_fused(to->gemm) && batch->size <= SMALL_BATCH_MOST &&
               step->in * step->out * batch->pitch <= SMALL_PRODUCT_MOST;
    }
}

static struct clt_dense dense_of(const struct lowering *to, const struct clt_step *step)
{
    return (struct clt_dense){step->in, step->out, to->memory->state->members, step->shared,
                              to->mode->batch};
}

#define MODEL_ARGS 20 /* of MODEL_PARAMETERS in cl/model.clh */

static void model_args(struct clt_arg args[MODEL_ARGS], const struct lowering *to)
{
    const struct clt_step_memory *m = to->memory;
    const struct clt_batch *batch = &to->mode->batch;
    const struct clt_arg all[MODEL_ARGS] = {clt_arg_buffer(m->workspace),
                                            clt_arg_buffer(&m->vectors->parameters),
                                            clt_arg_buffer(&m->vectors->gradients),
                                            clt_arg_buffer(&m->vectors->running),
                                            clt_arg_buffer(&m->vectors->statistics),
                                            clt_arg_buffer(&m->feed->cursor),
                                            clt_arg_buffer(&m->feed->rows),
                                            clt_arg_buffer(&m->feed->rates),
                                            clt_arg_buffer(&m->state->frozen),
                                            clt_arg_buffer(&m->state->overflow),
                                            clt_arg_buffer(m->seeds),
                                            clt_arg_buffer(m->threshold),
                                            clt_arg_buffer(m->factor),
                                            clt_arg_buffer(&to->tables->ops),
                                            clt_arg_buffer(&to->tables->constants),
                                            clt_arg_ulong(m->state->members),
                                            clt_arg_ulong(batch->size),
                                            clt_arg_ulong(batch->width),
                                            clt_arg_ulong(batch->pitch),
                                            clt_arg_uint(to->mode->updates)};
    memcpy(args, all, sizeof all);
}

/* Operations and reals, read or written, of one value in a row. */
static void row_op_work(double *flop, double *reals, enum clt_row_kind kind)
{
    switch (kind) {
    case CLT_ROW_BATCH_NORM: *flop = 7, *reals = 2; break;
    case CLT_ROW_BATCH_NORM_APPLY: *flop = 3, *reals = 2; break;
    case CLT_ROW_BATCH_NORM_BACKWARD: *flop = 12, *reals = 3; break;
    case CLT_ROW_BIAS_BACKWARD: *flop = 1, *reals = 1; break;
    case CLT_ROW_SIGMOID: *flop = 3, *reals = 2; break;
    case CLT_ROW_SIGMOID_BACKWARD:
    case CLT_ROW_TANH_BACKWARD: *flop = 3, *reals = 3; break;
    case CLT_ROW_RELU_BACKWARD:
    case CLT_ROW_LEAKY_RELU_BACKWARD: *flop = 2, *reals = 3; break;
    default: *flop = 1, *reals = 2; break;
    }
}

static struct clt_work step_work(const struct lowering *to, const struct clt_step *step)
{
    const double members = (double)to->memory->state->members;
    const double values = members * (double)(step->out * to->mode->batch.size);
    double flop = 0, reals = 0;
    if (step->kind == CLT_STEP_LOSS) return clt_work_on_reals(to->list, 6 * values, 2 * values);
    if (step->kind != CLT_STEP_ROWS) {
        const struct clt_dense dense = dense_of(to, step);
        return clt_dense_work(to->list, &dense);
    }
    for (size_t i = step->first; i < step->first + step->count; i++) {
        double of_flop, of_reals;
        row_op_work(&of_flop, &of_reals, to->steps->op[i].kind);
        flop += of_flop;
        reals += of_reals;
    }
    return clt_work_on_reals(to->list, flop * values, reals * values);
}

/* Of steps first .. first + count - 1, on the launch that was just appended. */
static void note_work(const struct lowering *to, size_t first, size_t count)
{
    struct clt_work sum = {0};
    for (size_t i = first; i < first + count; i++) {
        const struct clt_work work = step_work(to, &to->steps->step[i]);
        sum.flop += work.flop;
        sum.bytes += work.bytes;
    }
    clt_launch_list_note_work(to->list, sum);
}

/* Steps first .. first + count - 1 as one launch. */
static enum clt_status append_run(const struct lowering *to, size_t first, size_t count)
{
    const char *options;
    const struct clt_geometry geometry =
        clt_geometry_rows(&options, to->list, to->memory->state->members);
    struct clt_arg args[MODEL_ARGS + 7];
    const struct clt_arg own[7] = {clt_arg_view((struct clt_view){&to->tables->steps, first}),
                                   clt_arg_ulong(count),
                                   clt_arg_buffer(&to->memory->state->loss),
                                   clt_arg_buffer(&to->memory->state->hits),
                                   clt_arg_buffer(&to->memory->feed->order),
                                   clt_arg_buffer(&to->memory->feed->labels),
                                   clt_arg_uint(to->mode->training)};
    model_args(args, to);
    memcpy(args + MODEL_ARGS, own, sizeof own);
    return clt_launch_list_add(to->list, "steps.cl", "run_steps", options, geometry, args,
                               sizeof args / sizeof *args);
}

static enum clt_status append_rows(const struct lowering *to, const struct clt_step *step)
{
    const size_t run = clt_device_is_cpu(clt_launch_list_device(to->list)) ? 16 : 1;
    const size_t groups = clt_divide_up(step->out, run);
    const char *options;
    struct clt_geometry geometry = clt_geometry_rows(&options, to->list, groups);
    struct clt_arg args[MODEL_ARGS + 4];
    const struct clt_arg own[4] = {clt_arg_ulong(step->first), clt_arg_ulong(step->count),
                                   clt_arg_ulong(step->out), clt_arg_ulong(run)};
    geometry.dimensions = 2;
    geometry.global[1] = to->memory->state->members;
    geometry.local[1] = 1;
    model_args(args, to);
    memcpy(args + MODEL_ARGS, own, sizeof own);
    return clt_launch_list_add(to->list, "rows.cl", "row_chain", options, geometry, args,
                               sizeof args / sizeof *args);
}

static enum clt_status append_product(const struct lowering *to, const struct clt_step *step)
{
    const struct clt_vectors *vectors = to->memory->vectors;
    const struct clt_member_state *state = to->memory->state;
    const struct clt_feed *feed = to->memory->feed;
    const struct clt_dense dense = dense_of(to, step);
    const struct clt_view x = {to->memory->workspace, step->x},
                          y = {to->memory->workspace, step->y};
    const struct clt_view w = {&vectors->parameters, step->weight};
    const struct clt_weight_update update = {
        w, &feed->cursor, &feed->rates, &state->frozen, &state->overflow, (uint32_t)step->layer};
    switch (step->kind) {
    case CLT_STEP_FORWARD: return clt_gemm_forward(to->list, to->gemm, &dense, y, w, x);
    case CLT_STEP_INPUT_GRADIENT:
        return clt_gemm_input_gradient(to->list, to->gemm, &dense, x, w, y);
    default:
        return clt_gemm_weight_gradient(to->list, to->gemm, &dense,
                                        (struct clt_view){&vectors->gradients, step->weight}, y, x,
                                        to->mode->updates ? &update : NULL);
    }
}

/* The steps from `first` on that are small. */
static size_t small_run(const struct lowering *to, size_t first)
{
    size_t end = first;
    while (end < to->steps->n_steps && is_small(to, &to->steps->step[end])) end++;
    return end - first;
}

static enum clt_status append_steps(const struct lowering *to)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < to->steps->n_steps;) {
        const struct clt_step *step = &to->steps->step[i];
        const size_t run = small_run(to, i), count = run > 1 ? run : 1;
        if (run > 1 || step->kind == CLT_STEP_LOSS) {
            TRY(append_run(to, i, count));
            note_work(to, i, count);
        } else if (step->kind == CLT_STEP_ROWS) {
            TRY(append_rows(to, step));
            note_work(to, i, 1);
        } else {
            TRY(append_product(to, step));
        }
        i += count;
    }
done:
    return st;
}

enum clt_status clt_op_steps(struct clt_launch_list *list, struct clt_step_tables *tables,
                             const struct clt_gemm *gemm, const struct clt_step_memory *memory,
                             const struct clt_step_mode *mode, const struct clt_steps *steps)
{
    enum clt_status st = CLT_OK;
    assert(!mode->updates || clt_gemm_is_fused(gemm));
    TRY(send_ops(tables, list, steps));
    TRY(send_steps(tables, list, steps));
    TRY(append_steps(&(struct lowering){list, tables, gemm, memory, mode, steps}));
done:
    return st;
}
