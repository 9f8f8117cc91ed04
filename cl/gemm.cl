/* gemm.cl - C = A B for each of a batch of matrices, by register tiles.
 *   c  [m][n], rows c_ld apart, matrices c_stride apart
 *   a  element (i, k) at i * a_row + k * a_col: both orders are strides
 *   b  element (k, j) at k * b_row + j * b_col
 * A work-item computes the columns of one panel (dimension 0) for a run of `run` rows (dimension 1)
 * of one matrix (dimension 2). It packs DEPTH rows of B's panel into private memory, then walks
 * down the rows, TILE_M at a time; between blocks of k, C holds the sums so far. Every element of C
 * is one chain s = a * b + s over k in order from 0, whatever the tile: so is CLBlast's. Host side:
 * gemm/native.c. Reference: ref/gemm.c. */
#include "common.clh"

#ifndef VEC
#define VEC 8 /* lanes of a vector: 2, 4, 8 or 16 */
#endif
#ifndef TILE_V
#define TILE_V 2 /* vectors of a panel; its width is VEC * TILE_V columns */
#endif
#ifndef TILE_M
#define TILE_M 6 /* rows of a tile; TILE_M * TILE_V vectors should fit into registers */
#endif
#ifndef DEPTH
#define DEPTH 128 /* rows of B that are packed at a time */
#endif

#define TILE_N (VEC * TILE_V)
typedef JOIN(REAL_NAME, VEC) vector;
#define VLOAD  JOIN(vload, VEC)
#define VSTORE JOIN(vstore, VEC)

/* panel [depth][TILE_N] <- B from row k0 and column j0 on; columns from `width` on are zeros. */
static inline void pack(real *panel, __global const real *b, const ulong b_row, const ulong b_col,
                        const size_t depth, const size_t width)
{
    if (b_col == 1 && width == TILE_N) {
        for (size_t k = 0; k < depth; k++)
            for (size_t v = 0; v < TILE_V; v++)
                VSTORE(VLOAD(v, b + k * b_row), v, panel + k * TILE_N);
        return;
    }
    for (size_t j = 0; j < TILE_N; j++)
        for (size_t k = 0; k < depth; k++)
            panel[k * TILE_N + j] = j < width ? b[k * b_row + j * b_col] : 0;
}

/* One tile over `depth` values of k. Rows from `rows` on repeat the last one and are not stored. */
static inline void tile(__global real *c, const ulong c_ld, __global const real *a,
                        const ulong a_row, const ulong a_col, const real *panel, const size_t depth,
                        const size_t rows, const size_t width, const bool first)
{
    vector sum[TILE_M][TILE_V];
    size_t row_of[TILE_M];
#pragma unroll
    for (size_t i = 0; i < TILE_M; i++) row_of[i] = min(i, rows - 1);

    if (first || width < TILE_N) {
        real edge[TILE_N];
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++) {
            for (size_t j = 0; j < TILE_N; j++)
                edge[j] = first || j >= width ? 0 : c[row_of[i] * c_ld + j];
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) sum[i][v] = VLOAD(v, edge);
        }
    } else {
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++)
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) sum[i][v] = VLOAD(v, c + row_of[i] * c_ld);
    }

    for (size_t k = 0; k < depth; k++) {
        vector b[TILE_V];
#pragma unroll
        for (size_t v = 0; v < TILE_V; v++) b[v] = VLOAD(v, panel + k * TILE_N);
#pragma unroll
        for (size_t i = 0; i < TILE_M; i++) {
            const vector of_a = (vector)(a[row_of[i] * a_row + k * a_col]);
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) sum[i][v] = of_a * b[v] + sum[i][v];
        }
    }

#pragma unroll
    for (size_t i = 0; i < TILE_M; i++) {
        if (i >= rows) continue;
        if (width == TILE_N) {
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) VSTORE(sum[i][v], v, c + i * c_ld);
        } else {
            real edge[TILE_N];
#pragma unroll
            for (size_t v = 0; v < TILE_V; v++) VSTORE(sum[i][v], v, edge);
            for (size_t j = 0; j < width; j++) c[i * c_ld + j] = edge[j];
        }
    }
}

__kernel void gemm(__global real *restrict c, const ulong c_offset, __global const real *restrict a,
                   const ulong a_offset, __global const real *restrict b, const ulong b_offset,
                   const ulong m, const ulong n, const ulong k, const ulong c_ld, const ulong a_row,
                   const ulong a_col, const ulong b_row, const ulong b_col, const ulong c_stride,
                   const ulong a_stride, const ulong b_stride, const ulong run)
{
    const size_t j0 = get_global_id(0) * TILE_N, first_row = get_global_id(1) * run;
    const size_t matrix = get_global_id(2);
    if (j0 >= n || first_row >= m) return;
    const size_t width = min((ulong)TILE_N, n - j0), last_row = min(first_row + run, m);
    c += c_offset + matrix * c_stride + j0;
    a += a_offset + matrix * a_stride;
    b += b_offset + matrix * b_stride + j0 * b_col;

    real panel[DEPTH * TILE_N];
    for (size_t k0 = 0; k0 < k; k0 += DEPTH) {
        const size_t depth = min((ulong)DEPTH, k - k0);
        pack(panel, b + k0 * b_row, b_row, b_col, depth, width);
        for (size_t i = first_row; i < last_row; i += TILE_M)
            tile(c + i * c_ld, c_ld, a + i * a_row + k0 * a_col, a_row, a_col, panel, depth,
                 min((size_t)TILE_M, last_row - i), width, k0 == 0);
    }
}
