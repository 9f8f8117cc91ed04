#include "geometry.h"
#include "ops.h"

/* `flop`: operations on each element. */
static enum clt_status append_forward(struct clt_launch_list *list, const char *kernel,
                                      const struct clt_batch_norm *bn, struct clt_view y,
                                      struct clt_view x, double flop)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, bn->rows);
    TRY(clt_launch_list_add(list, "batch_norm.cl", kernel, options, geometry,
                            CLT_ARGS(clt_arg_view(y), clt_arg_view(bn->mean), clt_arg_view(bn->var),
                                     clt_arg_view(x), clt_arg_view(bn->gamma),
                                     clt_arg_view(bn->beta), clt_arg_real(bn->epsilon),
                                     clt_arg_ulong(bn->batch))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, flop * (double)(bn->rows * bn->batch),
                                                      2 * (double)(bn->rows * (bn->batch + 2))));
done:
    return st;
}

enum clt_status clt_op_batch_norm_forward(struct clt_launch_list *list,
                                          const struct clt_batch_norm *bn, struct clt_view y,
                                          struct clt_view x)
{
    return append_forward(list, "batch_norm_forward", bn, y, x, 7);
}

enum clt_status clt_op_batch_norm_apply(struct clt_launch_list *list,
                                        const struct clt_batch_norm *bn, struct clt_view y,
                                        struct clt_view x)
{
    return append_forward(list, "batch_norm_apply", bn, y, x, 3);
}

enum clt_status clt_op_batch_norm_backward(struct clt_launch_list *list,
                                           const struct clt_batch_norm *bn, struct clt_view gx,
                                           struct clt_view dgamma, struct clt_view dbeta,
                                           struct clt_view g, struct clt_view x)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, bn->rows);
    TRY(clt_launch_list_add(list, "batch_norm.cl", "batch_norm_backward", options, geometry,
                            CLT_ARGS(clt_arg_view(gx), clt_arg_view(dgamma), clt_arg_view(dbeta),
                                     clt_arg_view(g), clt_arg_view(x), clt_arg_view(bn->mean),
                                     clt_arg_view(bn->var), clt_arg_view(bn->gamma),
                                     clt_arg_real(bn->epsilon), clt_arg_ulong(bn->batch))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 10 * (double)(bn->rows * bn->batch),
                                                      (double)(bn->rows * (3 * bn->batch + 5))));
done:
    return st;
}
