#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_bias_forward(struct clt_launch_list *list, struct clt_view y,
                                    struct clt_view b, size_t rows, size_t batch)
{
    enum clt_status st = CLT_OK;
    TRY(clt_launch_list_add(
        list, "bias.cl", "bias_forward", "", clt_geometry_elements(rows * batch),
        CLT_ARGS(clt_arg_view(y), clt_arg_view(b), clt_arg_ulong(rows), clt_arg_ulong(batch))));
    clt_launch_list_note_work(
        list, clt_work_on_reals(list, (double)(rows * batch), (double)(rows * (2 * batch + 1))));
done:
    return st;
}

enum clt_status clt_op_bias_backward(struct clt_launch_list *list, struct clt_view db,
                                     struct clt_view g, size_t rows, size_t batch)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, rows);
    TRY(clt_launch_list_add(list, "bias.cl", "bias_backward", options, geometry,
                            CLT_ARGS(clt_arg_view(db), clt_arg_view(g), clt_arg_ulong(batch))));
    clt_launch_list_note_work(
        list, clt_work_on_reals(list, (double)(rows * batch), (double)(rows * (batch + 1))));
done:
    return st;
}
