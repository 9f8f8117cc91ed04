/* gemm.h - the three products of a dense layer on the device, one interface over the backends.
 *
 * Each computes every element as one fma chain over the inner dimension in order, from zero, in
 * whatever tile: so the backend, the tile, the batch's layout and the number of members cannot
 * change a bit where the device's compiler contracts all alike (PoCL does). */
#ifndef CLT_GEMM_H
#define CLT_GEMM_H

#include "launch.h"

enum clt_gemm_choice { CLT_BACKEND_AUTO, CLT_BACKEND_CLBLAST, CLT_BACKEND_NATIVE };

struct clt_gemm; /* a backend on a device; borrows the device */

/* CLT_BACKEND_AUTO: ours on a CPU; on a GPU CLBlast, or ours for a product that was measured to be
 * faster so. In double it is always ours. What was measured on the device is read from the table on
 * disk (tuning.h); tiles and backends of other products are defaults. */
enum clt_status clt_gemm_create(struct clt_gemm **out, struct clt_device *device,
                                enum clt_gemm_choice choice, enum clt_real real);
void clt_gemm_free(struct clt_gemm *gemm); /* NULL is fine; after the lists that use it */
/* "clblast" or "native"; where products were measured, that of the others. */
const char *clt_gemm_name(const struct clt_gemm *gemm);

/* What the bits of a product hang on: the order of its sums, "chain": from zero along the inner
 * dimension, and the backend of products that were not measured. */
const char *clt_gemm_order(const struct clt_gemm *gemm);

/* How the samples of a batch lie: in panels of `width`, [pitch / width][features][width]
 * (cl/lanes.clh). `pitch` is `size` rounded up; where it is `width` too, the batch is a plain
 * matrix of rows `pitch` apart. */
struct clt_batch {
    size_t size, width, pitch;
};
#define CLT_LANES 16
/* The layout that the backend works on. */
struct clt_batch clt_gemm_batch(const struct clt_gemm *gemm, size_t size);
/* Where feature `feature` of sample `sample` stands, in elements. */
size_t clt_batch_at(const struct clt_batch *batch, size_t features, size_t feature, size_t sample);

/* Whether small products may be part of a run of steps, and a weight gradient may end in an update:
 * ours on a CPU. */
bool clt_gemm_is_fused(const struct clt_gemm *gemm);

/* A dense layer of all members: weights [members][out][in], batches y [members] of `out` features
 * and x [members] of `in`, or one x that they share. */
struct clt_dense {
    size_t in, out, members;
    bool shared;
    struct clt_batch batch;
};

enum clt_product { CLT_FORWARD, CLT_INPUT_GRADIENT, CLT_WEIGHT_GRADIENT };

/* A product as a plan asks for it. */
struct clt_asked_product {
    enum clt_product product;
    struct clt_dense dense;
    bool update; /* of a weight gradient: it ends in one */
};

/* Any of the three products: what it has to do. An update of the weights comes on top. */
struct clt_work clt_dense_work(const struct clt_launch_list *list, const struct clt_dense *dense);

/* Numbers of a member in a row of the table of rates; twin of RATES in cl/feed.clh. */
#define CLT_RATES 3

/* What an update of weights reads and writes (cl/weights.clh). */
struct clt_weight_update {
    struct clt_view weights; /* [members][out][in] */
    const struct clt_buffer *cursor, *rates, *frozen, *overflow;
    uint32_t layer; /* for the mark of an element that overflows */
};

/* Each appends one launch. CLT_E_SHAPE: a matrix reaches beyond 2^31 elements of its buffer, more
 * than CLBlast's kernels can address. */
/* y = W x */
enum clt_status clt_gemm_forward(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                 const struct clt_dense *dense, struct clt_view y,
                                 struct clt_view w, struct clt_view x);
/* gx = W^T g; of each member, also where x is shared */
enum clt_status clt_gemm_input_gradient(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                        const struct clt_dense *dense, struct clt_view gx,
                                        struct clt_view w, struct clt_view g);
/* dw = g x^T over the samples; with an update (NULL: none; else the backend is fused) the weights
 * take it at once, and dw is left undefined. */
enum clt_status clt_gemm_weight_gradient(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                         const struct clt_dense *dense, struct clt_view dw,
                                         struct clt_view g, struct clt_view x,
                                         const struct clt_weight_update *update);

#endif
