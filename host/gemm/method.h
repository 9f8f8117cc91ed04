/* method.h - the ways to compute a product, and their texts. */
#ifndef CLT_METHOD_H
#define CLT_METHOD_H

#include "gemm.h"

/* How our kernels are cut: TILE_M, TILE_V and DEPTH of cl/product.cl, and what a work-item does; or
 * the rows and vectors of a work-item, the depth of a block, and a work-group's tile of cl/gemm.cl.
 */
struct clt_tile {
    size_t rows, vectors, depth;
    size_t run; /* rows of a work-item, a multiple of `rows`; of plain matrices those of a group */
    size_t width; /* panels of a work-item, a multiple of `vectors` or all; in a weight gradient
                     members that share x; of plain matrices the columns of a group */
};

enum clt_backend { CLT_PANELS, CLT_PLAIN, CLT_CLBLAST };

/* CLBlast has no tile. */
struct clt_method {
    enum clt_backend backend;
    struct clt_tile tile;
};

bool clt_method_is_same(const struct clt_method *a, const struct clt_method *b);

/* The backends among which a product has a choice; the first three have one each. */
enum clt_family { CLT_OF_PANELS, CLT_OF_PLAIN, CLT_OF_CLBLAST, CLT_OF_EITHER };

/* The product as C[m][n] = A B, inner dimension k, a time per member. */
struct clt_product_size {
    size_t m, n, k;
};
struct clt_product_size clt_product_size(const struct clt_asked_product *work);

/* Where nothing was measured. */
struct clt_method clt_method_default(const struct clt_device *device, enum clt_family family,
                                     const struct clt_asked_product *work);
/* Whether the method is one of the family's, and its tile one that the kernels compute rightly. */
bool clt_method_is_legal(const struct clt_method *method, enum clt_family family,
                         const struct clt_asked_product *work);

#define CLT_METHOD_TEXT 128 /* holds either text */
/* "native rows 10 vectors 2 depth 256 run 50 width 4", "clblast" */
void clt_method_format(char *out, size_t size, const struct clt_method *method);
/* False where the text is not what clt_method_format() makes of a legal method. */
bool clt_method_parse(struct clt_method *out, const char *text, enum clt_family family,
                      const struct clt_asked_product *work);
/* "forward 50x100x3072 members 1 shared 1 update 0": rows, columns, inner dimension */
void clt_asked_product_format(char *out, size_t size, const struct clt_asked_product *work);
const char *clt_product_name(enum clt_product product);

#endif
