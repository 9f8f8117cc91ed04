/* product.cl - the products of a dense layer on a CPU, for a batch in panels (lanes.clh).
 *   x [panels][in][16], y [panels][out][16], w [out][in], gradients alike
 * forward: y = W x; input gradient: x = W^T y: `product_of_weights`, a(i, k) being
 * a[i * a_row + k * a_column]. Weight gradient: W' = y x^T, stored or used up by an update at once.
 * Every element is one chain over the inner dimension in order from 0 (tile.clh); between blocks of
 * DEPTH, C holds the sums so far. Where TILE_M does not divide the rows, the last tile overlaps the
 * one above and stores the rows that are new. One work-item a work-group.
 * Host side: gemm/panels.c. Reference: ref/gemm.c. */
#define GROUP 1
#include "feed.clh"
#include "lanes.clh"
#include "transpose.clh"
#include "weights.clh"

#ifndef TILE_M
#define TILE_M 5 /* rows of a tile; at most those of the product */
#endif
#ifndef TILE_V
#define TILE_V 2 /* vectors of a tile; TILE_M * TILE_V of them should fit into registers */
#endif
#ifndef DEPTH
#define DEPTH 256 /* of a block of the inner dimension; a multiple of 16 */
#endif

/* Asks for the cache line at p. OpenCL's own prefetch() does nothing on PoCL, which compiles for
 * the processor itself; a compiler for SPIR may know no other. */
#if defined(__SPIR__) || defined(__SPIRV__)
#define PREFETCH(p) prefetch(p, 1)
#else
#define PREFETCH(p) __builtin_prefetch((const void *)(uintptr_t)(p), 1)
#endif

#define TILE_NAME    weights
#define TILE_ROWS    TILE_M
#define TILE_VECTORS TILE_V
#define TILE_SPACE   __global
#include "tile.clh"
#define TILE_NAME    weights_1
#define TILE_ROWS    TILE_M
#define TILE_VECTORS 1
#define TILE_SPACE   __global
#include "tile.clh"
#define TILE_NAME    packed
#define TILE_ROWS    TILE_M
#define TILE_VECTORS TILE_V
#define TILE_SPACE
#include "tile.clh"

/* c [panels][m][16] = a b, b [panels][k][16]. */
struct product {
    __global real *c;
    __global const real *a, *b;
    size_t m, k, a_row, a_column;
};

/* `depth` values of k from k0 on for rows i .. of `vectors` panels from `panel` on. Rows before
 * `skipped` are the tile's above: neither stored nor read, since another work-item may be writing
 * them. */
#define PRODUCT_TILE(name, vectors)                                                                \
    static inline void add_##name(const struct product *p, const size_t i, const size_t skipped,   \
                                  const size_t panel, const size_t k0, const size_t depth)         \
    {                                                                                              \
        const size_t c_vector = p->m * LANES_MOST, b_vector = p->k * LANES_MOST;                   \
        __global real *c = p->c + panel * c_vector + i * LANES_MOST;                               \
        vector sum[TILE_M][vectors];                                                               \
        clear_##name(sum);                                                                         \
        if (k0 > 0)                                                                                \
            _Pragma("unroll") for (size_t r = 0; r < TILE_M; r++)                                  \
                _Pragma("unroll") for (size_t v = 0; v < vectors; v++) if (r >= skipped)           \
                    sum[r][v] = vload16(0, c + r * LANES_MOST + v * c_vector);                     \
        multiply_##name(sum, p->a + i * p->a_row + k0 * p->a_column, p->a_row,                     \
                        LANES_MOST * p->a_column, p->a_column,                                     \
                        p->b + panel * b_vector + k0 * LANES_MOST, b_vector, LANES_MOST, depth);   \
        _Pragma("unroll") for (size_t r = 0; r < TILE_M; r++)                                      \
            _Pragma("unroll") for (size_t v = 0; v < vectors; v++) if (r >= skipped)               \
                store_vector(sum[r][v], c + r * LANES_MOST + v * c_vector);                        \
    }
