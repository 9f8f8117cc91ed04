/* cases_products.c - matrix products by one backend. */
#include <math.h>
#include <string.h>

#include "cases.h"
#include "ref.h"

#define ULPS 128 /* of sums of up to 1000 products */
#define PAD  3   /* elements behind each row of A and B: NaN, so that reading them shows */

struct product {
    struct clt_gemm_shape shape;
    struct clt_reals c, a, b;
    size_t a_rows, a_cols, b_rows, b_cols;
};

static void product_free(struct product *product)
{
    clt_reals_free(&product->c);
    clt_reals_free(&product->a);
    clt_reals_free(&product->b);
}

static enum clt_status create_operand(struct clt_reals *out, const struct clt_bench *bench,
                                      size_t rows, size_t cols, uint64_t seed)
{
    enum clt_status st = CLT_OK;
    const size_t ld = cols + PAD;
    TRY(clt_reals_create(out, bench, rows * ld, seed));
    for (size_t i = 0; i < rows * ld; i++)
        if (i % ld >= cols) out->host[i] = NAN;
    TRY(clt_reals_send(out));
done:
    return st;
}

/* The matrices of a batch lie one behind the other. */
static enum clt_status product_create(struct product *out, const struct clt_bench *bench,
                                      struct clt_gemm_shape s)
{
    enum clt_status st = CLT_OK;
    *out = (struct product){.shape = s,
                            .a_rows = s.trans_a ? s.k : s.m,
                            .a_cols = s.trans_a ? s.m : s.k,
                            .b_rows = s.trans_b ? s.n : s.k,
                            .b_cols = s.trans_b ? s.k : s.n};
    TRY(clt_reals_create(&out->c, bench, s.batch * s.m * s.n, 0));
    TRY(create_operand(&out->a, bench, s.batch * out->a_rows, out->a_cols, 1));
    TRY(create_operand(&out->b, bench, s.batch * out->b_rows, out->b_cols, 2));
done:
    return st;
}

static enum clt_status append(struct clt_launch_list *list, const struct clt_gemm *gemm,
                              const struct product *p)
{
    const struct clt_gemm_shape *s = &p->shape;
    const size_t a_ld = p->a_cols + PAD, b_ld = p->b_cols + PAD;
    return clt_gemm_append(list, gemm, *s,
                           (struct clt_matrices){clt_reals_view(&p->c), s->n, s->m * s->n},
                           (struct clt_matrices){clt_reals_view(&p->a), a_ld, p->a_rows * a_ld},
                           (struct clt_matrices){clt_reals_view(&p->b), b_ld, p->b_rows * b_ld});
}

static void compute_reference(struct product *p)
{
    const struct clt_gemm_shape *s = &p->shape;
    const struct clt_ref_gemm shape = {
        s->m, s->n, s->k, s->trans_a, s->trans_b, s->n, p->a_cols + PAD, p->b_cols + PAD};
    for (size_t i = 0; i < s->batch; i++)
        clt_ref_gemm(&shape, p->c.host + i * s->m * s->n,
                     p->a.host + i * p->a_rows * (p->a_cols + PAD),
                     p->b.host + i * p->b_rows * (p->b_cols + PAD));
}

static enum clt_status check_product(struct clt_selftest *test, const struct clt_bench *bench,
                                     const struct clt_gemm *gemm, const char *name,
                                     struct clt_gemm_shape shape)
{
    enum clt_status st = CLT_OK;
    struct product product;
    struct clt_launch_list *list;
    double error = 0;
    TRY(product_create(&product, bench, shape));
    compute_reference(&product);
    TRY(clt_launch_list_create(&list, bench->device, bench->real));
    TRY(clt_bench_run(append(list, gemm, &product), list));
    TRY(clt_reals_compare(&error, &product.c, product.c.host));
    TRY(clt_selftest_note(test, name, bench->real, error, ULPS));
done:
    product_free(&product);
    return st;
}

enum clt_status clt_selftest_products(struct clt_selftest *test, const struct clt_bench *bench,
                                      const struct clt_gemm *gemm, bool brief)
{
    static const char *const names[2][4] = {
        {"gemm", "gemm, A^T", "gemm, B^T", "gemm, A^T B^T"},
        {"clblast", "clblast, A^T", "clblast, B^T", "clblast, A^T B^T"}};
    static const size_t sizes[][3] = {{50, 65, 130}, {1, 1, 1},     {7, 100, 63},  {64, 64, 64},
                                      {65, 7, 257},  {10, 100, 50}, {63, 10, 1000}};
    enum clt_status st = CLT_OK;
    const bool clblast = strcmp(clt_gemm_name(gemm), "clblast") == 0;
    for (size_t i = 0; i < (brief ? 1 : sizeof sizes / sizeof *sizes); i++)
        for (size_t transposed = 0; transposed < 4; transposed++)
            for (size_t batch = 1; batch <= 3; batch += 2) {
                const struct clt_gemm_shape shape = {sizes[i][0],          sizes[i][1],
                                                     sizes[i][2],          (transposed & 1) != 0,
                                                     transposed >> 1 != 0, batch};
                TRY(check_product(test, bench, gemm, names[clblast][transposed], shape));
            }
done:
    return st;
}
