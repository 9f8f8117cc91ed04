/* A dense layer's bias. */
#include "op.h"

static void bias_equals_reference(void **state)
{
    clt_check_op(*state, CLT_OP_BIAS);
    clt_check_op(*state, CLT_OP_BIAS_GRADIENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias_equals_reference),
    };
    return clt_harness_run("bias", tests, sizeof tests / sizeof *tests);
}