PRODUCT_TILE(weights, TILE_V)
PRODUCT_TILE(weights_1, 1)

/* `run` rows (dimension 1) of `width` panels (dimension 0) of one member (dimension 2). */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
product_of_weights(__global real *restrict c, const ulong c_offset, __global const real *restrict a,
                   const ulong a_offset, __global const real *restrict b, const ulong b_offset,
                   const ulong m, const ulong k, const ulong panels, const ulong a_row,
                   const ulong a_column, const ulong b_member, const ulong run, const ulong width)
{
    const size_t member = get_global_id(2), first_row = get_global_id(1) * run;
    const size_t end_row = min(first_row + run, (size_t)m);
    const size_t first_panel = get_global_id(0) * width;
    const size_t end_panel = min(first_panel + width, (size_t)panels);
    const struct product product = {c + c_offset + member * m * panels * LANES_MOST,
                                    a + a_offset + member * m * k,
                                    b + b_offset + member * b_member,
                                    m,
                                    k,
                                    a_row,
                                    a_column};
    for (size_t k0 = 0; k0 < k; k0 += DEPTH) {
        const size_t depth = min((size_t)DEPTH, k - k0);
        for (size_t row = first_row; row < end_row; row += TILE_M) {
            const size_t i = min(row, (size_t)m - TILE_M);
            size_t panel = first_panel;
            for (; panel + TILE_V <= end_panel; panel += TILE_V)
                add_weights(&product, i, row - i, panel, k0, depth);
            for (; panel < end_panel; panel++)
                add_weights_1(&product, i, row - i, panel, k0, depth);
        }
    }
}

#define WIDTH (TILE_V * LANES_MOST)

/* The accumulators by way of memory: for tiles that reach over the matrix's edge. */
static inline void spill(vector spilled[TILE_M * TILE_V], vector sum[TILE_M][TILE_V])
{
#pragma unroll
    for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
        for (size_t v = 0; v < TILE_V; v++) spilled[i * TILE_V + v] = sum[i][v];
}

static inline void load_sums(vector sum[TILE_M][TILE_V], __global const real *c, const size_t ld,
                             const size_t skipped, const size_t count)
{
    if (count >= WIDTH) {
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++)
                if (i >= skipped) sum[i][v] = vload16(0, c + i * ld + v * LANES_MOST);
    } else {
        vector spilled[TILE_M * TILE_V] = {0};
        const struct weight_tile part = {NULL, WIDTH, TILE_M, skipped, count, ld};
        load_gradients((real *)spilled, c, &part);
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) sum[i][v] = spilled[i * TILE_V + v];
    }
}

static inline void store_sums(__global real *c, const size_t ld, vector sum[TILE_M][TILE_V],
                              const size_t skipped, const size_t count)
{
    if (count >= WIDTH) {
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++)
                if (i >= skipped) store_vector(sum[i][v], c + i * ld + v * LANES_MOST);
    } else {
        vector spilled[TILE_M * TILE_V];
        const struct weight_tile part = {(real *)spilled, WIDTH, TILE_M, skipped, count, ld};
        spill(spilled, sum);
        store_gradients(c, &part);
    }
}

#ifdef UPDATE
/* Asks for the weights that the tile will update: rows lie so far apart that no CPU foresees them,
 * and a population's weights lie beyond its caches. */
static inline void prefetch_tile(__global const real *w, const size_t ld)
{
#pragma unroll
    for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
        for (size_t v = 0; v < TILE_V; v++) PREFETCH(w + i * ld + v * LANES_MOST);
}

static inline bool are_finite(vector sum[TILE_M][TILE_V], const size_t skipped)
{
    vector_bits good = ~(vector_bits)(0);
    for (size_t i = skipped; i < TILE_M; i++)
        for (size_t v = 0; v < TILE_V; v++) good &= VECTOR_FINITE(sum[i][v]);
    return all(good) != 0;
}

