#include "op.h"
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An operation with its memory on both sides; `wanted` is the reference's. */
struct bench {
    const struct clt_harness *h;
    const struct clt_op *op;
    struct clt_region y, g, x[CLT_OP_INPUTS], gx[CLT_OP_INPUTS], extra[CLT_OP_EXTRAS];
    struct clt_op_arrays wanted;
};

static void bench_create(struct bench *bench, const struct clt_harness *h, const struct clt_op *op)
{
    *bench = (struct bench){.h = h, .op = op};
    struct clt_op_arrays *wanted = &bench->wanted;
    bench->y = clt_region_of_reals(h, op->output);
    bench->g = clt_region_of_reals(h, op->output);
    wanted->y = clt_allocate(op->output, sizeof(double));
    wanted->g = clt_allocate(op->output, sizeof(double));
    clt_compare_fill(wanted->g, op->output, 100);
    for (size_t i = 0; i < op->n_inputs; i++) {
        const size_t n = op->input[i];
        bench->x[i] = clt_region_of_reals(h, n);
        bench->gx[i] = clt_region_of_reals(h, n);
        wanted->x[i] = clt_allocate(n, sizeof(double));
        wanted->gx[i] = clt_allocate(n, sizeof(double));
        clt_compare_fill(wanted->x[i], n, i);
        for (size_t j = 0; j < n && (op->positive >> i & 1); j++)
            wanted->x[i][j] = fabs(wanted->x[i][j]);
    }
    for (size_t i = 0; i < op->n_extras; i++) {
        bench->extra[i] = clt_region_of_reals(h, op->extra[i]);
        wanted->extra[i] = clt_allocate(op->extra[i], sizeof(double));
    }
}

static void bench_free(struct bench *bench)
{
    clt_region_free(&bench->y);
    clt_region_free(&bench->g);
    free(bench->wanted.y);
    free(bench->wanted.g);
    for (size_t i = 0; i < bench->op->n_inputs; i++) {
        clt_region_free(&bench->x[i]);
        clt_region_free(&bench->gx[i]);
        free(bench->wanted.x[i]);
        free(bench->wanted.gx[i]);
    }
    for (size_t i = 0; i < bench->op->n_extras; i++) {
        clt_region_free(&bench->extra[i]);
        free(bench->wanted.extra[i]);
    }
}

static struct clt_op_views views_of(const struct bench *bench, unsigned forward, unsigned backward)
{
    struct clt_op_views views = {.y = clt_region_view(&bench->y), .g = clt_region_view(&bench->g)};
    for (size_t i = 0; i < bench->op->n_inputs; i++) {
        views.x[i] = clt_region_view(&bench->x[i]);
        views.gx[i] = clt_region_view(&bench->gx[i]);
    }
    for (size_t i = 0; i < bench->op->n_extras; i++)
        views.extra[i] = clt_region_view(&bench->extra[i]);
    if (forward == CLT_IN_PLACE) views.y = views.x[0];
    if (backward == CLT_IN_PLACE) views.gx[0] = views.g;
    return views;
}

static void compare(const struct bench *bench, const char *what, size_t index,
                    const struct clt_region *region, const double *wanted, double ulps)
{
    char title[96];
    double *got = clt_allocate(region->count, sizeof *got);
    snprintf(title, sizeof title, "%s [%zu]: %s[%zu]", bench->op->name, bench->op->output, what,
             index);
    clt_region_read_reals(region, got);
    clt_check_close(title, bench->h->real, ulps, got, wanted, region->count);
    free(got);
}

static void run_forward(struct bench *bench, unsigned mode)
{
    const struct clt_op *op = bench->op;
    const struct clt_op_views views = views_of(bench, mode, 0);
    struct clt_launch_list *list;
    for (size_t i = 0; i < op->n_inputs; i++)
        clt_region_write_reals(&bench->x[i], bench->wanted.x[i]);
    MUST(clt_launch_list_create(&list, bench->h->device, bench->h->real));
    MUST(op->append_forward(list, op, &views));
    clt_run_list(list);
}

static void check_forward(struct bench *bench, unsigned mode)
{
    const struct clt_op *op = bench->op;
    run_forward(bench, mode);
    compare(bench, "y", 0, mode == CLT_IN_PLACE ? &bench->x[0] : &bench->y, bench->wanted.y,
            op->ulps);
    for (size_t i = 0; i < op->n_extras; i++)
        compare(bench, "extra", i, &bench->extra[i], bench->wanted.extra[i], op->ulps);
    for (size_t i = mode == CLT_IN_PLACE ? 1 : 0; i < op->n_inputs; i++)
        compare(bench, "x", i, &bench->x[i], bench->wanted.x[i], 0);
}

