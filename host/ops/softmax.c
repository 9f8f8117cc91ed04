#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_softmax_cross_entropy(struct clt_launch_list *list, struct clt_view z,
                                             const struct clt_feed *feed,
                                             const struct clt_member_state *state, size_t classes,
                                             size_t batch, bool training)
{
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, state->members);
    return clt_launch_list_add(
        list, "softmax.cl", "softmax_cross_entropy", options, geometry,
        CLT_ARGS(clt_arg_view(z), clt_arg_buffer(&feed->cursor), clt_arg_buffer(&feed->rows),
                 clt_arg_buffer(&feed->order), clt_arg_buffer(&feed->labels),
                 clt_arg_buffer(&state->loss), clt_arg_buffer(&state->hits),
                 clt_arg_buffer(&state->frozen), clt_arg_buffer(&state->overflow),
                 clt_arg_ulong(classes), clt_arg_ulong(batch), clt_arg_uint(training)));
}
