#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_sgd(struct clt_launch_list *list, const struct clt_vectors *vectors,
                           const struct clt_feed *feed, const struct clt_member_state *state)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const double values = (double)(vectors->parameters.size + vectors->running.size) /
                          (double)clt_real_size(clt_launch_list_real(list));
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, vectors->n_pieces);
    TRY(clt_launch_list_add(
        list, "sgd.cl", "sgd_update", options, geometry,
        CLT_ARGS(clt_arg_buffer(&vectors->parameters), clt_arg_buffer(&vectors->running),
                 clt_arg_buffer(&state->overflow), clt_arg_buffer(&vectors->gradients),
                 clt_arg_buffer(&vectors->statistics), clt_arg_buffer(&vectors->pieces),
                 clt_arg_buffer(&feed->cursor), clt_arg_buffer(&feed->rates),
                 clt_arg_buffer(&state->frozen), clt_arg_ulong(state->members))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 3 * values, 3 * values));
done:
    return st;
}
