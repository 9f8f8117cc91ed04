/* clblast.c - GEMM by CLBlast 1.5, the only place that calls it.
 *
 * Every product is a GemmStridedBatched, also a single one: a routine's first call compiles all of
 * that routine's kernels (20 s on PoCL when its cache is cold), so one routine serves all. Two
 * traps are silent:
 *  - its indirect path ignores offset and stride of an operand that is aligned to the tile and not
 *    transposed, so clt_clblast_prepare() moves the threshold up and every call takes the direct
 * path, which is also one launch whatever the number of members;
 *  - offsets and strides are 32 bits wide in its kernels; gemm.c refuses larger ones.
 * A third one is loud: a stride of 0 for C is refused even where there is but one matrix.
 * alpha and beta are always 1 and 0: then C is not read and each element is the plain chain. */
#include "backend.h" /* before CLBlast's header: it chooses the version of OpenCL's */

#include <clblast_c.h>
#include <stdlib.h>

/* The direct path is taken where m * n * k < this cubed. 2^20 cubed is 2^60; 2^22 cubed would be 0
 * modulo 2^64 and send every call to the indirect path. */
#define ALWAYS_DIRECT ((size_t)1 << 20)

static enum clt_status check(CLBlastStatusCode code)
{
    if (code == CLBlastSuccess) return CLT_OK;
    return clt_fail(CLT_E_DEVICE,
                    "CLBlast: GemmStridedBatched failed with status %d; gemm.backend = \"native\" "
                    "does without CLBlast",
                    (int)code);
}

enum clt_status clt_clblast_prepare(struct clt_device *device)
{
    const char *name = "XGEMM_MIN_INDIRECT_SIZE";
    const size_t value = ALWAYS_DIRECT;
    return check(CLBlastOverrideParameters(clt_device_describe(device)->device_id, "GemmRoutine",
                                           CLBlastPrecisionSingle, 1, &name, &value));
}

void clt_clblast_release(void)
{
    CLBlastClearCache(); /* left to the exit of the process, the driver may be gone before it */
}

struct call {
    struct clt_gemm_call gemm;
    cl_command_queue queue;
};

static enum clt_status enqueue(void *self, cl_event *event)
{
    struct call *call = self;
    const struct clt_gemm_call *gemm = &call->gemm;
    const size_t c_stride = gemm->c.stride ? gemm->c.stride : gemm->m * gemm->c.ld;
    return check(CLBlastSgemmStridedBatched(
        CLBlastLayoutRowMajor, gemm->trans_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        gemm->trans_b ? CLBlastTransposeYes : CLBlastTransposeNo, gemm->m, gemm->n, gemm->k, 1.0f,
        gemm->a.view.buffer->memory, gemm->a.view.offset, gemm->a.ld, gemm->a.stride,
        gemm->b.view.buffer->memory, gemm->b.view.offset, gemm->b.ld, gemm->b.stride, 0.0f,
        gemm->c.view.buffer->memory, gemm->c.view.offset, gemm->c.ld, c_stride, gemm->batch,
        &call->queue, event));
}

enum clt_status clt_clblast_append(struct clt_launch_list *list, const struct clt_gemm_call *gemm)
{
    struct call *call = malloc(sizeof *call);
    if (!call) return clt_fail(CLT_E_NOMEM, "no memory for a CLBlast call");
    *call = (struct call){*gemm, clt_device_queue(clt_launch_list_device(list))};
    return clt_launch_list_add_call(list, "GemmStridedBatched", call, enqueue, free);
}