static inline void update_tile(__global real *w, const size_t ld, vector sum[TILE_M][TILE_V],
                               const size_t skipped, const real rate, const real decay,
                               const size_t count, const uint tensor, __global uint *overflow)
{
    if (count >= WIDTH) {
        vector_bits bad = 0;
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++)
                if (i >= skipped)
                    bad |= update_vector(w + i * ld + v * LANES_MOST, sum[i][v], rate, decay);
        if (any(bad)) mark_overflow(overflow, tensor, !are_finite(sum, skipped));
    } else {
        vector spilled[TILE_M * TILE_V];
        const struct weight_tile part = {(real *)spilled, WIDTH, TILE_M, skipped, count, ld};
        spill(spilled, sum);
        update_weights(w, &part, rate, decay, tensor, overflow);
    }
}
#endif

#ifdef UPDATE
#define UPDATE_PARAMETERS                                                                          \
    , __global real *restrict parameters, const ulong parameters_offset,                           \
        __global const struct feed_cursor *restrict cursor, __global const real *restrict rates,   \
        __global const ulong *restrict frozen, __global uint *restrict overflow, const uint layer
#else
#define UPDATE_PARAMETERS
#endif

/* c [members][out][in], y [members] panels, x [members] panels or shared: `run` rows (dimension 1)
 * of a vector of features times TILE_V (dimension 0) of `share` members (dimension 2), for which
 * x is packed once: 1 where they do not share it. With -DUPDATE c keeps sums between blocks only.
 */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
weight_gradient(__global real *restrict c, const ulong c_offset, __global const real *restrict y,
                const ulong y_offset, __global const real *restrict x, const ulong x_offset,
                const ulong out, const ulong in, const ulong samples, const ulong pitch,
                const ulong members, const ulong x_member, const ulong run,
                const ulong share UPDATE_PARAMETERS)
{
    const size_t feature = get_global_id(0) * WIDTH;
    const size_t first_row = get_global_id(1) * run, end_row = min(first_row + run, (size_t)out);
    const size_t first_member = get_global_id(2) * share;
    const size_t end_member = min(first_member + share, (size_t)members);
    vector packed[DEPTH * TILE_V]; /* aligned; [samples][WIDTH] reals */
    x += x_offset + first_member * x_member;
    for (size_t b0 = 0; b0 < samples; b0 += DEPTH) {
        const size_t depth = min((size_t)DEPTH, samples - b0);
        for (size_t v = 0; v < TILE_V; v++)
            pack_features(packed + v, TILE_V, x + b0 * in, in, feature + v * LANES_MOST, depth);
        for (size_t member = first_member; member < end_member; member++) {
#ifdef UPDATE
            if (frozen[member]) continue;
            const real rate = rates[RATES * (cursor->now * members + member)];
            const real decay = rates[RATES * (cursor->now * members + member) + 1];
#endif
            __global const real *of_y = y + y_offset + member * out * pitch + b0 * out;
            for (size_t row = first_row; row < end_row; row += TILE_M) {
                const size_t i = min(row, (size_t)out - TILE_M);
                const size_t at = (member * out + i) * in + feature;
                vector sum[TILE_M][TILE_V];
                clear_packed(sum);
                if (b0 > 0) load_sums(sum, c + c_offset + at, in, row - i, in - feature);
#ifdef UPDATE
                prefetch_tile(parameters + parameters_offset + at, in);
#endif
                multiply_packed(sum, of_y + i * LANES_MOST, LANES_MOST, out * LANES_MOST, 1,
                                (const real *)packed, LANES_MOST, WIDTH, depth);
#ifdef UPDATE
                if (b0 + depth == samples) {
                    update_tile(parameters + parameters_offset + at, in, sum, row - i, rate, decay,
                                in - feature, TENSOR_OF(layer, TENSOR_WEIGHT), overflow + member);
                    continue;
                }
#endif
                store_sums(c + c_offset + at, in, sum, row - i, in - feature);
            }
        }
    }
}
