#include "gemm.h"

#include <assert.h>
#include <stdlib.h>

#include "backend.h"
#include "checked.h"

struct clt_gemm {
    bool clblast;
};

enum clt_status clt_gemm_create(struct clt_gemm **out, struct clt_device *device,
                                enum clt_gemm_choice choice)
{
    enum clt_status st = CLT_OK;
    struct clt_gemm *gemm = calloc(1, sizeof *gemm);
    *out = NULL;
    if (!gemm) return clt_fail(CLT_E_NOMEM, "no memory for the GEMM backend");
    gemm->clblast =
        choice == CLT_BACKEND_CLBLAST || (choice == CLT_BACKEND_AUTO && !clt_device_is_cpu(device));
    if (gemm->clblast) TRY(clt_clblast_prepare(device));
    *out = gemm;
    gemm = NULL;
done:
    clt_gemm_free(gemm);
    return st;
}

void clt_gemm_free(struct clt_gemm *gemm)
{
    if (gemm && gemm->clblast) clt_clblast_release();
    free(gemm);
}

const char *clt_gemm_name(const struct clt_gemm *gemm)
{
    return gemm->clblast ? "clblast" : "native";
}

/* Whether all elements of `rows` x `cols` matrices lie within 2^31 of the buffer's start: CLBlast's
 * kernels compute offsets and strides in 32 bits, and wrap without an error. */
static bool is_addressable(const struct clt_matrices *matrices, size_t rows, size_t cols,
                           size_t batch)
{
    size_t end, last_matrix, last_row;
    return clt_multiply(&last_matrix, matrices->stride, batch - 1) &&
           clt_multiply(&last_row, matrices->ld, rows - 1) &&
           clt_add(&end, matrices->view.offset, last_matrix) && clt_add(&end, end, last_row) &&
           clt_add(&end, end, cols) && end <= (size_t)1 << 31;
}

/* Matrices that all products share count once. */
static struct clt_work work_of(const struct clt_launch_list *list, const struct clt_gemm_call *call)
{
    const struct clt_gemm_shape *s = &call->shape;
    const double m = (double)s->m, n = (double)s->n, k = (double)s->k, batch = (double)s->batch;
    return clt_work_on_reals(list, 2 * m * n * k * batch,
                             m * k * (call->a.stride ? batch : 1) +
                                 k * n * (call->b.stride ? batch : 1) + m * n * batch);
}

enum clt_status clt_gemm_append(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                struct clt_gemm_shape shape, struct clt_matrices c,
                                struct clt_matrices a, struct clt_matrices b)
{
    enum clt_status st = CLT_OK;
    const struct clt_gemm_call call = {shape, c, a, b};
    const size_t a_rows = shape.trans_a ? shape.k : shape.m,
                 a_cols = shape.trans_a ? shape.m : shape.k;
    const size_t b_rows = shape.trans_b ? shape.n : shape.k,
                 b_cols = shape.trans_b ? shape.k : shape.n;
    assert(shape.m && shape.n && shape.k && shape.batch);
    assert(a.ld >= a_cols && b.ld >= b_cols && c.ld >= shape.n);
    if (!is_addressable(&a, a_rows, a_cols, shape.batch) ||
        !is_addressable(&b, b_rows, b_cols, shape.batch) ||
        !is_addressable(&c, shape.m, shape.n, shape.batch))
        return clt_fail(CLT_E_SHAPE,
                        "a matrix of the product %zu x %zu x %zu (%zu times) lies beyond 2^31 "
                        "elements of its buffer; train fewer members or a smaller layer",
                        shape.m, shape.n, shape.k, shape.batch);
    if (gemm->clblast && clt_launch_list_real(list) == CLT_FLOAT)
        TRY(clt_clblast_append(list, &call));
    else
        TRY(clt_native_append(list, &call));
    clt_launch_list_note_work(list, work_of(list, &call));
done:
    return st;
}
