#include "product.h"
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ref.h"

#define GAP 3 /* elements between matrices */

/* A batch of matrices on both sides; what lies between rows and matrices is NaN. */
struct matrix {
    size_t rows, cols, ld, stride, count; /* count: elements in all */
    struct clt_region region;
    double *values;
    float *narrow;
};

static struct matrix matrix_create(const struct clt_harness *h, size_t rows, size_t cols,
                                   size_t pad, size_t batch)
{
    struct matrix m = {.rows = rows, .cols = cols, .ld = cols + pad};
    m.stride = batch > 1 ? rows * m.ld + GAP : 0;
    m.count = (batch - 1) * m.stride + rows * m.ld;
    m.region = clt_region_of_reals(h, m.count);
    m.values = clt_allocate(m.count, sizeof *m.values);
    m.narrow = clt_allocate(m.count, sizeof *m.narrow);
    return m;
}

static bool is_padding(const struct matrix *m, size_t i)
{
    const size_t within = m->stride ? i % m->stride : i;
    return within >= m->rows * m->ld || within % m->ld >= m->cols;
}

static void matrix_fill(struct matrix *m, uint64_t seed)
{
    clt_compare_fill(m->values, m->count, seed);
    for (size_t i = 0; i < m->count; i++) {
        if (is_padding(m, i)) m->values[i] = NAN;
        m->narrow[i] = (float)m->values[i];
    }
    clt_region_write_reals(&m->region, m->values);
}

static void matrix_free(struct matrix *m)
{
    clt_region_free(&m->region);
    free(m->values);
    free(m->narrow);
}

static struct clt_matrices on_device(const struct matrix *m)
{
    return (struct clt_matrices){clt_region_view(&m->region), m->ld, m->stride};
}

static void run(const struct clt_harness *h, const struct clt_gemm *gemm,
                struct clt_gemm_shape shape, const struct matrix *c, const struct matrix *a,
                const struct matrix *b)
{
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_gemm_append(list, gemm, shape, on_device(c), on_device(a), on_device(b)));
    assert_int_equal(clt_launch_list_count(list), 1);
    assert_true(clt_launch_list_work(list).flop ==
                2 * (double)(shape.m * shape.n) * (double)(shape.k * shape.batch));
    clt_run_list(list);
}

/* Whether C, read into got, kept the poison it was created with wherever it is padding. */
static void check_padding(const struct matrix *c)
{
    const size_t element = c->region.element;
    const uint8_t poison[sizeof(double)] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    uint8_t *bytes = clt_allocate(c->count, element);
    clt_region_read(&c->region, bytes);
    for (size_t i = 0; i < c->count; i++)
        if (is_padding(c, i)) clt_check_same("padding of C", bytes + i * element, poison, element);
    free(bytes);
}

static void compare_chain(const struct clt_ref_gemm *shape, const double *got, const float *a,
                          const float *b, size_t step)
{
    for (size_t at = 0; at < shape->m * shape->n; at += step) {
        const size_t i = at / shape->n, j = at % shape->n;
        const float wanted = clt_ref_gemm_chain_at(shape, a, b, i, j);
        if (!((float)got[i * shape->c_ld + j] == wanted))
            fail_msg("%zu x %zu x %zu, transposed %d %d: C[%zu][%zu] is %.9g, the chain gives %.9g",
                     shape->m, shape->n, shape->k, shape->trans_a, shape->trans_b, i, j,
                     got[i * shape->c_ld + j], (double)wanted);
    }
}

static void compare_bound(const struct clt_harness *h, const struct clt_ref_gemm *shape,
                          const double *got, const double *a, const double *b)
{
    const size_t n = shape->m * shape->c_ld;
    double *wanted = clt_allocate(n, sizeof *wanted);
    clt_ref_gemm(shape, wanted, a, b);
    for (size_t i = 0; i < shape->m; i++)
        clt_check_close("row of C", h->real, 128, got + i * shape->c_ld, wanted + i * shape->c_ld,
                        shape->n);
    free(wanted);
}

