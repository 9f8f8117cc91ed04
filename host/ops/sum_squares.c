#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_sum_squares(struct clt_launch_list *list, const struct clt_buffer *sums,
                                   const struct clt_vectors *vectors)
{
    const char *options;
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, vectors->n_pieces);
    return clt_launch_list_add(list, "sum_squares.cl", "sum_squares", options, geometry,
                               CLT_ARGS(clt_arg_buffer(sums), clt_arg_buffer(&vectors->parameters),
                                        clt_arg_buffer(&vectors->pieces)));
}
