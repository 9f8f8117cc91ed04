#include "product.h"

bool clt_fuses(const struct clt_harness *h)
{
    /* -(1 + 2^-11) + (1 + 2^-12)^2: fused 2^-24, else 0 */
    const double x[2] = {1, 1 + 0x1p-12}, w[2] = {-(1 + 0x1p-11), 1 + 0x1p-12};
    const struct clt_bench bench = {.device = h->device, .real = CLT_FLOAT, .tight = h->small};
    struct clt_gemm *gemm;
    struct clt_case c;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, CLT_FLOAT));
    const struct clt_case_setup setup = {
        .members = 1, .in = 2, .out = 1, .batch = clt_gemm_batch(gemm, 1)};
    MUST(clt_case_create(&c, &bench, CLT_OP_PRODUCT, &setup));
    for (size_t i = 0; i < 2; i++) {
        c.array[CLT_X].values[i] = x[i];
        c.array[CLT_WEIGHT].values[i] = w[i];
    }
    MUST(clt_case_run(&c, &bench, gemm, NULL));
    const bool fuses = c.array[CLT_Y].got[0] == 0x1p-24;
    clt_case_free(&c);
    clt_gemm_free(gemm);
    return fuses;
}

static void check_ways(const struct clt_harness *h, const struct clt_gemm *gemm,
                       enum clt_op_kind kind, struct clt_case_setup setup)
{
    const bool fused = clt_gemm_is_fused(gemm);
    for (size_t way = 0; way < (fused ? 4 : 1); way++) {
        setup.joined = way & 1;
        setup.updates = way >> 1;
        if (setup.updates && !clt_ops[kind].updates) continue;
        clt_check_case(h, kind, &setup, gemm, NULL);
    }
}

/* Each pair (out, batch) once, with every in. */
void clt_check_products(const struct clt_harness *h, const struct clt_gemm *gemm)
{
    static const size_t all[] = {1, 7, 10, 15, 16, 17, 63, 64, 65, 100, 257}, few[] = {1, 7, 33};
    const size_t *size = h->small ? few : all;
    const size_t n = h->small ? sizeof few / sizeof *few : sizeof all / sizeof *all;
    const bool exact = clt_fuses(h);
    for (size_t i = 0; i < n * n; i++)
        for (size_t kind = CLT_OP_PRODUCT; kind < CLT_OPS; kind++)
            for (size_t members = 0; members < 3; members++) {
                const size_t row = i / n, col = i % n;
                const struct clt_case_setup setup = {.members = members ? 3 : 1,
                                                     .in = size[(row + 3 * col + members) % n],
                                                     .out = size[row],
                                                     .batch = clt_gemm_batch(gemm, size[col]),
                                                     .shared = members == 2,
                                                     .exact = exact};
                check_ways(h, gemm, (enum clt_op_kind)kind, setup);
            }
}