static void compare(const struct clt_harness *h, const struct clt_product *product, bool exact,
                    const struct matrix *c, const struct matrix *a, const struct matrix *b)
{
    const struct clt_gemm_shape *s = &product->shape;
    const struct clt_ref_gemm shape = {s->m,       s->n,  s->k,  s->trans_a,
                                       s->trans_b, c->ld, a->ld, b->ld};
    double *got = clt_allocate(c->count, sizeof *got);
    clt_region_read_reals(&c->region, got);
    for (size_t p = 0; p < s->batch; p++) {
        const size_t in_c = p * c->stride, in_a = p * a->stride, in_b = p * b->stride;
        if (exact)
            compare_chain(&shape, got + in_c, a->narrow + in_a, b->narrow + in_b,
                          product->sampled ? product->sampled : 1);
        else
            compare_bound(h, &shape, got + in_c, a->values + in_a, b->values + in_b);
    }
    free(got);
}

bool clt_fuses(const struct clt_harness *h)
{
    /* -(1 + 2^-11) + (1 + 2^-12)^2: fused 2^-24, else 0 */
    const double x[2] = {1, 1 + 0x1p-12}, y[2] = {-(1 + 0x1p-11), 1 + 0x1p-12};
    const struct clt_harness in_float = {h->device, CLT_FLOAT, h->small};
    struct matrix a = matrix_create(&in_float, 1, 2, 0, 1),
                  b = matrix_create(&in_float, 2, 1, 0, 1);
    struct matrix c = matrix_create(&in_float, 1, 1, 0, 1);
    struct clt_gemm *gemm;
    double z;
    clt_region_write_reals(&a.region, x);
    clt_region_write_reals(&b.region, y);
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE));
    run(&in_float, gemm, (struct clt_gemm_shape){1, 1, 2, false, false, 1}, &c, &a, &b);
    clt_gemm_free(gemm);
    clt_region_read_reals(&c.region, &z);
    matrix_free(&a);
    matrix_free(&b);
    matrix_free(&c);
    return z == 0x1p-24;
}

void clt_check_product(const struct clt_harness *h, const struct clt_gemm *gemm,
                       const struct clt_product *product)
{
    const struct clt_gemm_shape *s = &product->shape;
    const size_t pad = product->pad;
    struct matrix c = matrix_create(h, s->m, s->n, pad, s->batch);
    struct matrix a = matrix_create(h, s->trans_a ? s->k : s->m, s->trans_a ? s->m : s->k, pad,
                                    product->share_a ? 1 : s->batch);
    struct matrix b = matrix_create(h, s->trans_b ? s->n : s->k, s->trans_b ? s->k : s->n, pad,
                                    product->share_b ? 1 : s->batch);
    matrix_fill(&a, 1);
    matrix_fill(&b, 2);
    run(h, gemm, *s, &c, &a, &b);
    check_padding(&c);
    compare(h, product, h->real == CLT_FLOAT && clt_fuses(h), &c, &a, &b);
    matrix_free(&c);
    matrix_free(&a);
    matrix_free(&b);
}

/* Each pair (m, n) once per transposition, with every k. */
void clt_check_products(const struct clt_harness *h, const struct clt_gemm *gemm)
{
    static const size_t all[] = {1, 7, 10, 50, 63, 64, 65, 100, 130, 257}, few[] = {1, 7, 33};
    const size_t *size = h->small ? few : all;
    const size_t n = h->small ? sizeof few / sizeof *few : sizeof all / sizeof *all;
    for (size_t i = 0; i < n * n * 4; i++) {
        const size_t row = i / 4 / n, col = i / 4 % n, transposed = i % 4;
        const struct clt_product product = {.shape = {size[row], size[col],
                                                      size[(row + 3 * col + transposed) % n],
                                                      transposed & 1, transposed >> 1, 1},
                                            .pad = (row + col) % 2 ? 5 : 0};
        clt_check_product(h, gemm, &product);
    }
}

void clt_check_batches(const struct clt_harness *h, const struct clt_gemm *gemm)
{
    static const size_t sizes[][3] = {{7, 1, 130}, {10, 100, 50}, {50, 65, 64}};
    const size_t n = h->small ? 1 : sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < n * 16; i++) {
        const size_t *size = sizes[i / 16];
        const struct clt_product product = {
            .shape = {size[0], size[1], size[2], i & 1, i >> 1 & 1, 3},
            .pad = i / 16 == 1 ? 0 : 4,
            .share_a = i >> 2 & 1,
            .share_b = i >> 3 & 1};
        clt_check_product(h, gemm, &product);
    }
}
