#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_dropout(struct clt_launch_list *list, const struct clt_dropout *dropout,
                               struct clt_view y, struct clt_view x, const struct clt_feed *feed,
                               size_t members, size_t n)
{
    enum clt_status st = CLT_OK;
    TRY(clt_launch_list_add(
        list, "dropout.cl", "dropout", "", clt_geometry_elements_of((n + 3) / 4, members),
        CLT_ARGS(clt_arg_view(y), clt_arg_view(x), clt_arg_buffer(&feed->cursor),
                 clt_arg_buffer(&feed->rows), clt_arg_buffer(dropout->seeds),
                 clt_arg_buffer(dropout->threshold), clt_arg_buffer(dropout->factor),
                 clt_arg_uint(dropout->layer), clt_arg_ulong(n))));
    clt_launch_list_note_work(
        list, clt_work_on_reals(list, (double)(n * members), 2 * (double)(n * members)));
done:
    return st;
}
