/* plain.c - the products of a dense layer as GEMMs of plain matrices. */
#include <assert.h>

#include "backend.h"
#include "checked.h"

/* Members that share x are one product with m = members * out; each with its own, a batch. */
static size_t joined_members(const struct clt_dense *dense)
{
    return dense->shared ? dense->members : 1;
}

/* Matrices [rows][ld] of each member, or joined. */
static struct clt_matrices of_members(struct clt_view view, size_t rows, size_t ld, bool joined)
{
    return (struct clt_matrices){view, ld, joined ? 0 : rows * ld};
}

static struct clt_gemm_call forward(const struct clt_product_call *call)
{
    const struct clt_dense *d = &call->work.dense;
    const size_t joined = joined_members(d);
    return (struct clt_gemm_call){.m = joined * d->out,
                                  .n = d->batch.size,
                                  .k = d->in,
                                  .batch = d->members / joined,
                                  .c = of_members(call->c, d->out, d->batch.pitch, d->shared),
                                  .a = of_members(call->a, d->out, d->in, d->shared),
                                  .b = of_members(call->b, d->in, d->batch.pitch, d->shared)};
}

static struct clt_gemm_call input_gradient(const struct clt_product_call *call)
{
    const struct clt_dense *d = &call->work.dense;
    return (struct clt_gemm_call){.m = d->in,
                                  .n = d->batch.size,
                                  .k = d->out,
                                  .trans_a = true,
                                  .batch = d->members,
                                  .c = of_members(call->c, d->in, d->batch.pitch, false),
                                  .a = of_members(call->a, d->out, d->in, false),
                                  .b = of_members(call->b, d->out, d->batch.pitch, false)};
}

static struct clt_gemm_call weight_gradient(const struct clt_product_call *call)
{
    const struct clt_dense *d = &call->work.dense;
    const size_t joined = joined_members(d);
    return (struct clt_gemm_call){.m = joined * d->out,
                                  .n = d->in,
                                  .k = d->batch.size,
                                  .trans_b = true,
                                  .batch = d->members / joined,
                                  .c = of_members(call->c, d->out, d->in, d->shared),
                                  .a = of_members(call->a, d->out, d->batch.pitch, d->shared),
                                  .b = of_members(call->b, d->in, d->batch.pitch, d->shared)};
}

struct clt_gemm_call clt_plain_call(const struct clt_product_call *call)
{
    assert(!call->work.update);
    switch (call->work.product) {
    case CLT_FORWARD: return forward(call);
    case CLT_INPUT_GRADIENT: return input_gradient(call);
    case CLT_WEIGHT_GRADIENT: break;
    }
    return weight_gradient(call);
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

enum clt_status clt_plain_append(struct clt_launch_list *list, const struct clt_gemm_call *call,
                                 const struct clt_tile *tile)
{
    assert(call->m && call->n && call->k && call->batch);
    if (!is_addressable(&call->a, call->trans_a ? call->k : call->m,
                        call->trans_a ? call->m : call->k, call->batch) ||
        !is_addressable(&call->b, call->trans_b ? call->n : call->k,
                        call->trans_b ? call->k : call->n, call->batch) ||
        !is_addressable(&call->c, call->m, call->n, call->batch))
        return clt_fail(CLT_E_SHAPE,
                        "a matrix of the product %zu x %zu x %zu (%zu times) lies beyond 2^31 "
                        "elements of its buffer; train fewer members or a smaller layer",
                        call->m, call->n, call->k, call->batch);
    return tile ? clt_native_append(list, call, tile) : clt_clblast_append(list, call);
}
