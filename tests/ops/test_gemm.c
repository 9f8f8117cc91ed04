/* Our own GEMM, and what both backends refuse. */
#include <string.h>

#include "op.h"
#include "product.h"
#include "ref.h"

static bool host_has_fma(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

/* Keeps the comparisons below from becoming approximate unnoticed. */
static void pocl_fuses_where_the_processor_can(void **state)
{
    const struct clt_harness *h = *state;
    if (!host_has_fma()) return;
    if (!strstr(clt_device_describe(h->device)->platform_name, "Portable")) return;
    assert_true(clt_fuses(h));
}

static void products_equal_reference(void **state)
{
    const struct clt_harness *h = *state;
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE));
    assert_string_equal(clt_gemm_name(gemm), "native");
    clt_check_products(h, gemm);
    clt_check_batches(h, gemm);
    clt_gemm_free(gemm);
}

/* The dense layer's three products: Y = W X, dW = G X^T, dX = W^T G. */
struct dense {
    struct clt_gemm *gemm;
    size_t out, in, batch;
};

static struct clt_matrices matrices(struct clt_view view, size_t ld)
{
    return (struct clt_matrices){view, ld, 0};
}

static enum clt_status append_forward(struct clt_launch_list *list, const struct clt_op *op,
                                      const struct clt_op_views *v)
{
    const struct dense *d = op->self;
    const struct clt_gemm_shape shape = {d->out, d->batch, d->in, false, false, 1};
    return clt_gemm_append(list, d->gemm, shape, matrices(v->y, d->batch), matrices(v->x[0], d->in),
                           matrices(v->x[1], d->batch));
}

static enum clt_status append_backward(struct clt_launch_list *list, const struct clt_op *op,
                                       const struct clt_op_views *v)
{
    const struct dense *d = op->self;
    const struct clt_gemm_shape of_w = {d->out, d->in, d->batch, false, true, 1};
    const struct clt_gemm_shape of_x = {d->in, d->batch, d->out, true, false, 1};
    const struct clt_matrices g = matrices(v->g, d->batch);
    const enum clt_status st = clt_gemm_append(list, d->gemm, of_w, matrices(v->gx[0], d->in), g,
                                               matrices(v->x[1], d->batch));
    if (st != CLT_OK) return st;
    return clt_gemm_append(list, d->gemm, of_x, matrices(v->gx[1], d->batch),
                           matrices(v->x[0], d->in), g);
}

static void ref_forward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct dense *d = op->self;
    const struct clt_ref_gemm shape = {d->out, d->batch, d->in, false,
                                       false,  d->batch, d->in, d->batch};
    clt_ref_gemm(&shape, r->y, r->x[0], r->x[1]);
}

static void ref_backward(const struct clt_op *op, const struct clt_op_arrays *r)
{
    const struct dense *d = op->self;
    const struct clt_ref_gemm of_w = {d->out, d->in, d->batch, false,
                                      true,   d->in, d->batch, d->batch};
    const struct clt_ref_gemm of_x = {d->in, d->batch, d->out, true,
                                      false, d->batch, d->in,  d->batch};
    clt_ref_gemm(&of_w, r->gx[0], r->g, r->x[1]);
    clt_ref_gemm(&of_x, r->gx[1], r->x[0], r->g);
}

static void gradient_of_a_dense_layer(void **state)
{
    const struct clt_harness *h = *state;
    struct dense dense = {.out = 10, .in = 65, .batch = 7};
    MUST(clt_gemm_create(&dense.gemm, h->device, CLT_BACKEND_NATIVE));
    const struct clt_op op = {.name = "dense",
                              .output = dense.out * dense.batch,
                              .n_inputs = 2,
                              .input = {dense.out * dense.in, dense.in * dense.batch},
                              .forward = CLT_SEPARATE,
                              .backward = CLT_SEPARATE,
                              .ulps = 64,
                              .self = &dense,
                              .append_forward = append_forward,
                              .append_backward = append_backward,
                              .ref_forward = ref_forward,
                              .ref_backward = ref_backward};
    clt_check_op(h, &op);
    clt_gemm_free(dense.gemm);
}

/* The three matrices of a 1 x 2 x 1 product with one of them moved to `moved`. */
static enum clt_status append_moved(const struct clt_harness *h, size_t batch, size_t which,
                                    struct clt_matrices moved)
{
    struct clt_region region = clt_region_of_reals(h, 8);
    struct clt_matrices matrix[3];
    for (size_t i = 0; i < 3; i++) matrix[i] = matrices(clt_region_view(&region), 2);
    moved.view.buffer = &region.buffer;
    matrix[which] = moved;
    const struct clt_gemm_shape shape = {1, 2, 1, false, false, batch};
    struct clt_launch_list *list;
    struct clt_gemm *gemm;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE));
    const enum clt_status st = clt_gemm_append(list, gemm, shape, matrix[0], matrix[1], matrix[2]);
    assert_int_equal(clt_launch_list_count(list), st == CLT_OK);
    clt_launch_list_free(list);
    clt_gemm_free(gemm);
    clt_region_free(&region);
    return st;
}

/* CLBlast's kernels count elements in 32 bits and would wrap without an error. Nothing is run. */
static void matrices_beyond_2_to_31_elements_are_refused(void **state)
{
    const size_t limit = (size_t)1 << 31;
    const struct clt_view at_end = {NULL, limit - 2}, beyond = {NULL, limit - 1}, start = {NULL, 0};
    for (size_t which = 0; which < 3; which++) {
        const size_t cols = which == 1 ? 1 : 2;
        const struct clt_view last = {NULL, limit - cols};
        assert_int_equal(append_moved(*state, 1, which, matrices(last, 2)), CLT_OK);
        assert_int_equal(append_moved(*state, 2, which, (struct clt_matrices){at_end, 2, limit}),
                         CLT_E_SHAPE);
        assert_int_equal(append_moved(*state, 2, which, (struct clt_matrices){start, 2, SIZE_MAX}),
                         CLT_E_SHAPE);
        assert_int_equal(
            append_moved(*state, 4, which, (struct clt_matrices){start, 2, limit / 3 + 1}),
            CLT_E_SHAPE);
    }
    assert_int_equal(append_moved(*state, 1, 0, matrices(beyond, 2)), CLT_E_SHAPE);
    assert_int_equal(append_moved(*state, 1, 2, matrices(beyond, 2)), CLT_E_SHAPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pocl_fuses_where_the_processor_can),
        cmocka_unit_test(products_equal_reference),
        cmocka_unit_test(gradient_of_a_dense_layer),
        cmocka_unit_test(matrices_beyond_2_to_31_elements_are_refused),
    };
    return clt_harness_run("gemm", tests, sizeof tests / sizeof *tests);
}
