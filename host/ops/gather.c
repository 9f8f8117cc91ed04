#include "checked.h"
#include "geometry.h"
#include "ops.h"

#include <stdio.h>
#include <string.h>

/* On a CPU a work-item takes 16 samples and a long strip, on a GPU one sample and a short one.
 * `options` receives what tells the kernel so. */
struct form {
    struct clt_geometry geometry;
    char options[48];
};

/* `most`: parts of a work-item on a CPU; `fewest`: on a GPU; `name`: what the kernel calls them. */
static struct form form_of(const struct clt_launch_list *list, const struct clt_batch *batch,
                           size_t parts, const char *name, size_t most, size_t fewest)
{
    const bool cpu = clt_device_is_cpu(clt_launch_list_device(list));
    const size_t of_item = cpu ? most : fewest, items = clt_divide_up(parts, of_item);
    struct form form = {
        .geometry = cpu ? (struct clt_geometry){2, {batch->pitch / CLT_LANES, items}, {1, 1}}
                        : clt_geometry_elements_of(batch->pitch, items)};
    snprintf(form.options, sizeof form.options, "-DGROUP=%d -D%s=%zu", cpu ? 1 : 64, name, of_item);
    return form;
}

static void note_work(struct clt_launch_list *list, const struct clt_feed *feed,
                      const struct clt_batch *batch)
{
    const double elements = (double)(feed->features * batch->size);
    const size_t size = clt_real_size(clt_launch_list_real(list));
    clt_launch_list_note_work(list, (struct clt_work){2 * elements, elements * (double)(1 + size)});
}

#define FEED_ARGS 11

/* What every kernel takes that gathers a batch. */
static void feed_args(struct clt_arg args[FEED_ARGS], struct clt_view x,
                      const struct clt_feed *feed, const struct clt_batch *batch)
{
    const struct clt_arg all[FEED_ARGS] = {
        clt_arg_view(x),
        clt_arg_buffer(&feed->cursor),
        clt_arg_buffer(&feed->rows),
        clt_arg_buffer(&feed->order),
        clt_arg_buffer(&feed->images),
        clt_arg_buffer(&feed->mean),
        clt_arg_buffer(&feed->scale),
        clt_arg_ulong(feed->features),
        clt_arg_ulong(batch->size),
        clt_arg_ulong(batch->width),
        clt_arg_ulong(batch->pitch),
    };
    memcpy(args, all, sizeof all);
}

enum clt_status clt_op_gather(struct clt_launch_list *list, struct clt_view x,
                              const struct clt_feed *feed, const struct clt_batch *batch)
{
    enum clt_status st = CLT_OK;
    const struct form form = form_of(list, batch, feed->features, "STRIP", 512, 16);
    struct clt_arg args[FEED_ARGS];
    feed_args(args, x, feed, batch);
    TRY(clt_launch_list_add(list, "gather.cl", "gather_normalize", form.options, form.geometry,
                            args, FEED_ARGS));
    note_work(list, feed, batch);
done:
    return st;
}

#define PIECE 16 /* pixels of a line; twin of PIECE in cl/augment.cl */

enum clt_status clt_op_gather_augmented(struct clt_launch_list *list, struct clt_view x,
                                        const struct clt_feed *feed, const struct clt_batch *batch,
                                        const struct clt_augmentation *augmentation)
{
    enum clt_status st = CLT_OK;
    const size_t width = augmentation->width;
    const size_t pieces = feed->features / width * clt_divide_up(width, PIECE);
    const struct form form = form_of(list, batch, pieces, "PIECES", 32, 1);
    struct clt_arg args[FEED_ARGS + 5];
    const struct clt_arg own[5] = {clt_arg_ulong(augmentation->height), clt_arg_ulong(width),
                                   clt_arg_ulong(augmentation->seed),
                                   clt_arg_uint(augmentation->mirror),
                                   clt_arg_uint((uint32_t)augmentation->shift)};
    feed_args(args, x, feed, batch);
    memcpy(args + FEED_ARGS, own, sizeof own);
    TRY(clt_launch_list_add(list, "augment.cl", "gather_augmented", form.options, form.geometry,
                            args, FEED_ARGS + 5));
    note_work(list, feed, batch);
done:
    return st;
}
