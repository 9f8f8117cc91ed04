/* GEMM by CLBlast: all in one process, since each compiles the routine anew. An argument names the
 * only test to run. */
#include "product.h"

static struct clt_gemm *clblast(const struct clt_harness *h)
{
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_CLBLAST));
    assert_string_equal(clt_gemm_name(gemm), "clblast");
    return gemm;
}

static void clblast_products_equal_reference(void **state)
{
    struct clt_gemm *gemm = clblast(*state);
    clt_check_products(*state, gemm);
    clt_check_batches(*state, gemm);
    clt_gemm_free(gemm);
}

/* Large and aligned to any tile: CLBlast's default is its indirect path, which ignores the offset
 * and stride of such an operand. */
static void large_shared_matrices_are_read_where_they_are(void **state)
{
    struct clt_gemm *gemm = clblast(*state);
    const struct clt_product product = {
        .shape = {1024, 1024, 704, false, false, 2}, .share_a = true, .sampled = 1021};
    clt_check_product(*state, gemm, &product);
    clt_gemm_free(gemm);
}

/* The larger ones would be several by CLBlast's default; one_launch.sh counts them. */
static void eight_launches(void **state)
{
    struct clt_gemm *gemm = clblast(*state);
    const size_t sizes[][3] = {{1, 1, 1}, {10, 100, 50}, {300, 256, 784}, {1024, 1024, 704}};
    struct clt_region c = clt_region_of_reals(*state, 1024 * 1024 * 2);
    struct clt_region x = clt_region_of_reals(*state, 1024 * 704);
    const struct clt_harness *h = *state;
    for (size_t i = 0; i < 8; i++) {
        const size_t *size = sizes[i / 2];
        const struct clt_gemm_shape shape = {size[0], size[1], size[2], false, false, 1 + i % 2};
        const struct clt_view view = clt_region_view(&x);
        struct clt_launch_list *list;
        MUST(clt_launch_list_create(&list, h->device, h->real));
        MUST(clt_gemm_append(list, gemm, shape,
                             (struct clt_matrices){clt_region_view(&c), size[1], size[0] * size[1]},
                             (struct clt_matrices){view, size[2], 0},
                             (struct clt_matrices){view, size[1], 0}));
        clt_run_list(list);
    }
    clt_region_free(&c);
    clt_region_free(&x);
    clt_gemm_free(gemm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clblast_products_equal_reference),
        cmocka_unit_test(large_shared_matrices_are_read_where_they_are),
        cmocka_unit_test(eight_launches),
    };
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return clt_harness_run_in(CLT_FLOAT, "gemm, CLBlast", tests, sizeof tests / sizeof *tests);
}
