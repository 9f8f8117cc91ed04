#include "selftest.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"

/* Around the sizes of vectors, groups and tiles. */
static const struct clt_selftest_shape shapes[] = {
    {3, 7, 65},  {1, 1, 1},   {1, 10, 100}, {1, 1, 7},    {2, 63, 1},
    {1, 64, 64}, {1, 65, 63}, {2, 7, 1000}, {1, 1000, 7}, {1, 257, 130},
};
#define N_SHAPES (sizeof shapes / sizeof *shapes)
#define N_BRIEF  3

bool clt_selftest_row_passed(const struct clt_selftest_row *row)
{
    return row->error <= row->bound;
}

enum clt_status clt_selftest_note(struct clt_selftest *test, const char *kernel, enum clt_real real,
                                  double error, double bound)
{
    size_t i = 0;
    while (i < test->n_rows &&
           (test->rows[i].real != real || strcmp(test->rows[i].kernel, kernel) != 0))
        i++;
    if (i == test->n_rows) {
        struct clt_selftest_row *grown = realloc(test->rows, (test->n_rows + 1) * sizeof *grown);
        if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
        test->rows = grown;
        test->rows[test->n_rows++] =
            (struct clt_selftest_row){.kernel = kernel, .real = real, .bound = bound};
    }
    struct clt_selftest_row *row = &test->rows[i];
    row->cases++;
    if (!(error <= row->error)) row->error = error;
    return CLT_OK;
}

static enum clt_status run_with(struct clt_selftest *test, const struct clt_bench *bench,
                                const struct clt_gemm *gemm,
                                const struct clt_selftest_options *options)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < (options->brief ? N_BRIEF : N_SHAPES); i++) {
        TRY(clt_selftest_around(test, bench, gemm, shapes[i]));
        TRY(clt_selftest_layers(test, bench, gemm, shapes[i]));
    }
    TRY(clt_selftest_products(test, bench, gemm, options->brief));
done:
    return st;
}

/* By our own products, and by those of the chosen backend where that is another one. */
static enum clt_status run_in(struct clt_selftest *test, const struct clt_bench *bench,
                              const struct clt_selftest_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_gemm *native = NULL, *chosen = NULL;
    TRY(clt_gemm_create(&native, bench->device, CLT_BACKEND_NATIVE, bench->real));
    TRY(run_with(test, bench, native, options));
    TRY(clt_gemm_create(&chosen, bench->device, options->gemm, bench->real));
    if (strcmp(clt_gemm_name(chosen), clt_gemm_name(native)) != 0)
        TRY(run_with(test, bench, chosen, options));
done:
    clt_gemm_free(native);
    clt_gemm_free(chosen);
    return st;
}

enum clt_status clt_selftest_run(struct clt_selftest **out, struct clt_device *device,
                                 const struct clt_selftest_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_selftest *test = calloc(1, sizeof *test);
    *out = NULL;
    if (!test) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    TRY(run_in(test, &(struct clt_bench){.device = device, .real = CLT_FLOAT}, options));
    if (!options->brief && clt_device_describe(device)->fp64)
        TRY(run_in(test, &(struct clt_bench){.device = device, .real = CLT_DOUBLE}, options));
    test->passed = true;
    for (size_t i = 0; i < test->n_rows; i++)
        if (!clt_selftest_row_passed(&test->rows[i])) test->passed = false;
    *out = test;
    test = NULL;
done:
    clt_selftest_free(test);
    return st;
}

void clt_selftest_free(struct clt_selftest *test)
{
    if (!test) return;
    free(test->rows);
    free(test);
}
