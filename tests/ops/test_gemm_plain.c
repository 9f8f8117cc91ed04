/* Our own GEMM of plain matrices, the one for GPUs, on the device that is there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend.h"
#include "compare.h"
#include "harness.h"
#include "product.h"
#include "ref.h"

#define GAP 3 /* elements between matrices, and between rows */

/* A batch of matrices on both sides; what lies between rows and matrices is NaN. */
struct matrix {
    size_t rows, cols, ld, stride, count; /* count: elements in all */
    struct clt_region region;
    double *values;
};

static struct matrix matrix_create(const struct clt_harness *h, size_t rows, size_t cols,
                                   size_t batch)
{
    struct matrix m = {.rows = rows, .cols = cols, .ld = cols + GAP};
    m.stride = batch > 1 ? rows * m.ld + GAP : 0;
    m.count = (batch - 1) * m.stride + rows * m.ld;
    m.region = clt_region_of_reals(h, m.count);
    m.values = clt_allocate(m.count, sizeof *m.values);
    return m;
}

static bool is_padding(const struct matrix *m, size_t i)
{
    const size_t within = m->stride ? i % m->stride : i;
    return within >= m->rows * m->ld || within % m->ld >= m->cols;
}

static void matrix_fill(struct matrix *m, uint64_t seed, double scale)
{
    clt_compare_fill(m->values, m->count, seed);
    for (size_t i = 0; i < m->count; i++)
        m->values[i] = is_padding(m, i) ? (double)NAN : m->values[i] * scale;
    clt_region_write_reals(&m->region, m->values);
}

static void matrix_free(struct matrix *m)
{
    clt_region_free(&m->region);
    free(m->values);
}

static struct clt_matrices on_device(const struct matrix *m)
{
    return (struct clt_matrices){clt_region_view(&m->region), m->ld, m->stride};
}

struct setup {
    size_t m, n, k;
    bool trans_a, trans_b;
    size_t batch;
    double scale; /* of the inputs */
    bool exact;   /* bit for bit */
};

/* A product, its inputs on both sides, what C has to become. */
struct product {
    struct clt_gemm_call call;
    struct matrix c, a, b;
    bool exact;
    char name[96];
};

static void compute_wanted(struct product *p)
{
    const struct clt_gemm_call *call = &p->call;
    const struct clt_ref_gemm shape = {call->m,       call->n, call->k, call->trans_a,
                                       call->trans_b, p->c.ld, p->a.ld, p->b.ld};
    for (size_t i = 0; i < call->batch; i++)
        (p->exact ? clt_ref_gemm_chain : clt_ref_gemm)(&shape, p->c.values + i * p->c.stride,
                                                       p->a.values + i * p->a.stride,
                                                       p->b.values + i * p->b.stride);
}

static struct product product_create(const struct clt_harness *h, const struct setup *s)
{
    const size_t m = s->m, n = s->n, k = s->k;
    struct product p = {.c = matrix_create(h, m, n, s->batch),
                        .a = matrix_create(h, s->trans_a ? k : m, s->trans_a ? m : k, s->batch),
                        .b = matrix_create(h, s->trans_b ? n : k, s->trans_b ? k : n, s->batch),
                        .exact = s->exact};
    matrix_fill(&p.a, m + k, s->scale);
    matrix_fill(&p.b, 1000 + n + k, s->scale);
    p.call = (struct clt_gemm_call){
        .m = m, .n = n, .k = k, .trans_a = s->trans_a, .trans_b = s->trans_b, .batch = s->batch};
    snprintf(p.name, sizeof p.name, "%zu x %zu x %zu, %s%s, %zu matrices", m, n, k,
             s->trans_a ? "T" : "N", s->trans_b ? "T" : "N", s->batch);
    compute_wanted(&p);
    return p;
}

static void product_free(struct product *p)
{
    matrix_free(&p->c);
    matrix_free(&p->a);
    matrix_free(&p->b);
}

/* What is not part of C keeps the poison that it was created with. */
static void check_result(const struct clt_harness *h, const struct product *p,
                         const struct clt_region *c)
{
    const size_t count = p->c.count, element = c->element;
    uint8_t *bytes = clt_allocate(count, element);
    double *got = clt_allocate(count, sizeof *got);
    clt_region_read(c, bytes);
    clt_region_read_reals(c, got);
    for (size_t i = 0; i < count; i++) {
        if (!is_padding(&p->c, i)) continue;
        for (size_t j = 0; j < element; j++) assert_int_equal(bytes[i * element + j], 0xFF);
        got[i] = p->c.values[i];
    }
    if (p->exact)
        clt_check_same(p->name, got, p->c.values, count * sizeof *got);
    else
        clt_check_close(p->name, h->real, 16 + 2 * (double)p->call.k, got, p->c.values, count);
    free(got);
    free(bytes);
}

static void check_product(const struct clt_harness *h, const struct product *p,
                          const struct clt_tile *tile)
{
    struct clt_gemm_call call = p->call;
    struct matrix c = p->c;
    struct clt_launch_list *list;
    c.region = clt_region_of_reals(h, c.count);
    call.c = on_device(&c);
    call.a = on_device(&p->a);
    call.b = on_device(&p->b);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_native_append(list, &call, tile));
    assert_int_equal(clt_launch_list_count(list), 1);
    clt_run_list(list);
    check_result(h, p, &c.region);
    clt_region_free(&c.region);
}

