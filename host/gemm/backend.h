/* backend.h - what the backends offer to gemm.c. */
#ifndef CLT_GEMM_BACKEND_H
#define CLT_GEMM_BACKEND_H

#include "method.h"

/* The views as in gemm.h's functions: c is written. */
struct clt_product_call {
    struct clt_asked_product work;
    struct clt_view c, a, b;
    const struct clt_weight_update *update; /* NULL where the work has none */
};

/* Appends one launch. */
enum clt_status clt_product_append(struct clt_launch_list *list,
                                   const struct clt_product_call *call,
                                   const struct clt_method *method);

/* --- plain matrices: CLBlast, and ours on a GPU --- */

/* A batch of row-major matrices: rows `ld` elements apart, matrices `stride` apart. */
struct clt_matrices {
    struct clt_view view;
    size_t ld, stride;
};

/* C[m][n] = op(A) op(B), as in BLAS: op(A) is [m][k], stored [k][m] where trans_a; op(B) is [k][n],
 * stored [n][k] where trans_b. C's old content is not read. */
struct clt_gemm_call {
    size_t m, n, k;
    bool trans_a, trans_b;
    size_t batch; /* matrices */
    struct clt_matrices c, a, b;
};

/* The product on plain batches. */
struct clt_gemm_call clt_plain_call(const struct clt_product_call *call);
/* CLT_E_SHAPE as in gemm.h. `tile`: of our own kernel; NULL: CLBlast's. */
enum clt_status clt_plain_append(struct clt_launch_list *list, const struct clt_gemm_call *call,
                                 const struct clt_tile *tile);

/* The tiles there are, *count of them. */
const struct clt_tile *clt_plain_tiles(size_t *count);
/* Whether work-groups and local memory of the device can have it. */
bool clt_plain_tile_fits(const struct clt_tile *tile, const struct clt_device_info *info);
/* A good one where none was tuned. */
struct clt_tile clt_plain_tile(const struct clt_device_info *info,
                               const struct clt_gemm_call *call);
enum clt_status clt_native_append(struct clt_launch_list *list, const struct clt_gemm_call *call,
                                  const struct clt_tile *tile);

/* Makes the device's CLBlast fit for clt_clblast_append(); once per device before the first call.
 */
enum clt_status clt_clblast_prepare(struct clt_device *device);
/* Gives back the programs that CLBlast keeps for the whole process; it would compile them anew. */
void clt_clblast_release(void);
enum clt_status clt_clblast_append(struct clt_launch_list *list, const struct clt_gemm_call *gemm);

/* --- batches in panels: ours on a CPU --- */

/* A good tile where none was tuned. */
struct clt_tile clt_panel_tile(const struct clt_device *device, enum clt_product product,
                               const struct clt_dense *dense);
enum clt_status clt_panel_append(struct clt_launch_list *list, const struct clt_product_call *call,
                                 const struct clt_tile *tile);

#endif
