/* relu, leaky relu, sigmoid, tanh. */
#include <math.h>

#include "op.h"
#include "ops.h"
#include "ref.h"

static void activation_equals_reference(void **state)
{
    const struct clt_harness *h = *state;
    struct clt_test_shape s;
    for (size_t kind = 0; kind < CLT_ACTIVATIONS; kind++)
        for (size_t j = 0; clt_shape_at(&s, h, j); j++) {
            if (s.units != 7) continue; /* only the number of elements matters */
            const struct clt_op op =
                clt_op_case_activation((enum clt_activation)kind, s.members * s.batch);
            clt_check_op(h, &op);
        }
}

static void forward(double *y, const struct clt_harness *h, enum clt_activation kind,
                    const double *x, size_t n)
{
    struct clt_region region = clt_region_of_reals(h, n);
    const struct clt_view view = clt_region_view(&region);
    struct clt_launch_list *list;
    clt_region_write_reals(&region, x);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_activation_forward(list, kind, 0.25, view, view, n));
    clt_run_list(list);
    clt_region_read_reals(&region, y);
    clt_region_free(&region);
}

static void relu_passes_nan(void **state)
{
    const double x[] = {1, NAN, -1, INFINITY, -NAN};
    double y[5];
    for (size_t kind = 0; kind < CLT_ACTIVATIONS; kind++) {
        forward(y, *state, (enum clt_activation)kind, x, 5);
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
    forward(y, h, CLT_SIGMOID, x, 4);
    clt_check_close("sigmoid", h->real, 4, y, sigmoid, 4);
    forward(y, h, CLT_TANH, x, 4);
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
