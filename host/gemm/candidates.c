#include "candidates.h"

#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "checked.h"

#define ITEMS_MOST 64 /* work-items per compute unit: more only cost their start */

struct space {
    const struct clt_device_info *info;
    enum clt_family family;
    const struct clt_asked_product *work;
    struct clt_method *out;
    size_t count;
};

static void add(struct space *space, struct clt_method method)
{
    if (space->count < CLT_CANDIDATES_MOST &&
        clt_method_is_legal(&method, space->family, space->work))
        space->out[space->count++] = method;
}

/* --- batches in panels --- */

/* Vectors of samples, or of features in a weight gradient. */
static size_t columns_of(const struct clt_asked_product *work)
{
    const size_t n = work->product == CLT_WEIGHT_GRADIENT ? work->dense.in : work->dense.batch.size;
    return clt_divide_up(n, CLT_LANES);
}

static size_t work_items(const struct clt_tile *tile, const struct clt_asked_product *work)
{
    const size_t runs = clt_divide_up(clt_product_size(work).m, tile->run);
    if (work->product != CLT_WEIGHT_GRADIENT)
        return clt_divide_up(columns_of(work), tile->width) * runs * work->dense.members;
    return clt_divide_up(columns_of(work), tile->vectors) * runs *
           clt_divide_up(work->dense.members, tile->width);
}

/* With run and width made to fit its rows and vectors. */
static void add_panel_tile(struct space *space, struct clt_tile tile)
{
    const size_t rows = clt_product_size(space->work).m;
    tile.run = clt_smaller(clt_round_up(tile.run, tile.rows), clt_round_up(rows, tile.rows));
    if (space->work->product != CLT_WEIGHT_GRADIENT)
        tile.width = clt_smaller(clt_round_up(tile.width, tile.vectors), columns_of(space->work));
    if (work_items(&tile, space->work) <= ITEMS_MOST * (size_t)space->info->compute_units)
        add(space, (struct clt_method){CLT_PANELS, tile});
}

static void add_runs(struct space *space, const struct clt_tile *from)
{
    const size_t tiles = clt_divide_up(clt_product_size(space->work).m, from->rows);
    static const size_t runs[] = {1, 2, 4, 8, 3, 6, 16, 12, 32, 64};
    for (size_t i = 0; i < sizeof runs / sizeof *runs && runs[i] <= tiles; i++) {
        struct clt_tile tile = *from;
        tile.run = clt_divide_up(tiles, runs[i]) * from->rows;
        add_panel_tile(space, tile);
    }
}

static void add_widths(struct space *space, const struct clt_tile *from)
{
    const bool of_weights = space->work->product != CLT_WEIGHT_GRADIENT;
    const size_t most = of_weights ? columns_of(space->work) : space->work->dense.members;
    struct clt_tile tile = *from;
    for (tile.width = of_weights ? from->vectors : 1; tile.width < most; tile.width *= 2)
        add_panel_tile(space, tile);
    tile.width = most;
    add_panel_tile(space, tile);
}

struct shape {
    size_t rows, vectors;
    double gain;
};

/* Multiplications per load of a tile, less what its last row and column of tiles repeat. */
static double expected_gain(size_t rows, size_t vectors, const struct clt_asked_product *work)
{
    const size_t m = clt_product_size(work).m, columns = columns_of(work);
    const double whole = (double)(clt_divide_up(m, rows) * rows) *
                         (double)(clt_divide_up(columns, vectors) * vectors);
    return (double)(rows * vectors) / (double)(rows + vectors) * (double)(m * columns) / whole;
}

static int by_gain(const void *a, const void *b)
{
    const struct shape *x = a, *y = b;
    return (x->gain < y->gain) - (x->gain > y->gain);
}

/* A vector of 16 floats takes one register of 32 with AVX-512, else two of 16; besides the sums,
 * the vectors of B and one of A have to find room. */
static void add_shapes(struct space *space, const struct clt_tile *from)
{
    struct shape shapes[4 * 32];
    size_t n = 0;
    const bool wide = space->info->native_vector_width >= 16;
    const size_t registers = wide ? 32 : 16, each = wide ? 1 : 2;
    for (size_t vectors = 1; vectors <= 4; vectors++)
        for (size_t rows = 1; (rows + 1) * vectors * each < registers; rows++)
            shapes[n++] = (struct shape){rows, vectors, expected_gain(rows, vectors, space->work)};
    qsort(shapes, n, sizeof *shapes, by_gain);
    for (size_t i = 0; i < n; i++) {
        struct clt_tile tile = *from;
        tile.rows = shapes[i].rows;
        tile.vectors = shapes[i].vectors;
        add_panel_tile(space, tile);
    }
}

static void add_depths(struct space *space, const struct clt_tile *from)
{
    static const size_t depths[] = {512, 128, 1024, 64};
    const size_t k = clt_round_up(clt_product_size(space->work).k, CLT_LANES);
    struct clt_tile tile = *from;
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        tile.depth = depths[i];
        if (depths[i] < 2 * k) add_panel_tile(space, tile);
    }
}

static void add_of_panels(struct space *space, const struct clt_tile *from, enum clt_axis axis)
{
    switch (axis) {
    case CLT_AXIS_RUN: add_runs(space, from); break;
    case CLT_AXIS_WIDTH: add_widths(space, from); break;
    case CLT_AXIS_REGISTERS: add_shapes(space, from); break;
    case CLT_AXIS_DEPTH: add_depths(space, from); break;
    case CLT_AXES: break;
    }
}

/* --- plain matrices --- */

static void add_of_plain(struct space *space)
{
    size_t count;
    const struct clt_tile *tiles = clt_plain_tiles(&count);
    for (size_t i = 0; i < count; i++)
        if (clt_plain_tile_fits(&tiles[i], space->info))
            add(space, (struct clt_method){CLT_PLAIN, tiles[i]});
}

size_t clt_candidates(struct clt_method out[CLT_CANDIDATES_MOST], const struct clt_device *device,
                      enum clt_family family, const struct clt_asked_product *work,
                      const struct clt_method *from, enum clt_axis axis)
{
    struct space space = {clt_device_describe(device), family, work, out, 0};
    if (family == CLT_OF_PANELS)
        add_of_panels(&space, &from->tile, axis);
    else if (axis == CLT_AXIS_REGISTERS)
        add_of_plain(&space);
    return space.count;
}
