/* Our own products, and what both backends refuse. */
#include <string.h>

#include "backend.h"
#include "product.h"

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

static struct clt_gemm *native(const struct clt_harness *h)
{
    struct clt_gemm *gemm;
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_NATIVE, h->real));
    assert_string_equal(clt_gemm_name(gemm), "native");
    return gemm;
}

static void products_equal_reference(void **state)
{
    struct clt_gemm *gemm = native(*state);
    clt_check_products(*state, gemm);
    clt_gemm_free(gemm);
}

/* --- tiles of the panels' products --- */

static enum clt_status append_tiled(struct clt_launch_list *list, const struct clt_case *c,
                                    const struct clt_step_memory *memory, const void *self)
{
    const struct clt_case_setup *s = &c->setup;
    const struct clt_case_array *array = c->array;
    const struct clt_buffer *workspace = memory->workspace;
    const struct clt_view x = {workspace, array[CLT_X].offset},
                          y = {workspace, array[CLT_Y].offset},
                          g = {workspace, array[CLT_G].offset},
                          gx = {workspace, array[CLT_GX].offset},
                          w = {&memory->vectors->parameters, array[CLT_WEIGHT].offset},
                          dw = {&memory->vectors->gradients, array[CLT_DWEIGHT].offset};
    const struct clt_weight_update update = {w,
                                             &memory->feed->cursor,
                                             &memory->feed->rates,
                                             &memory->state->frozen,
                                             &memory->state->overflow,
                                             c->layer};
    const struct clt_dense dense = {s->in, s->out, s->members, s->shared, s->batch};
    struct clt_product_call call;
    switch (c->op->step) {
    case CLT_STEP_FORWARD:
        call = (struct clt_product_call){{CLT_FORWARD, dense, false}, y, w, x, NULL};
        break;
    case CLT_STEP_INPUT_GRADIENT:
        call = (struct clt_product_call){{CLT_INPUT_GRADIENT, dense, false}, gx, w, g, NULL};
        break;
    default:
        call = (struct clt_product_call){
            {CLT_WEIGHT_GRADIENT, dense, s->updates}, dw, g, x, s->updates ? &update : NULL};
        break;
    }
    return clt_panel_append(list, &call, self);
}

static void check_tile(const struct clt_harness *h, struct clt_tile tile,
                       struct clt_case_setup setup)
{
    const struct clt_case_launcher launcher = {append_tiled, &tile};
    for (size_t kind = CLT_OP_PRODUCT; kind < CLT_OPS; kind++)
        for (size_t updates = 0; updates <= clt_ops[kind].updates; updates++)
            for (size_t shared = 0; shared < 2; shared++) {
                setup.updates = updates;
                setup.shared = shared;
                tile.run = tile.rows * (1 + shared * 2); /* some of the rows, and more */
                tile.width = kind != CLT_OP_WEIGHT_GRADIENT ? tile.vectors * (1 + shared)
                             : shared                       ? 2
                                                            : 1;
                clt_check_case(h, (enum clt_op_kind)kind, &setup, NULL, &launcher);
            }
}

/* The last tile overlaps the one above, the last vector ends behind the features, the last block is
 * shorter: the element's chain is the same. */
static void any_tile_gives_the_same_product(void **state)
{
    static const struct clt_tile tiles[] = {
        {1, 1, 16, 0, 0},   {2, 2, 16, 0, 0},   {3, 1, 256, 0, 0},
        {5, 2, 16, 0, 0},   {6, 1, 16, 0, 0},   {6, 2, 256, 0, 0},
        {10, 1, 256, 0, 0}, {12, 2, 256, 0, 0}, {5, 4, 16, 0, 0},
    };
    static const size_t sizes[][3] = {/* in, out, batch */
                                      {12, 12, 17},
                                      {33, 17, 100},
                                      {100, 13, 65},
                                      {16, 300, 32}};
    const struct clt_harness *h = *state;
    const bool exact = clt_fuses(h);
    const size_t step = h->small ? 2 : 1;
    if (!clt_device_is_cpu(h->device)) return;
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i += step)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j += 2 * step - 1) {
            if (h->small && tiles[i].vectors > 1) continue; /* oclgrind lacks usub.sat */
            const size_t *size = sizes[j], pitch = (size[2] + 15) / 16 * 16;
            const struct clt_case_setup setup = {.members = 5,
                                                 .in = size[0],
                                                 .out = size[1],
                                                 .batch = {size[2], CLT_LANES, pitch},
                                                 .exact = exact};
            check_tile(h, tiles[i], setup);
        }
}

