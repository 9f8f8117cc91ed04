/* product.h - one matrix product by a backend, compared with host/ref. */
#ifndef CLT_TESTS_PRODUCT_H
#define CLT_TESTS_PRODUCT_H

#include "gemm.h"
#include "harness.h"

struct clt_product {
    struct clt_gemm_shape shape;
    size_t pad;            /* elements behind each row of each matrix */
    bool share_a, share_b; /* one matrix for the whole batch: stride 0 */
    size_t sampled;        /* 0: compare all elements, else every so many */
};

/* Whether the device fuses a * b + s, so that its sums equal the reference's fma chain. */
bool clt_fuses(const struct clt_harness *h);

/* Computes the product of random matrices at offsets, C full of NaN, and compares: in float on a
 * device that fuses bit for bit (but for a zero's sign), else within a bound. Fails where padding
 * or a guard band has changed, or where an input's padding reached C. */
void clt_check_product(const struct clt_harness *h, const struct clt_gemm *gemm,
                       const struct clt_product *product);

/* All sizes (fewer where h->small), transpositions, paddings. */
void clt_check_products(const struct clt_harness *h, const struct clt_gemm *gemm);
/* All transpositions of batches, inputs shared or not. */
void clt_check_batches(const struct clt_harness *h, const struct clt_gemm *gemm);

#endif
