/* relu, leaky relu, sigmoid, tanh. */
#include <math.h>

#include "op.h"
#include "ops.h"
#include "ref.h"

struct activation {
    const char *name;
    enum clt_activation kind;
    enum clt_ref_activation ref;
    double slope;
};

static const struct activation activations[] = {
    {"relu", CLT_RELU, CLT_REF_RELU, 0},
    {"leaky_relu", CLT_LEAKY_RELU, CLT_REF_LEAKY_RELU, 0.25},
    {"sigmoid", CLT_SIGMOID, CLT_REF_SIGMOID, 0},
    {"tanh", CLT_TANH, CLT_REF_TANH, 0},
};

#define N_ACTIVATIONS (sizeof activations / sizeof *activations)

static enum clt_status append_forward(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *v)
{
    const struct activation *a = op->self;
    return clt_op_activation_forward(list, a->kind, a->slope, v->y, v->x[0], op->output);
}

static enum clt_status append_backward(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *v)
{
    const struct activation *a = op->self;
    return clt_op_activation_backward(list, a->kind, a->slope, v->gx[0], v->g, v->y, op->output);
}

static void ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct activation *a = op->self;
    clt_ref_activation_forward(r->y, a->ref, a->slope, r->x[0], op->output);
}

static void ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct activation *a = op->self;
    clt_ref_activation_backward(r->gx[0], a->ref, a->slope, r->g, r->y, op->output);
}

static void activation_equals_reference(void **state)
{
    const struct clt_harness *h = *state;
    struct clt_test_shape s;
    for (size_t i = 0; i < N_ACTIVATIONS; i++)
        for (size_t j = 0; clt_shape_at(&s, h, j); j++) {
            if (s.units != 7) continue; /* only the number of elements matters */
            const size_t n = s.members * s.batch;
            const struct clt_op op = {.name = activations[i].name,
                                      .output = n,
                                      .n_inputs = 1,
                                      .input = {n},
                                      .forward = CLT_SEPARATE | CLT_IN_PLACE,
                                      .backward = CLT_SEPARATE | CLT_IN_PLACE,
                                      .ulps = 8,
                                      .self = &activations[i],
                                      .append_forward = append_forward,
                                      .append_backward = append_backward,
                                      .ref_forward = ref_forward,
                                      .ref_backward = ref_backward};
            clt_check_op(h, &op);
        }
}

static void forward(double *y, const struct clt_harness *h, const struct activation *a,
                    const double *x, size_t n)
{
    struct clt_region region = clt_region_of_reals(h, n);
    const struct clt_view view = clt_region_view(&region);
    struct clt_launch_list *list;
    clt_region_write_reals(&region, x);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_activation_forward(list, a->kind, a->slope, view, view, n));
    clt_run_list(list);
    clt_region_read_reals(&region, y);
    clt_region_free(&region);
}

static void relu_passes_nan(void **state)
{
    const double x[] = {1, NAN, -1, INFINITY, -NAN};
    double y[5];
    for (size_t i = 0; i < N_ACTIVATIONS; i++) {
        forward(y, *state, &activations[i], x, 5);
        assert_true(isnan(y[1]) && isnan(y[4]));
        assert_true(isfinite(y[0]) && isfinite(y[2]) && y[3] > 0);
    }
}

static void saturates_without_nan(void **state)
{
    const struct clt_harness *h = *state;
    const double x[] = {1000, -1000, INFINITY, -INFINITY};
    const double sigmoid[] = {1, 0, 1, 0}, tangent[] = {1, -1, 1, -1};
    double y[4];
    forward(y, h, &activations[CLT_SIGMOID], x, 4);
    clt_check_close("sigmoid", h->real, 4, y, sigmoid, 4);
    forward(y, h, &activations[CLT_TANH], x, 4);
    clt_check_close("tanh", h->real, 4, y, tangent, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activation_equals_reference),
        cmocka_unit_test(relu_passes_nan),
        cmocka_unit_test(saturates_without_nan),
    };
    return clt_harness_run("activation", tests, sizeof tests / sizeof *tests);
}
