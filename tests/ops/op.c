#include "op.h"
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct clt_bench bench_of(const struct clt_harness *h)
{
    return (struct clt_bench){.device = h->device, .real = h->real, .tight = h->small};
}

struct of_input { /* of the forward pass, as a function of one array */
    struct clt_case *c;
    enum clt_case_name name;
};

static void evaluate(void *self, double *y, const double *x)
{
    const struct of_input *of = self;
    struct clt_case *c = of->c;
    struct clt_case_array *array = &c->array[of->name];
    memcpy(array->values, x, array->count * sizeof *x);
    clt_case_refer(c);
    const struct clt_case_array *output = &c->array[clt_case_output(c)];
    memcpy(y, output->wanted, output->count * sizeof *y);
}

/* The gradient of the case, a gradient's, with regard to `name`, where it gives one. */
static void check_slope(const struct clt_harness *h, enum clt_op_kind kind,
                        const struct clt_case_setup *setup, enum clt_case_name name,
                        enum clt_case_name gradient_name)
{
    const struct clt_bench bench = bench_of(h);
    struct clt_case gradient, forward;
    MUST(clt_case_create(&gradient, &bench, kind, setup));
    const enum clt_op_kind of = (enum clt_op_kind)(gradient.op->forward - clt_ops);
    MUST(clt_case_create(&forward, &bench, of, setup));
    struct of_input input = {&forward, name};
    const size_t n = forward.array[name].count;
    const struct clt_function f = {evaluate, &input, n,
                                   forward.array[clt_case_output(&forward)].count};
    double *x = clt_allocate(n, sizeof *x);
    memcpy(x, forward.array[name].values, n * sizeof *x);
    if (gradient.array[gradient_name].role == CLT_WRITTEN)
        clt_check_gradient(gradient.op->name, &f, x, gradient.array[CLT_G].values,
                           gradient.array[gradient_name].wanted);
    free(x);
    clt_case_free(&gradient);
    clt_case_free(&forward);
}

static void check_slopes(const struct clt_harness *h, enum clt_op_kind kind,
                         const struct clt_case_setup *setup)
{
    const bool varies = !setup->in_place && !setup->joined && !setup->updates && !setup->shared &&
                        setup->batch.width == CLT_LANES;
    if (h->real != CLT_DOUBLE || !clt_ops[kind].forward || !varies) return;
    check_slope(h, kind, setup, CLT_X, CLT_GX);
    check_slope(h, kind, setup, CLT_WEIGHT, CLT_DWEIGHT);
    check_slope(h, kind, setup, CLT_BIAS, CLT_DBIAS);
}

/* What members have come to before; of several, an update leaves one alone. */
static void fill_state(struct clt_case *c)
{
    for (size_t p = 0; p < c->setup.members; p++)
        c->member[p].sent = (struct clt_case_state){.loss = 1.5, .hits = (uint32_t)p + 5};
    if (c->setup.updates && c->setup.members > 1) c->member[1].sent.frozen = 17;
    clt_case_refer(c);
}

/* Beyond doubt: a larger one is followed by the empty step as a launch of its own. */
static bool is_small(const struct clt_case_setup *setup)
{
    return setup->batch.size <= 100 && setup->in * setup->out * setup->batch.pitch <= 100000;
}

void clt_check_case(const struct clt_harness *h, enum clt_op_kind kind,
                    const struct clt_case_setup *setup, const struct clt_gemm *gemm,
                    const struct clt_case_launcher *launcher)
{
    const struct clt_bench bench = bench_of(h);
    struct clt_case c;
    MUST(clt_case_create(&c, &bench, kind, setup));
    fill_state(&c);
    MUST(clt_case_run(&c, &bench, gemm, launcher));
    const bool exact = setup->exact && h->real == CLT_FLOAT;
    const double error = clt_case_error(&c), bound = exact ? 0 : c.op->ulps;
    if (!(error <= bound))
        fail_msg("%s: off by %g units of the last place, bound %g; %zu members, in %zu, out %zu, "
                 "batch %zu by %zu%s%s%s%s%s%s",
                 c.op->name, error, bound, setup->members, setup->in, setup->out, setup->batch.size,
                 setup->batch.width, setup->shared ? ", shared" : "",
                 setup->in_place ? ", in place" : "", setup->updates ? ", updates" : "",
                 setup->joined ? ", joined" : "", c.damaged ? ", written outside: " : "",
                 c.damaged ? c.damaged : "");
    if (!setup->joined || is_small(setup)) assert_int_equal(c.launches, 1);
    clt_case_free(&c);
    check_slopes(h, kind, setup);
}

static void check_ways(const struct clt_harness *h, enum clt_op_kind kind,
                       struct clt_case_setup setup, const struct clt_gemm *gemm)
{
    const struct clt_op *op = &clt_ops[kind];
    for (size_t way = 0; way < 8; way++) {
        setup.in_place = way & 1;
        setup.joined = way >> 1 & 1;
        setup.updates = way >> 2;
        if (!(op->modes & (setup.in_place ? CLT_IN_PLACE : CLT_SEPARATE))) continue;
        if (setup.updates && !(op->updates && clt_gemm_is_fused(gemm))) continue;
        clt_check_case(h, kind, &setup, gemm, NULL);
    }
}

void clt_check_op(const struct clt_harness *h, enum clt_op_kind kind)
{
    struct clt_gemm *gemm;
    struct clt_test_shape s;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    for (size_t i = 0; clt_shape_at(&s, h, i); i++)
        for (size_t panels = 0; panels < 2; panels++) {
            const size_t pitch = (s.batch + CLT_LANES - 1) / CLT_LANES * CLT_LANES;
            const struct clt_case_setup setup = {
                .members = s.members,
                .in = s.units,
                .out = s.units,
                .batch = {s.batch, panels ? CLT_LANES : pitch, pitch}};
            check_ways(h, kind, setup, gemm);
        }
    clt_gemm_free(gemm);
}

struct clt_case clt_case_of(const struct clt_harness *h, enum clt_op_kind kind,
                            struct clt_test_shape s)
{
    const struct clt_bench bench = bench_of(h);
    struct clt_case c;
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    const struct clt_case_setup setup = {.members = s.members,
                                         .in = s.units,
                                         .out = s.units,
                                         .batch = clt_gemm_batch(gemm, s.batch)};
    MUST(clt_case_create(&c, &bench, kind, &setup));
    clt_gemm_free(gemm);
    return c;
}

void clt_run_case(const struct clt_harness *h, struct clt_case *c)
{
    const struct clt_bench bench = bench_of(h);
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    MUST(clt_case_run(c, &bench, gemm, NULL));
    clt_gemm_free(gemm);
    assert_null(c->damaged);
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
