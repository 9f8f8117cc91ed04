#include "method.h"

#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "checked.h"

/* Private memory of a work-item, in elements: it lies on the stack of a CPU's threads. */
#define PACKED_MOST ((size_t)1 << 15)

struct clt_product_size clt_product_size(const struct clt_asked_product *work)
{
    const struct clt_dense *d = &work->dense;
    switch (work->product) {
    case CLT_FORWARD: return (struct clt_product_size){d->out, d->batch.size, d->in};
    case CLT_INPUT_GRADIENT: return (struct clt_product_size){d->in, d->batch.size, d->out};
    case CLT_WEIGHT_GRADIENT: break;
    }
    return (struct clt_product_size){d->out, d->in, d->batch.size};
}

struct clt_method clt_method_default(const struct clt_device *device, enum clt_family family,
                                     const struct clt_asked_product *work)
{
    if (family == CLT_OF_PANELS)
        return (struct clt_method){CLT_PANELS, clt_panel_tile(device, work->product, &work->dense)};
    if (family != CLT_OF_PLAIN) return (struct clt_method){.backend = CLT_CLBLAST};
    const struct clt_gemm_call call = clt_plain_call(&(struct clt_product_call){.work = *work});
    return (struct clt_method){CLT_PLAIN, clt_plain_tile(clt_device_describe(device), &call)};
}

static bool is_between(size_t value, size_t least, size_t most)
{
    return value >= least && value <= most;
}

/* Work-items must not write what another one reads: a run is a multiple of the rows, a width one of
 * the vectors, unless there is but one. */
static bool is_panel_tile(const struct clt_tile *tile, const struct clt_asked_product *work)
{
    const struct clt_dense *d = &work->dense;
    const size_t rows = clt_product_size(work).m;
    const bool of_weights = work->product != CLT_WEIGHT_GRADIENT;
    const size_t panels =
        (of_weights ? d->batch.pitch : clt_round_up(d->in, CLT_LANES)) / CLT_LANES;
    if (!is_between(tile->rows, 1, rows < 32 ? rows : 32) ||
        !is_between(tile->vectors, 1, panels < 4 ? panels : 4) ||
        !is_between(tile->depth, CLT_LANES, PACKED_MOST / CLT_LANES / tile->vectors) ||
        tile->depth % CLT_LANES ||
        !is_between(tile->run, tile->rows, clt_round_up(rows, tile->rows)) ||
        tile->run % tile->rows)
        return false;
    if (of_weights)
        return is_between(tile->width, 1, panels) &&
               (tile->width == panels || tile->width % tile->vectors == 0);
    return is_between(tile->width, 1, d->shared ? d->members : 1);
}

static bool is_plain_tile(const struct clt_tile *tile)
{
    size_t count;
    const struct clt_tile *tiles = clt_plain_tiles(&count);
    for (size_t i = 0; i < count; i++)
        if (memcmp(&tiles[i], tile, sizeof *tile) == 0) return true;
    return false;
}

bool clt_method_is_legal(const struct clt_method *method, enum clt_family family,
                         const struct clt_asked_product *work)
{
    switch (method->backend) {
    case CLT_PANELS: return family == CLT_OF_PANELS && is_panel_tile(&method->tile, work);
    case CLT_PLAIN:
        return (family == CLT_OF_PLAIN || family == CLT_OF_EITHER) && is_plain_tile(&method->tile);
    case CLT_CLBLAST: break;
    }
    return family == CLT_OF_CLBLAST || family == CLT_OF_EITHER;
}

bool clt_method_is_same(const struct clt_method *a, const struct clt_method *b)
{
    return a->backend == b->backend &&
           (a->backend == CLT_CLBLAST || memcmp(&a->tile, &b->tile, sizeof a->tile) == 0);
}

void clt_method_format(char *out, size_t size, const struct clt_method *method)
{
    const struct clt_tile *t = &method->tile;
    if (method->backend == CLT_CLBLAST)
        snprintf(out, size, "clblast");
    else
        snprintf(out, size, "native rows %zu vectors %zu depth %zu run %zu width %zu", t->rows,
                 t->vectors, t->depth, t->run, t->width);
}

/* A number that scanf() would take in another spelling than ours is not ours, so the text is
 * compared with what it was read as. */
bool clt_method_parse(struct clt_method *out, const char *text, enum clt_family family,
                      const struct clt_asked_product *work)
{
    char again[CLT_METHOD_TEXT];
    struct clt_tile *t = &out->tile;
    *out = (struct clt_method){.backend = CLT_CLBLAST};
    if (strcmp(text, "clblast") != 0) {
        out->backend = family == CLT_OF_PANELS ? CLT_PANELS : CLT_PLAIN;
        if (sscanf(text, "native rows %zu vectors %zu depth %zu run %zu width %zu", &t->rows,
                   &t->vectors, &t->depth, &t->run, &t->width) != 5)
            return false;
    }
    clt_method_format(again, sizeof again, out);
    return strcmp(text, again) == 0 && clt_method_is_legal(out, family, work);
}

const char *clt_product_name(enum clt_product product)
{
    static const char *const names[] = {[CLT_FORWARD] = "forward",
                                        [CLT_INPUT_GRADIENT] = "input_gradient",
                                        [CLT_WEIGHT_GRADIENT] = "weight_gradient"};
    return names[product];
}

void clt_asked_product_format(char *out, size_t size, const struct clt_asked_product *work)
{
    const struct clt_product_size n = clt_product_size(work);
    snprintf(out, size, "%s %zux%zux%zu members %zu shared %d update %d",
             clt_product_name(work->product), n.m, n.n, n.k, work->dense.members,
             work->dense.shared, work->update);
}
