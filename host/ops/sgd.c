#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_sgd(struct clt_launch_list *list, const struct clt_vectors *vectors,
                           const struct clt_feed *feed, const struct clt_member_state *state)
{
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, vectors->n_pieces);
    return clt_launch_list_add(
        list, "sgd.cl", "sgd_update", options, geometry,
        CLT_ARGS(clt_arg_buffer(&vectors->parameters), clt_arg_buffer(&vectors->running),
                 clt_arg_buffer(&state->overflow), clt_arg_buffer(&vectors->gradients),
                 clt_arg_buffer(&vectors->batch), clt_arg_buffer(&vectors->pieces),
                 clt_arg_buffer(&feed->cursor), clt_arg_buffer(&feed->rates),
                 clt_arg_buffer(&state->frozen), clt_arg_ulong(state->members)));
}
