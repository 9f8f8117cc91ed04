/* relu, leaky relu, sigmoid, tanh. */
#include <math.h>
#include <string.h>

#include "op.h"

#define ACTIVATIONS 4

static void activation_equals_reference(void **state)
{
    for (size_t i = 0; i < ACTIVATIONS; i++) {
        clt_check_op(*state, (enum clt_op_kind)(CLT_OP_RELU + i));
        clt_check_op(*state, (enum clt_op_kind)(CLT_OP_RELU_GRADIENT + i));
    }
}

static void forward(double *y, const struct clt_harness *h, enum clt_op_kind kind, const double *x,
                    size_t n)
{
    struct clt_case c = clt_case_of(h, kind, (struct clt_test_shape){1, 1, n});
    memcpy(c.array[CLT_X].values, x, n * sizeof *x);
    clt_run_case(h, &c);
    memcpy(y, c.array[CLT_Y].got, n * sizeof *y);
    clt_case_free(&c);
}

static void relu_passes_nan(void **state)
{
    const double x[] = {1, NAN, -1, INFINITY, -NAN};
    double y[5];
    for (size_t i = 0; i < ACTIVATIONS; i++) {
        forward(y, *state, (enum clt_op_kind)(CLT_OP_RELU + i), x, 5);
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
    forward(y, h, CLT_OP_SIGMOID, x, 4);
    clt_check_close("sigmoid", h->real, 4, y, sigmoid, 4);
    forward(y, h, CLT_OP_TANH, x, 4);
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
