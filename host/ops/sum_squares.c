#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_sum_squares(struct clt_launch_list *list, const struct clt_buffer *sums,
                                   const struct clt_vectors *vectors)
{
    enum clt_status st = CLT_OK;
    const char *options;
    const double values =
        (double)vectors->parameters.size / (double)clt_real_size(clt_launch_list_real(list));
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, vectors->n_pieces);
    TRY(clt_launch_list_add(list, "sum_squares.cl", "sum_squares", options, geometry,
                            CLT_ARGS(clt_arg_buffer(sums), clt_arg_buffer(&vectors->parameters),
                                     clt_arg_buffer(&vectors->pieces))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 2 * values, values));
done:
    return st;
}