/* After a forward pass in `forward` mode, whose y and extras it may read. */
static void check_backward(struct bench *bench, unsigned forward, unsigned mode)
{
    const struct clt_op *op = bench->op;
    const struct clt_op_views views = views_of(bench, forward, mode);
    struct clt_launch_list *list;
    clt_region_write_reals(&bench->g, bench->wanted.g);
    MUST(clt_launch_list_create(&list, bench->h->device, bench->h->real));
    MUST(op->append_backward(list, op, &views));
    clt_run_list(list);
    for (size_t i = 0; i < op->n_inputs; i++) {
        const bool in_place = i == 0 && mode == CLT_IN_PLACE;
        compare(bench, "gx", i, in_place ? &bench->g : &bench->gx[i], bench->wanted.gx[i],
                op->ulps);
    }
    if (mode == CLT_SEPARATE) compare(bench, "g", 0, &bench->g, bench->wanted.g, 0);
}

struct of_input {
    struct bench *bench;
    size_t index;
};

static void evaluate(void *self, double *y, const double *x)
{
    const struct of_input *of = self;
    struct bench *bench = of->bench;
    const unsigned mode = bench->op->forward & CLT_SEPARATE ? CLT_SEPARATE : CLT_IN_PLACE;
    double *kept = bench->wanted.x[of->index];
    const size_t n = bench->op->input[of->index];
    double *moved = clt_allocate(n, sizeof *moved);
    memcpy(moved, x, n * sizeof *moved);
    bench->wanted.x[of->index] = moved;
    run_forward(bench, mode);
    bench->wanted.x[of->index] = kept;
    clt_region_read_reals(mode == CLT_IN_PLACE ? &bench->x[0] : &bench->y, y);
    free(moved);
}

/* The reference's gradients, which the device's have been compared with already. */
static void check_slopes(struct bench *bench)
{
    for (size_t i = 0; i < bench->op->n_inputs; i++) {
        struct of_input of = {bench, i};
        const struct clt_function f = {evaluate, &of, bench->op->input[i], bench->op->output};
        clt_check_gradient(bench->op->name, &f, bench->wanted.x[i], bench->wanted.g,
                           bench->wanted.gx[i]);
    }
}

void clt_check_op(const struct clt_harness *h, const struct clt_op *op)
{
    struct bench bench;
    bench_create(&bench, h, op);
    op->ref_forward(op, &bench.wanted);
    if (op->backward) op->ref_backward(op, &bench.wanted);
    for (unsigned forward = CLT_SEPARATE; forward <= CLT_IN_PLACE; forward++) {
        if (!(op->forward & forward)) continue;
        check_forward(&bench, forward);
        for (unsigned backward = CLT_SEPARATE; backward <= CLT_IN_PLACE; backward++)
            if (op->backward & backward) check_backward(&bench, forward, backward);
    }
    if (op->backward && h->real == CLT_DOUBLE) check_slopes(&bench);
    bench_free(&bench);
}

#define STEP      1e-5
#define TOLERANCE 1e-6

static void check_along(const char *what, const struct clt_function *f, const double *x,
                        const double *weights, const double *gradient, const double *direction)
{
    double *moved = clt_allocate(f->n, sizeof *moved);
    double *above = clt_allocate(f->m, sizeof *above), *below = clt_allocate(f->m, sizeof *below);
    double slope = 0, wanted = 0;
    for (size_t i = 0; i < f->n; i++) wanted += gradient[i] * direction[i];
    for (size_t i = 0; i < f->n; i++) moved[i] = x[i] + STEP * direction[i];
    f->evaluate(f->self, above, moved);
    for (size_t i = 0; i < f->n; i++) moved[i] = x[i] - STEP * direction[i];
    f->evaluate(f->self, below, moved);
    for (size_t j = 0; j < f->m; j++) slope += weights[j] * ((above[j] - below[j]) / (2 * STEP));
    free(moved);
    free(above);
    free(below);
    if (!(fabs(slope - wanted) <= TOLERANCE * (1 + fabs(wanted))))
        fail_msg("%s: slope %.12g, gradient %.12g, %zu inputs", what, slope, wanted, f->n);
}

void clt_check_gradient(const char *what, const struct clt_function *f, const double *x,
                        const double *weights, const double *gradient)
{
    double *direction = clt_allocate(f->n, sizeof *direction);
    direction[0] = 1;
    check_along(what, f, x, weights, gradient, direction);
    direction[0] = 0;
    direction[f->n - 1] = 1;
    check_along(what, f, x, weights, gradient, direction);
    clt_compare_fill(direction, f->n, 200);
    check_along(what, f, x, weights, gradient, direction);
    free(direction);
}
