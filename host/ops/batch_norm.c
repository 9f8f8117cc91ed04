#include "geometry.h"
#include "ops.h"

static enum clt_status append_forward(struct clt_launch_list *list, const char *kernel,
                                      const struct clt_batch_norm *bn, struct clt_view y,
                                      struct clt_view x)
{
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, bn->rows);
    return clt_launch_list_add(list, "batch_norm.cl", kernel, options, geometry,
                               CLT_ARGS(clt_arg_view(y), clt_arg_view(bn->mean),
                                        clt_arg_view(bn->var), clt_arg_view(x),
                                        clt_arg_view(bn->gamma), clt_arg_view(bn->beta),
                                        clt_arg_real(bn->epsilon), clt_arg_ulong(bn->batch)));
}

enum clt_status clt_op_batch_norm_forward(struct clt_launch_list *list,
                                          const struct clt_batch_norm *bn, struct clt_view y,
                                          struct clt_view x)
{
    return append_forward(list, "batch_norm_forward", bn, y, x);
}

enum clt_status clt_op_batch_norm_apply(struct clt_launch_list *list,
                                        const struct clt_batch_norm *bn, struct clt_view y,
                                        struct clt_view x)
{
    return append_forward(list, "batch_norm_apply", bn, y, x);
}

enum clt_status clt_op_batch_norm_backward(struct clt_launch_list *list,
                                           const struct clt_batch_norm *bn, struct clt_view gx,
                                           struct clt_view dgamma, struct clt_view dbeta,
                                           struct clt_view g, struct clt_view x)
{
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, bn->rows);
    return clt_launch_list_add(list, "batch_norm.cl", "batch_norm_backward", options, geometry,
                               CLT_ARGS(clt_arg_view(gx), clt_arg_view(dgamma), clt_arg_view(dbeta),
                                        clt_arg_view(g), clt_arg_view(x), clt_arg_view(bn->mean),
                                        clt_arg_view(bn->var), clt_arg_view(bn->gamma),
                                        clt_arg_real(bn->epsilon), clt_arg_ulong(bn->batch)));
}
