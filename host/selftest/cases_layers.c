/* cases_layers.c - the steps of a network, one by one, in every way that the backend allows. */
#include <string.h>

#include "cases.h"
#include "op_case.h"

static enum clt_status check(struct clt_selftest *test, const struct clt_bench *bench,
                             const struct clt_gemm *gemm, const char *name, enum clt_op_kind kind,
                             const struct clt_case_setup *setup)
{
    enum clt_status st = CLT_OK;
    struct clt_case c;
    TRY(clt_case_create(&c, bench, kind, setup));
    TRY(clt_case_run(&c, bench, gemm, NULL));
    TRY(clt_selftest_note(test, name, bench->real, clt_case_error(&c), c.op->ulps));
done:
    clt_case_free(&c);
    return st;
}

/* In place and not, as a launch of its own and as one step of several, with updates and without. */
static enum clt_status check_ways(struct clt_selftest *test, const struct clt_bench *bench,
                                  const struct clt_gemm *gemm, const char *name,
                                  enum clt_op_kind kind, struct clt_case_setup setup)
{
    enum clt_status st = CLT_OK;
    const struct clt_op *op = &clt_ops[kind];
    for (size_t way = 0; way < 8; way++) {
        setup.in_place = way & 1;
        setup.joined = way >> 1 & 1;
        setup.updates = way >> 2;
        if (!(op->modes & (setup.in_place ? CLT_IN_PLACE : CLT_SEPARATE))) continue;
        if (setup.updates && !(op->updates && clt_gemm_is_fused(gemm))) continue;
        TRY(check(test, bench, gemm, name, kind, &setup));
    }
done:
    return st;
}

enum clt_status clt_selftest_layers(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct clt_gemm *gemm, struct clt_selftest_shape shape)
{
    enum clt_status st = CLT_OK;
    const struct clt_case_setup setup = {.members = shape.members,
                                         .in = shape.units,
                                         .out = shape.units,
                                         .batch = clt_gemm_batch(gemm, shape.batch)};
    for (size_t i = 0; i < CLT_OP_PRODUCT; i++)
        TRY(check_ways(test, bench, gemm, clt_ops[i].name, (enum clt_op_kind)i, setup));
done:
    return st;
}

enum clt_status clt_selftest_products(struct clt_selftest *test, const struct clt_bench *bench,
                                      const struct clt_gemm *gemm, bool brief)
{
    static const char *const clblast[CLT_OPS] = {
        [CLT_OP_PRODUCT] = "product, CLBlast",
        [CLT_OP_INPUT_GRADIENT] = "input gradient, CLBlast",
        [CLT_OP_WEIGHT_GRADIENT] = "weight gradient, CLBlast"};
    static const size_t sizes[][3] = {/* out, batch, in */
                                      {50, 65, 130}, {1, 1, 1},     {7, 100, 63},  {64, 64, 64},
                                      {65, 7, 257},  {10, 100, 50}, {63, 10, 1000}};
    enum clt_status st = CLT_OK;
    const bool is_clblast = strcmp(clt_gemm_name(gemm), "clblast") == 0;
    for (size_t i = 0; i < (brief ? 1 : sizeof sizes / sizeof *sizes); i++)
        for (size_t kind = CLT_OP_PRODUCT; kind < CLT_OPS; kind++)
            for (size_t shared = 0; shared < 2; shared++) {
                const struct clt_case_setup setup = {.members = 3,
                                                     .in = sizes[i][2],
                                                     .out = sizes[i][0],
                                                     .batch = clt_gemm_batch(gemm, sizes[i][1]),
                                                     .shared = shared};
                TRY(check_ways(test, bench, gemm, is_clblast ? clblast[kind] : clt_ops[kind].name,
                               (enum clt_op_kind)kind, setup));
            }
done:
    return st;
}
