/* gemm.h - matrix products on the device, one interface over two backends.
 *
 * Both compute every element of C as one fma chain over k in order, from zero, in whatever tile: so
 * the backend, the tile, m, n and the number of matrices cannot change a bit where the device's
 * compiler contracts both alike (PoCL does). */
#ifndef CLT_GEMM_H
#define CLT_GEMM_H

#include "launch.h"

enum clt_gemm_choice { CLT_BACKEND_AUTO, CLT_BACKEND_CLBLAST, CLT_BACKEND_NATIVE };

struct clt_gemm; /* a backend on a device; borrows the device */

/* CLT_BACKEND_AUTO: CLBlast on a GPU, ours on a CPU. In double it is always ours. */
enum clt_status clt_gemm_create(struct clt_gemm **out, struct clt_device *device,
                                enum clt_gemm_choice choice);
void clt_gemm_free(struct clt_gemm *gemm); /* NULL is fine; after the lists that use it */
const char *clt_gemm_name(const struct clt_gemm *gemm); /* "clblast" or "native" */

/* A batch of row-major matrices: rows `ld` elements apart, matrices `stride` apart. */
struct clt_matrices {
    struct clt_view view;
    size_t ld, stride;
};

/* C[m][n] = op(A) B', both as in BLAS: op(A) is [m][k], stored [k][m] where trans_a;
 * op(B) is [k][n], stored [n][k] where trans_b. C's old content is not read. */
struct clt_gemm_shape {
    size_t m, n, k;
    bool trans_a, trans_b;
    size_t batch; /* matrices */
};

/* Appends one launch. CLT_E_SHAPE: a matrix reaches beyond 2^31 elements of its buffer, more
 * than CLBlast's kernels can address. */
enum clt_status clt_gemm_append(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                struct clt_gemm_shape shape, struct clt_matrices c,
                                struct clt_matrices a, struct clt_matrices b);

#endif
