#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_softmax_cross_entropy(struct clt_launch_list *list, struct clt_view z,
                                             const struct clt_feed *feed,
                                             const struct clt_member_state *state, size_t classes,
                                             size_t batch, bool training)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const double scores = (double)(state->members * classes * batch);
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, state->members);
    TRY(clt_launch_list_add(list, "softmax.cl", "softmax_cross_entropy", options, geometry,
                            CLT_ARGS(clt_arg_view(z), clt_arg_buffer(&feed->cursor),
                                     clt_arg_buffer(&feed->rows), clt_arg_buffer(&feed->order),
                                     clt_arg_buffer(&feed->labels), clt_arg_buffer(&state->loss),
                                     clt_arg_buffer(&state->hits), clt_arg_buffer(&state->frozen),
                                     clt_arg_buffer(&state->overflow), clt_arg_ulong(classes),
                                     clt_arg_ulong(batch), clt_arg_uint(training))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 5 * scores, 2 * scores));
done:
    return st;
}
