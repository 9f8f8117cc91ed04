#include "geometry.h"
#include "ops.h"

#define STRIP 16 /* of cl/gather.cl */

enum clt_status clt_op_gather(struct clt_launch_list *list, struct clt_view x,
                              const struct clt_feed *feed, size_t batch)
{
    enum clt_status st = CLT_OK;
    const double elements = (double)(feed->features * batch);
    const struct clt_geometry geometry =
        clt_geometry_elements_of(batch, (feed->features + STRIP - 1) / STRIP);
    TRY(clt_launch_list_add(list, "gather.cl", "gather_normalize", "", geometry,
                            CLT_ARGS(clt_arg_view(x), clt_arg_buffer(&feed->cursor),
                                     clt_arg_buffer(&feed->rows), clt_arg_buffer(&feed->order),
                                     clt_arg_buffer(&feed->images), clt_arg_buffer(&feed->mean),
                                     clt_arg_buffer(&feed->scale), clt_arg_ulong(feed->features),
                                     clt_arg_ulong(batch))));
    clt_launch_list_note_work(
        list,
        (struct clt_work){2 * elements,
                          elements * (double)(1 + clt_real_size(clt_launch_list_real(list)))});
done:
    return st;
}
