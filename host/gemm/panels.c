/* panels.c - our own GEMM of batches in panels: cl/product.cl. */
#include <assert.h>
#include <stdio.h>

#include "backend.h"
#include "checked.h"

/* The rows of a tile, at most `most`: few tiles, of which each costs its rows and one more for what
 * it loads, and little overlap of the last one. */
static size_t choose_rows(size_t rows, size_t most)
{
    size_t best = 1;
    for (size_t i = 1; i <= clt_smaller(rows, most); i++)
        if (clt_divide_up(rows, i) * (i + 1) <= clt_divide_up(rows, best) * (best + 1)) best = i;
    return best;
}

/* Every core should have a few work-items, `wanted` in all. Panels are shared out where there are
 * not tiles enough above each other. */
static void cut_product_of_weights(struct clt_tile *tile, const struct clt_dense *dense,
                                   size_t rows, size_t wanted)
{
    const size_t panels = dense->batch.pitch / CLT_LANES;
    const size_t tiles = clt_divide_up(rows, tile->rows) * dense->members;
    const size_t width =
        clt_round_up(clt_divide_up(panels, clt_divide_up(wanted, tiles)), tile->vectors);
    tile->width = clt_smaller(clt_smaller(width, 4 * tile->vectors), panels);
    const size_t others = clt_divide_up(panels, tile->width) * dense->members;
    tile->run = clt_round_up(clt_divide_up(rows, clt_divide_up(wanted, others)), tile->rows);
}

/* An item takes all rows of a member, and as many members as leave enough items: what it packs
 * serves them all. A low and wide tile updates long pieces of few rows, which lie on as many pages;
 * it needs 32 registers, leaves fewer items, and its last column wastes more. */
static void cut_weight_gradient(struct clt_tile *tile, const struct clt_dense *dense, bool wide,
                                size_t wanted)
{
    const size_t low = 4, low_groups = dense->in / (low * CLT_LANES);
    if (wide && low_groups >= 8 && low_groups * dense->members >= wanted) {
        tile->vectors = low;
        tile->rows = choose_rows(dense->out, 5);
    }
    const size_t groups = clt_divide_up(dense->in, tile->vectors * CLT_LANES);
    tile->run = clt_round_up(dense->out, tile->rows);
    tile->width = dense->shared
                      ? clt_smaller(dense->members, clt_divide_up(dense->members * groups, wanted))
                      : 1;
}

/* The accumulators of a tile, 16 floats each, in the vector registers: 20 of 32 with AVX-512 (a
 * vector each), 6 pairs of AVX's 16. More rows than 10 also need more pointers than a CPU has. */
struct clt_tile clt_panel_tile(const struct clt_device *device, enum clt_product product,
                               const struct clt_dense *dense)
{
    const struct clt_device_info *info = clt_device_describe(device);
    const bool wide = info->native_vector_width >= 16;
    const bool of_weights = product != CLT_WEIGHT_GRADIENT;
    const size_t rows = product == CLT_INPUT_GRADIENT ? dense->in : dense->out;
    const size_t columns = of_weights ? dense->batch.pitch : clt_round_up(dense->in, CLT_LANES);
    struct clt_tile tile = {.vectors = wide && columns >= (size_t)2 * CLT_LANES ? 2 : 1,
                            .depth = 256};
    const size_t wanted = 4 * (size_t)info->compute_units;
    tile.rows = choose_rows(rows, wide ? 10 : 6);
    if (of_weights)
        cut_product_of_weights(&tile, dense, rows, wanted);
    else
        cut_weight_gradient(&tile, dense, wide, wanted);
    return tile;
}

static void describe(char options[96], const struct clt_tile *tile, bool update)
{
    snprintf(options, 96, "-DTILE_M=%zu -DTILE_V=%zu -DDEPTH=%zu%s", tile->rows, tile->vectors,
             tile->depth, update ? " -DUPDATE" : "");
}

static enum clt_status append_product_of_weights(struct clt_launch_list *list,
                                                 const struct clt_product_call *call,
                                                 const struct clt_tile *tile)
{
    const struct clt_dense *d = &call->work.dense;
    const bool forward = call->work.product == CLT_FORWARD;
    const size_t m = forward ? d->out : d->in, k = forward ? d->in : d->out;
    const size_t panels = d->batch.pitch / CLT_LANES;
    const struct clt_geometry geometry = {
        3,
        {clt_divide_up(panels, tile->width), clt_divide_up(m, tile->run), d->members},
        {1, 1, 1}};
    char options[96];
    assert(tile->rows <= m && tile->run % tile->rows == 0);
    describe(options, tile, false);
    return clt_launch_list_add(
        list, "product.cl", "product_of_weights", options, geometry,
        CLT_ARGS(clt_arg_view(call->c), clt_arg_view(call->a), clt_arg_view(call->b),
                 clt_arg_ulong(m), clt_arg_ulong(k), clt_arg_ulong(panels),
                 clt_arg_ulong(forward ? d->in : 1), clt_arg_ulong(forward ? 1 : d->in),
                 clt_arg_ulong(forward && d->shared ? 0 : k * d->batch.pitch),
                 clt_arg_ulong(tile->run), clt_arg_ulong(tile->width)));
}

static enum clt_status append_weight_gradient(struct clt_launch_list *list,
                                              const struct clt_product_call *call,
                                              const struct clt_tile *tile)
{
    const struct clt_dense *d = &call->work.dense;
    const struct clt_weight_update *u = call->update;
    const struct clt_geometry geometry = {3,
                                          {clt_divide_up(d->in, tile->vectors * CLT_LANES),
                                           clt_divide_up(d->out, tile->run),
                                           clt_divide_up(d->members, tile->width)},
                                          {1, 1, 1}};
    char options[96];
    assert(tile->rows <= d->out && tile->run % tile->rows == 0);
    assert(d->shared || tile->width == 1);
    describe(options, tile, u != NULL);
    const struct clt_arg args[] = {
        clt_arg_view(call->c),
        clt_arg_view(call->a),
        clt_arg_view(call->b),
        clt_arg_ulong(d->out),
        clt_arg_ulong(d->in),
        clt_arg_ulong(d->batch.size),
        clt_arg_ulong(d->batch.pitch),
        clt_arg_ulong(d->members),
        clt_arg_ulong(d->shared ? 0 : d->in * d->batch.pitch),
        clt_arg_ulong(tile->run),
        clt_arg_ulong(tile->width),
        clt_arg_view(u ? u->weights : call->c),
        clt_arg_buffer(u ? u->cursor : NULL),
        clt_arg_buffer(u ? u->rates : NULL),
        clt_arg_buffer(u ? u->frozen : NULL),
        clt_arg_buffer(u ? u->overflow : NULL),
        clt_arg_uint(u ? u->layer : 0),
    };
    const size_t without_update = 11, all = sizeof args / sizeof *args;
    return clt_launch_list_add(list, "product.cl", "weight_gradient", options, geometry, args,
                               u ? all : without_update);
}

enum clt_status clt_panel_append(struct clt_launch_list *list, const struct clt_product_call *call,
                                 const struct clt_tile *tile)
{
    return call->work.product == CLT_WEIGHT_GRADIENT ? append_weight_gradient(list, call, tile)
                                                     : append_product_of_weights(list, call, tile);
}