/* --- what is refused --- */

/* A product of two members, or one, of a 2 x 1 x 1 layer, one of its matrices at `offset`. */
static enum clt_status append_moved(const struct clt_harness *h, size_t members,
                                    enum clt_product product, size_t which, size_t offset)
{
    struct clt_region region = clt_region_of_reals(h, 8);
    struct clt_view view[3] = {clt_region_view(&region), clt_region_view(&region),
                               clt_region_view(&region)};
    struct clt_launch_list *list;
    struct clt_gemm *gemm;
    MUST(clt_launch_list_create(&list, h->device, CLT_FLOAT));
    MUST(clt_gemm_create(&gemm, h->device, CLT_BACKEND_CLBLAST, CLT_FLOAT));
    const struct clt_dense dense = {1, 2, members, false, clt_gemm_batch(gemm, 3)};
    view[which].offset = offset;
    enum clt_status st = CLT_OK;
    switch (product) {
    case CLT_FORWARD: st = clt_gemm_forward(list, gemm, &dense, view[0], view[1], view[2]); break;
    case CLT_INPUT_GRADIENT:
        st = clt_gemm_input_gradient(list, gemm, &dense, view[0], view[1], view[2]);
        break;
    case CLT_WEIGHT_GRADIENT:
        st = clt_gemm_weight_gradient(list, gemm, &dense, view[0], view[1], view[2], NULL);
        break;
    }
    assert_int_equal(clt_launch_list_count(list), st == CLT_OK);
    clt_launch_list_free(list);
    clt_gemm_free(gemm);
    clt_region_free(&region);
    return st;
}

/* CLBlast's kernels count elements in 32 bits and would wrap without an error. Nothing is run. */
static void matrices_beyond_2_to_31_elements_are_refused(void **state)
{
    enum { PITCH = 16, Y = PITCH + 3, W = 2, X = 3 }; /* from the first element to the last */
    static const size_t span[3][3] = {[CLT_FORWARD] = {Y, W, X},
                                      [CLT_INPUT_GRADIENT] = {X, W, Y},
                                      [CLT_WEIGHT_GRADIENT] = {W, Y, X}};
    static const size_t stride[3][3] = {[CLT_FORWARD] = {2 * PITCH, W, PITCH},
                                        [CLT_INPUT_GRADIENT] = {PITCH, W, 2 * PITCH},
                                        [CLT_WEIGHT_GRADIENT] = {W, 2 * PITCH, PITCH}};
    const size_t limit = (size_t)1 << 31;
    for (size_t i = 0; i < 9; i++) {
        const enum clt_product product = (enum clt_product)(i / 3);
        const size_t which = i % 3, last = limit - span[product][which];
        const size_t of_two = last - stride[product][which];
        assert_int_equal(append_moved(*state, 1, product, which, last), CLT_OK);
        assert_int_equal(append_moved(*state, 1, product, which, last + 1), CLT_E_SHAPE);
        assert_int_equal(append_moved(*state, 2, product, which, of_two), CLT_OK);
        assert_int_equal(append_moved(*state, 2, product, which, of_two + 1), CLT_E_SHAPE);
        assert_int_equal(append_moved(*state, 1, product, which, SIZE_MAX), CLT_E_SHAPE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pocl_fuses_where_the_processor_can),
        cmocka_unit_test(products_equal_reference),
        cmocka_unit_test(any_tile_gives_the_same_product),
        cmocka_unit_test(matrices_beyond_2_to_31_elements_are_refused),
    };
    return clt_harness_run("gemm", tests, sizeof tests / sizeof *tests);
}
