/* A dense layer's bias. */
#include "op.h"

static void bias_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++) {
        const struct clt_op op = clt_op_case_bias(s.members * s.units, s.batch);
        clt_check_op(*state, &op);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias_equals_reference),
    };
    return clt_harness_run("bias", tests, sizeof tests / sizeof *tests);
}
