#include "geometry.h"
#include "ops.h"

struct kernels {
    const char *forward, *backward;
};

static const struct kernels kernels_of[] = {
    [CLT_RELU] = {"relu_forward", "relu_backward"},
    [CLT_LEAKY_RELU] = {"leaky_relu_forward", "leaky_relu_backward"},
    [CLT_SIGMOID] = {"sigmoid_forward", "sigmoid_backward"},
    [CLT_TANH] = {"tanh_forward", "tanh_backward"},
};

enum clt_status clt_op_activation_forward(struct clt_launch_list *list, enum clt_activation kind,
                                          double slope, struct clt_view y, struct clt_view x,
                                          size_t n)
{
    enum clt_status st = CLT_OK;
    TRY(clt_launch_list_add(
        list, "activation.cl", kernels_of[kind].forward, "", clt_geometry_elements(n),
        CLT_ARGS(clt_arg_view(y), clt_arg_view(x), clt_arg_real(slope), clt_arg_ulong(n))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, (double)n, 2 * (double)n));
done:
    return st;
}

enum clt_status clt_op_activation_backward(struct clt_launch_list *list, enum clt_activation kind,
                                           double slope, struct clt_view gx, struct clt_view g,
                                           struct clt_view y, size_t n)
{
    enum clt_status st = CLT_OK;
    TRY(clt_launch_list_add(list, "activation.cl", kernels_of[kind].backward, "",
                            clt_geometry_elements(n),
                            CLT_ARGS(clt_arg_view(gx), clt_arg_view(g), clt_arg_view(y),
                                     clt_arg_real(slope), clt_arg_ulong(n))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 2 * (double)n, 3 * (double)n));
done:
    return st;
}
