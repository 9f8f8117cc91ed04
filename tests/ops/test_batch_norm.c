/* Batch normalisation, in training and evaluation mode, and its update. */
#include <math.h>

#include "op.h"

static void batch_norm_equals_reference(void **state)
{
    clt_check_op(*state, CLT_OP_BATCH_NORM);
    clt_check_op(*state, CLT_OP_BATCH_NORM_GRADIENT);
}

static void given_statistics_equal_reference(void **state)
{
    clt_check_op(*state, CLT_OP_BATCH_NORM_APPLY);
}

/* Rows of `value`, of variance 0 but for rounding: y is beta but for rounding, and nothing
 * overflows. */
static void check_equal_columns(const struct clt_harness *h, double value)
{
    const size_t batch = 100;
    struct clt_case c = clt_case_of(h, CLT_OP_BATCH_NORM, (struct clt_test_shape){1, 3, batch});
    for (size_t i = 0; i < c.array[CLT_X].count; i++) c.array[CLT_X].values[i] = value;
    clt_run_case(h, &c);
    for (size_t i = 0; i < c.array[CLT_Y].count; i++)
        assert_true(fabs(c.array[CLT_Y].got[i] - c.array[CLT_BIAS].values[i / batch]) <= 1e-2);
    clt_case_free(&c);
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
