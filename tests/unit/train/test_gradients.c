/* The gradient check of a run: what is written, and what expectations take from it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "expectations.h"
#include "file.h"
#include "gradients.h"
#include "scratch.h"

/* Two members; the bias of the first layer stands in front of a batch_norm. */
static struct clt_tensor_gradient tensors[] = {
    {"0.weight", "weight", 0, 1, {49, 2e-10, 3e-8, 4e-11, 1, 1, 0}, false, true},
    {"0.bias", "bias", 0, 0, {5, 2e-5, 3e-5, 2e-11, 1, 1, 0}, true, true},
    {"1.weight", "gamma", 0, 0, {5, 5e-10, 6e-8, 7e-11, 1, 1, 0}, false, true},
    {"0.weight", "weight", 1, 0, {50, 1e-3, 2e-3, 3e-3, 0.5, 0.25, 0}, false, false},
    {"0.bias", "bias", 1, 0, {5, 2e-5, 4e-5, 6e-9, 0.8, 1, 0}, true, true},
    {"1.weight", "gamma", 1, 0, {5, 1e-10, 1e-8, 1e-11, 1, 1, 0}, false, true},
};
static const struct clt_gradients gradients = {
    20, 3072, 1e-5, true, tensors, sizeof tensors / sizeof *tensors, false};

static double measured(size_t *member, const char *metric, const char *tensor, long of_member)
{
    struct clt_expectation wanted = {.metric = (char *)(uintptr_t)metric,
                                     .tensor = (char *)(uintptr_t)tensor,
                                     .member = of_member,
                                     .low = -INFINITY,
                                     .high = 1e-3};
    const struct clt_config config = {.members = 2, .expect = &wanted, .n_expect = 1};
    const struct clt_member_result results[2] = {{.train = {.made = true}}};
    struct clt_expectation_result result;
    clt_expectations_judge(&result, &config, results, &gradients);
    assert_int_equal(result.met, result.measured <= 1e-3);
    *member = result.member;
    return result.measured;
}

static void expectations_take_the_worst(void **state)
{
    static const struct {
        const char *metric, *tensor;
        long of_member;
        double wanted;
        size_t member;
    } cases[] = {
        {"gradient_norm_wise", "", -1, 1e-3, 1},
        {"gradient_norm_wise", "", 0, 5e-10, 0}, /* not the bias */
        {"gradient_elementwise", "weight", 0, 3e-8, 0},
        {"gradient_elementwise", "gamma", -1, 6e-8, 0},
        {"gradient_absolute", "bias", -1, 6e-9, 1},
        {"gradient_absolute", "1.weight", 1, 1e-11, 1},
        {"gradient_absolute", "0.bias", 0, 2e-11, 0},
        {"gradient_share_1e-6", "", -1, 0.5, 1},
        {"gradient_share_1e-6", "bias", -1, 0.8, 1},
        {"gradient_share_1e-6", "", 0, 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t member;
        print_message("%s of %s\n", cases[i].metric, cases[i].tensor);
        assert_true(measured(&member, cases[i].metric, cases[i].tensor, cases[i].of_member) ==
                    cases[i].wanted);
        assert_int_equal(member, cases[i].member);
    }
}

static void nothing_to_measure_is_missed(void **state)
{
    size_t member;
    (void)state;
    assert_true(isnan(measured(&member, "gradient_norm_wise", "bias", -1)));
    assert_true(isnan(measured(&member, "gradient_absolute", "beta", 1)));
    assert_int_equal(member, 1);
}

/* Whichever comes first. */
static void nan_is_the_worst(void **state)
{
    size_t member;
    (void)state;
    for (size_t i = 0; i < 6; i += 3) {
        const struct clt_gradient_error before = tensors[i].error;
        tensors[i].error.norm = tensors[i].error.absolute = NAN;
        assert_true(isnan(measured(&member, "gradient_norm_wise", "", -1)));
        assert_int_equal(member, i / 3);
        assert_true(isnan(measured(&member, "gradient_absolute", "weight", -1)));
        tensors[i].error = before;
    }
}

static void a_row_for_each_tensor(void **state)
{
    static const char wanted[] =
        "member,tensor,kind,samples,compared,left_out,norm_wise,elementwise,absolute,"
        "share_below_1e-6,share_below_1.5e-8,step,verdict\n"
        "0,0.weight,weight,20,49,1,2e-10,3e-08,4e-11,1,1,1e-05,passed\n"
        "0,0.bias,bias,20,5,0,2e-05,3e-05,2e-11,1,1,1e-05,within rounding\n"
        "0,1.weight,gamma,20,5,0,5e-10,6e-08,7e-11,1,1,1e-05,passed\n"
        "1,0.weight,weight,20,50,0,0.001,0.002,0.003,0.5,0.25,1e-05,wrong\n";
    uint8_t *bytes;
    size_t size;
    struct clt_gradients first = gradients;
    char *folder = clt_scratch_create(), *path = clt_path_join(folder, "gradients.csv");
    (void)state;
    first.n_tensors = 4;
    assert_int_equal(clt_gradients_write(folder, &first), CLT_OK);
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);
    assert_string_equal((const char *)bytes, wanted);
    assert_int_equal(clt_gradients_write("nowhere", &first), CLT_E_OUTPUT);
    free(bytes);
    free(path);
    clt_scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectations_take_the_worst),
        cmocka_unit_test(nothing_to_measure_is_missed),
        cmocka_unit_test(nan_is_the_worst),
        cmocka_unit_test(a_row_for_each_tensor),
    };
    return cmocka_run_group_tests_name("gradients", tests, NULL, NULL);
}
