#include <math.h>

#include "ref.h"

/* Where row i of op(A) and column j of op(B) begin, and the steps along k. */
struct walk {
    size_t a, b, a_step, b_step;
};

static struct walk walk_to(const struct clt_ref_gemm *s, size_t i, size_t j)
{
    return (struct walk){
        .a = s->trans_a ? i : i * s->a_ld,
        .b = s->trans_b ? j * s->b_ld : j,
        .a_step = s->trans_a ? s->a_ld : 1,
        .b_step = s->trans_b ? 1 : s->b_ld,
    };
}

void clt_ref_gemm(const struct clt_ref_gemm *shape, double *c, const double *a, const double *b)
{
    for (size_t i = 0; i < shape->m; i++)
        for (size_t j = 0; j < shape->n; j++) {
            const struct walk w = walk_to(shape, i, j);
            double sum = 0;
            for (size_t k = 0; k < shape->k; k++)
                sum += a[w.a + k * w.a_step] * b[w.b + k * w.b_step];
            c[i * shape->c_ld + j] = sum;
        }
}

void clt_ref_gemm_chain(const struct clt_ref_gemm *shape, double *c, const double *a,
                        const double *b)
{
    for (size_t i = 0; i < shape->m; i++)
        for (size_t j = 0; j < shape->n; j++) {
            const struct walk w = walk_to(shape, i, j);
            float sum = 0;
            for (size_t k = 0; k < shape->k; k++)
                sum = fmaf((float)a[w.a + k * w.a_step], (float)b[w.b + k * w.b_step], sum);
            c[i * shape->c_ld + j] = (double)sum;
        }
}
