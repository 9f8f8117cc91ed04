/* Batch normalisation, in training and evaluation mode. */
#include <math.h>
#include <stdlib.h>

#include "op.h"
#include "ops.h"
#include "ref.h"

#define EPSILON 1e-5

static void batch_norm_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const struct clt_op op = clt_op_case_batch_norm(s.members * s.units, s.batch);
        clt_check_op(*state, &op);
    }
}

static void given_statistics_equal_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const struct clt_op op = clt_op_case_batch_norm_apply(s.members * s.units, s.batch);
        clt_check_op(*state, &op);
    }
}

/* Rows of `value`, of variance 0 but for rounding: y is beta but for rounding, and nothing
 * overflows. */
static void check_equal_columns(const struct clt_harness *h, double value)
{
    enum { ROWS = 3, BATCH = 100, N = ROWS * BATCH };
    double x[N], y[N], beta[ROWS] = {0.5, -1, 2}, gamma[ROWS] = {1, 2, -3};
    struct clt_region at_x = clt_region_of_reals(h, N), at_y = clt_region_of_reals(h, N);
    struct clt_region at[4]; /* gamma, beta, mean, var */
    for (size_t i = 0; i < 4; i++) at[i] = clt_region_of_reals(h, ROWS);
    for (size_t i = 0; i < N; i++) x[i] = value;
    clt_region_write_reals(&at_x, x);
    clt_region_write_reals(&at[0], gamma);
    clt_region_write_reals(&at[1], beta);
    const struct clt_batch_norm bn = {clt_region_view(&at[0]),
                                      clt_region_view(&at[1]),
                                      clt_region_view(&at[2]),
                                      clt_region_view(&at[3]),
                                      EPSILON,
                                      ROWS,
                                      BATCH};
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_batch_norm_forward(list, &bn, clt_region_view(&at_y), clt_region_view(&at_x)));
    clt_run_list(list);
    clt_region_read_reals(&at_y, y);
    for (size_t i = 0; i < N; i++) assert_true(fabs(y[i] - beta[i / BATCH]) <= 1e-2);
    clt_region_free(&at_x);
    clt_region_free(&at_y);
    for (size_t i = 0; i < 4; i++) clt_region_free(&at[i]);
}

static void equal_columns_give_beta(void **state)
{
    check_equal_columns(*state, 0);
    check_equal_columns(*state, (double)0.1f);
    check_equal_columns(*state, -3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_norm_equals_reference),
        cmocka_unit_test(given_statistics_equal_reference),
        cmocka_unit_test(equal_columns_give_beta),
    };
    return clt_harness_run("batch_norm", tests, sizeof tests / sizeof *tests);
}
