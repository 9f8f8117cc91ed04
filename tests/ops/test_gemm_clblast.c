/* Products by CLBlast: all in one process, since each compiles the routine anew. An argument names
 * the only test to run. */
#include "product.h"

static struct clt_gemm *clblast(const struct clt_harness *h)
{
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_CLBLAST, h->real));
    assert_string_equal(clt_gemm_name(gemm), "clblast");
    return gemm;
}

static void clblast_products_equal_reference(void **state)
{
    struct clt_gemm *gemm = clblast(*state);
    clt_check_products(*state, gemm);
    clt_gemm_free(gemm);
}

/* Large and aligned to any tile: CLBlast's default is its indirect path, which ignores the offset
 * and stride of such an operand. */
static void large_matrices_are_read_where_they_are(void **state)
{
    const struct clt_harness *h = *state;
    struct clt_gemm *gemm = clblast(h);
    const struct clt_case_setup setup = {.members = 2,
                                         .in = 704,
                                         .out = 1024,
                                         .batch = clt_gemm_batch(gemm, 1024),
                                         .exact = clt_fuses(h)};
    clt_check_case(h, CLT_OP_PRODUCT, &setup, gemm, NULL);
    clt_gemm_free(gemm);
}

/* The larger ones would be several by CLBlast's default; one_launch.sh counts them. */
static void eight_launches(void **state)
{
    const struct clt_harness *h = *state;
    struct clt_gemm *gemm = clblast(h);
    const size_t sizes[][3] = {{1, 1, 1}, {10, 100, 50}, {300, 256, 784}, {1024, 1024, 704}};
    struct clt_region y = clt_region_of_reals(h, 1024 * 1024 * 2);
    struct clt_region x = clt_region_of_reals(h, 1024 * 784 * 2);
    for (size_t i = 0; i < 8; i++) {
        const size_t *size = sizes[i / 2];
        const struct clt_dense dense = {size[2], size[0], 1 + i % 2, false,
                                        clt_gemm_batch(gemm, size[1])};
        const struct clt_view view = clt_region_view(&x);
        struct clt_launch_list *list;
        MUST(clt_launch_list_create(&list, h->device, h->real));
        MUST(clt_gemm_forward(list, gemm, &dense, clt_region_view(&y), view, view));
        clt_run_list(list);
    }
    clt_region_free(&y);
    clt_region_free(&x);
    clt_gemm_free(gemm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clblast_products_equal_reference),
        cmocka_unit_test(large_matrices_are_read_where_they_are),
        cmocka_unit_test(eight_launches),
    };
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return clt_harness_run_in(CLT_FLOAT, "gemm, CLBlast", tests, sizeof tests / sizeof *tests);
}