/* By every tile; in double by the one that is chosen. */
static void check_tiles(const struct clt_harness *h, const struct setup *setup)
{
    struct product p = product_create(h, setup);
    size_t count;
    const struct clt_device_info *info = clt_device_describe(h->device);
    const struct clt_tile chosen = clt_plain_tile(info, &p.call), *tiles = clt_plain_tiles(&count);
    if (h->real == CLT_DOUBLE) check_product(h, &p, &chosen);
    for (size_t i = 0; i < count && h->real == CLT_FLOAT; i++)
        if (clt_plain_tile_fits(&tiles[i], info)) check_product(h, &p, &tiles[i]);
    product_free(&p);
}

static bool is_exact(const struct clt_harness *h)
{
    return h->real == CLT_FLOAT && clt_fuses(h);
}

/* Each pair (m, n) once; every k comes with every m and every n. */
static void products_equal_reference(void **state)
{
    static const size_t all[] = {1, 7, 63, 64, 65, 130, 257}, few[] = {7, 33};
    const struct clt_harness *h = *state;
    const size_t *size = h->small ? few : all;
    const size_t n = h->small ? sizeof few / sizeof *few : sizeof all / sizeof *all;
    const bool exact = is_exact(h);
    for (size_t i = 0; i < n * n; i++)
        for (size_t trans = 0; trans < 4; trans++)
            for (size_t batch = 1; batch <= 3; batch += 2) {
                const size_t row = i / n, col = i % n;
                if (h->small && (i + trans) % 4) continue;
                check_tiles(h, &(struct setup){.m = size[row],
                                               .n = size[col],
                                               .k = size[(row + col) % n],
                                               .trans_a = trans & 1,
                                               .trans_b = trans & 2,
                                               .batch = batch,
                                               .scale = 1,
                                               .exact = exact});
            }
}

/* Products that underflow leave -0, which adding +0 from beyond k would turn into +0. */
static void zeros_keep_their_signs(void **state)
{
    const struct clt_harness *h = *state;
    const bool exact = is_exact(h);
    for (size_t k = 1; exact && k < 40; k += 19)
        check_tiles(h, &(struct setup){
                           .m = 5, .n = 6, .k = k, .batch = 1, .scale = 0x1p-80, .exact = true});
}

/* --- the choice of a tile --- */

#define KIB ((cl_ulong)1024)

static const struct clt_device_info *device_of(struct clt_device_info *out, cl_uint units,
                                               size_t largest_group, cl_ulong local_memory)
{
    *out = (struct clt_device_info){
        .compute_units = units, .largest_group = largest_group, .local_memory = local_memory};
    return out;
}

static void check_choice(const struct clt_device_info *info, size_t m, size_t n, size_t batch,
                         size_t rows, size_t columns)
{
    const struct clt_tile tile =
        clt_plain_tile(info, &(struct clt_gemm_call){.m = m, .n = n, .batch = batch});
    assert_true(clt_plain_tile_fits(&tile, info));
    assert_int_equal(tile.run, rows);
    assert_int_equal(tile.width, columns);
}

static void larger_products_get_larger_tiles(void **state)
{
    struct clt_device_info info;
    (void)state;
    device_of(&info, 132, 1024, 48 * KIB);
    check_choice(&info, 4096, 4096, 1, 128, 128);
    check_choice(&info, 1024, 1024, 1, 128, 64);
    check_choice(&info, 50, 100, 1, 32, 32);
    check_choice(&info, 50, 100, 1000, 64, 64);
    check_choice(&info, 10, 3072, 30, 16, 64);
}

static void small_devices_get_small_tiles(void **state)
{
    struct clt_device_info info;
    (void)state;
    check_choice(device_of(&info, 8, 128, 32 * KIB), 4096, 4096, 1, 32, 32);
    check_choice(device_of(&info, 8, 256, 32 * KIB), 4096, 4096, 1, 128, 128);
    check_choice(device_of(&info, 8, 256, 16 * KIB), 4096, 4096, 1, 32, 32);
    check_choice(device_of(&info, 8, 32, 32 * KIB), 4096, 4096, 1, 16, 16);
    check_choice(device_of(&info, 8, 1, 1 * KIB), 4096, 4096, 1, 4, 4);
}

/* Each item of a group loads as much of a block as any other, also where that is half as deep. */
static void blocks_are_shared_out_evenly(void **state)
{
    size_t count;
    const struct clt_tile *tiles = clt_plain_tiles(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct clt_tile *t = &tiles[i];
        const size_t items = t->run / t->rows * (t->width / (4 * t->vectors));
        assert_int_equal(t->run * t->depth / 2 % items, 0);
        assert_int_equal(t->width * t->depth / 2 % items, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_reference),
        cmocka_unit_test(zeros_keep_their_signs),
        cmocka_unit_test(larger_products_get_larger_tiles),
        cmocka_unit_test(small_devices_get_small_tiles),
        cmocka_unit_test(blocks_are_shared_out_evenly),
    };
    return clt_harness_run("gemm, plain", tests, sizeof tests / sizeof *tests);
}
