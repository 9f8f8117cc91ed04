/* native.c - our own GEMM: cl/gemm.cl with a tile for the device. */
#include <stdio.h>

#include "backend.h"
#include "checked.h"

struct tile {
    size_t vec, vectors, rows, depth; /* VEC, TILE_V, TILE_M, DEPTH of cl/gemm.cl */
};

/* On a CPU the accumulators fill the vector registers: 16 of 8 floats (AVX), 32 of 16 (AVX-512).
 * On a GPU a work-item's private panel has to fit into registers too. */
static struct tile choose_tile(const struct clt_device *device)
{
    if (!clt_device_is_cpu(device)) return (struct tile){4, 1, 4, 4};
    if (clt_device_describe(device)->native_vector_width >= 16)
        return (struct tile){16, 1, 10, 128};
    return (struct tile){8, 2, 5, 128};
}

/* Rows that one work-item walks down: all of them share its packed panel, but every core needs a
 * few work-items. */
static size_t choose_run(const struct tile *tile, const struct clt_gemm_shape *shape,
                         const struct clt_device *device)
{
    const size_t wanted = 4 * (size_t)clt_device_describe(device)->compute_units;
    const size_t panels = clt_round_up(shape->n, tile->vec * tile->vectors) /
                          (tile->vec * tile->vectors) * shape->batch;
    const size_t runs = panels >= wanted ? 1 : (wanted + panels - 1) / panels;
    return clt_round_up((shape->m + runs - 1) / runs, tile->rows);
}

enum clt_status clt_native_append(struct clt_launch_list *list, const struct clt_gemm_call *call)
{
    const struct clt_device *device = clt_launch_list_device(list);
    const struct clt_gemm_shape *shape = &call->shape;
    const struct tile tile = choose_tile(device);
    const size_t run = choose_run(&tile, shape, device), width = tile.vec * tile.vectors;
    const size_t group = clt_device_is_cpu(device) ? 1 : 32;
    const struct clt_geometry geometry = {
        3,
        {(shape->n + width - 1) / width, (shape->m + run - 1) / run, shape->batch},
        {group, 1, 1}};
    char options[96];
    snprintf(options, sizeof options, "-DVEC=%zu -DTILE_V=%zu -DTILE_M=%zu -DDEPTH=%zu", tile.vec,
             tile.vectors, tile.rows, tile.depth);
    return clt_launch_list_add(
        list, "gemm.cl", "gemm", options, geometry,
        CLT_ARGS(clt_arg_view(call->c.view), clt_arg_view(call->a.view), clt_arg_view(call->b.view),
                 clt_arg_ulong(shape->m), clt_arg_ulong(shape->n), clt_arg_ulong(shape->k),
                 clt_arg_ulong(call->c.ld), clt_arg_ulong(shape->trans_a ? 1 : call->a.ld),
                 clt_arg_ulong(shape->trans_a ? call->a.ld : 1),
                 clt_arg_ulong(shape->trans_b ? 1 : call->b.ld),
                 clt_arg_ulong(shape->trans_b ? call->b.ld : 1), clt_arg_ulong(call->c.stride),
                 clt_arg_ulong(call->a.stride), clt_arg_ulong(call->b.stride), clt_arg_ulong(run)));
}
