/* native.c - our own GEMM of plain matrices: cl/gemm.cl. */
#include <stdio.h>

#include "backend.h"
#include "checked.h"

#define VEC ((size_t)4) /* elements of a vector, as in cl/gemm.cl */

/* The last two are for devices whose groups or local memories are small; the last fits any. */
static const struct clt_tile TILES[] = {
    {.rows = 4, .vectors = 1, .depth = 16, .run = 32, .width = 32},
    {.rows = 4, .vectors = 1, .depth = 16, .run = 16, .width = 64}, /* few rows, such as classes */
    {.rows = 4, .vectors = 1, .depth = 16, .run = 64, .width = 64},
    {.rows = 8, .vectors = 1, .depth = 16, .run = 128, .width = 64},
    {.rows = 8, .vectors = 2, .depth = 8, .run = 128, .width = 128},
    {.rows = 4, .vectors = 1, .depth = 16, .run = 16, .width = 16},
    {.rows = 4, .vectors = 1, .depth = 4, .run = 4, .width = 4},
};
#define N_TILES (sizeof TILES / sizeof *TILES)

const struct clt_tile *clt_plain_tiles(size_t *count)
{
    *count = N_TILES;
    return TILES;
}

/* Work-items of a group along the rows and along the columns. */
static size_t items_m(const struct clt_tile *tile)
{
    return tile->run / tile->rows;
}

static size_t items_n(const struct clt_tile *tile)
{
    return tile->width / (VEC * tile->vectors);
}

/* A block of A and one of B, a vector of padding beside each, twice. In double a block is half as
 * deep, so that it fits too. */
bool clt_plain_tile_fits(const struct clt_tile *tile, const struct clt_device_info *info)
{
    const size_t places = tile->run + VEC + tile->width + VEC;
    return items_m(tile) * items_n(tile) <= info->largest_group &&
           2 * tile->depth * places * sizeof(float) <= info->local_memory;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Work-groups along the rows and along the columns of a matrix. */
struct groups {
    size_t rows, columns;
};

static struct groups groups_of(const struct clt_tile *tile, const struct clt_gemm_call *call)
{
    return (struct groups){clt_divide_up(call->m, tile->run), clt_divide_up(call->n, tile->width)};
}

/* A measure of the time that the busiest compute unit takes for a step along k. It runs items in
 * bundles of up to 64 and needs some 128 of them to be busy at all. A vector from local memory, or
 * an element from global memory, costs an item about as much as 8 multiply-adds. */
static size_t cost(const struct clt_tile *tile, size_t units, const struct clt_gemm_call *call)
{
    const struct groups groups = groups_of(tile, call);
    const size_t of_unit = clt_round_up(groups.rows * groups.columns * call->batch, units) / units;
    const size_t items_of_group = items_m(tile) * items_n(tile);
    const size_t items = of_unit * larger(items_of_group, 64);
    const size_t multiply_adds = tile->rows * VEC * tile->vectors;
    const size_t of_local = 8 * (tile->rows / VEC + tile->vectors);
    const size_t of_global = 8 * (tile->run + tile->width) / items_of_group;
    return larger(items, 128) * (multiply_adds + of_local + of_global);
}

struct clt_tile clt_plain_tile(const struct clt_device_info *info, const struct clt_gemm_call *call)
{
    const size_t units = larger(info->compute_units, 1);
    size_t best = N_TILES - 1, lowest = SIZE_MAX;
    for (size_t i = 0; i < N_TILES; i++) {
        const size_t of_tile = cost(&TILES[i], units, call);
        if (!clt_plain_tile_fits(&TILES[i], info) || of_tile >= lowest) continue;
        best = i;
        lowest = of_tile;
    }
    return TILES[best];
}

enum clt_status clt_native_append(struct clt_launch_list *list, const struct clt_gemm_call *call,
                                  const struct clt_tile *tile)
{
    const struct groups groups = groups_of(tile, call);
    const struct clt_geometry geometry = {
        3,
        {groups.columns * items_n(tile), groups.rows * items_m(tile), call->batch},
        {items_n(tile), items_m(tile), 1}};
    const bool wide = clt_launch_list_real(list) == CLT_DOUBLE;
    char options[128];
    snprintf(options, sizeof options,
             "-DITEMS_M=%zu -DITEMS_N=%zu -DVECTORS_M=%zu -DVECTORS_N=%zu -DDEPTH=%zu%s%s",
             items_m(tile), items_n(tile), tile->rows / VEC, tile->vectors,
             wide ? tile->depth / 2 : tile->depth, call->trans_a ? " -DTRANS_A" : "",
             call->trans_b ? " -DTRANS_B" : "");
    return clt_launch_list_add(
        list, "gemm.cl", "gemm", options, geometry,
        CLT_ARGS(clt_arg_view(call->c.view), clt_arg_view(call->a.view), clt_arg_view(call->b.view),
                 clt_arg_uint(call->m), clt_arg_uint(call->n), clt_arg_uint(call->k),
                 clt_arg_uint(call->c.ld), clt_arg_uint(call->a.ld), clt_arg_uint(call->b.ld),
                 clt_arg_ulong(call->c.stride), clt_arg_ulong(call->a.stride),
                 clt_arg_ulong(call->b.stride)));
}
