#include "checked.h"
#include "geometry.h"
#include "ops.h"

#include <stdio.h>

/* On a CPU a work-item takes 16 samples and a long strip, on a GPU one sample and a short one. */
enum clt_status clt_op_gather(struct clt_launch_list *list, struct clt_view x,
                              const struct clt_feed *feed, const struct clt_batch *batch)
{
    enum clt_status st = CLT_OK;
    const double elements = (double)(feed->features * batch->size);
    const size_t size = clt_real_size(clt_launch_list_real(list));
    const bool cpu = clt_device_is_cpu(clt_launch_list_device(list));
    const size_t strip = cpu ? 512 : 16, strips = clt_divide_up(feed->features, strip);
    const struct clt_geometry geometry =
        cpu ? (struct clt_geometry){2, {batch->pitch / CLT_LANES, strips}, {1, 1}}
            : clt_geometry_elements_of(batch->pitch, strips);
    char options[48];
    snprintf(options, sizeof options, "-DGROUP=%d -DSTRIP=%zu", cpu ? 1 : 64, strip);
    TRY(clt_launch_list_add(list, "gather.cl", "gather_normalize", options, geometry,
                            CLT_ARGS(clt_arg_view(x), clt_arg_buffer(&feed->cursor),
                                     clt_arg_buffer(&feed->rows), clt_arg_buffer(&feed->order),
                                     clt_arg_buffer(&feed->images), clt_arg_buffer(&feed->mean),
                                     clt_arg_buffer(&feed->scale), clt_arg_ulong(feed->features),
                                     clt_arg_ulong(batch->size), clt_arg_ulong(batch->width),
                                     clt_arg_ulong(batch->pitch))));
    clt_launch_list_note_work(list, (struct clt_work){2 * elements, elements * (double)(1 + size)});
done:
    return st;
}
