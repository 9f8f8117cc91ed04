/* backend.h - what a backend offers to gemm.c. */
#ifndef CLT_GEMM_BACKEND_H
#define CLT_GEMM_BACKEND_H

#include "gemm.h"

struct clt_gemm_call {
    struct clt_gemm_shape shape;
    struct clt_matrices c, a, b;
};

enum clt_status clt_native_append(struct clt_launch_list *list, const struct clt_gemm_call *call);

/* Makes the device's CLBlast fit for clt_clblast_append(); once per device before the first call.
 */
enum clt_status clt_clblast_prepare(struct clt_device *device);
/* Gives back the programs that CLBlast keeps for the whole process; it would compile them anew. */
void clt_clblast_release(void);
enum clt_status clt_clblast_append(struct clt_launch_list *list, const struct clt_gemm_call *gemm);

#endif
