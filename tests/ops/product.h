/* product.h - a dense layer's products by a backend, compared with host/ref. */
#ifndef CLT_TESTS_PRODUCT_H
#define CLT_TESTS_PRODUCT_H

#include "op.h"

/* Whether the device fuses a * b + s, so that its sums equal the reference's fma chain. */
bool clt_fuses(const struct clt_harness *h);

/* All sizes (fewer where h->small), each product: one member, several, several that share x; on a
 * backend that is fused also as a step of a run, and with updates. In float on a device that fuses
 * bit for bit (but for a zero's sign), else within a bound. */
void clt_check_products(const struct clt_harness *h, const struct clt_gemm *gemm);

#endif
