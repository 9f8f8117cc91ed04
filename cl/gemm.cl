/* gemm.cl - C = op(A) op(B) for each of a batch of matrices, by tiles in local memory: for GPUs.
 *   c  [m][n], rows c_ld apart, matrices c_stride apart
 *   a  [m][k], stored [k][m] with -DTRANS_A; rows a_ld apart, matrices a_stride apart
 *   b  [k][n], stored [n][k] with -DTRANS_B; likewise
 * All offsets within a matrix are below 2^31. A work-group of ITEMS_M x ITEMS_N (dimensions 1 and
 * 0) computes TILE_M x TILE_N elements of the matrix that dimension 2 names; the grid is whole
 * groups. It takes A and B through local memory, DEPTH values of k at a time: while it multiplies
 * one block, the next one is on its way to registers and then to the other side of that memory, so
 * that a block costs one barrier.
 * Every element of C is one chain s = a * b + s over k in order from 0, whatever the tile: so is
 * CLBlast's. Host side: gemm/native.c. Reference: ref/gemm.c. */
#include "common.clh"

#ifndef ITEMS_M
#define ITEMS_M 8
#endif
#ifndef ITEMS_N
#define ITEMS_N 8
#endif
#ifndef VECTORS_M
#define VECTORS_M 1 /* an item's rows: this many times VEC, and likewise its columns */
#endif
#ifndef VECTORS_N
#define VECTORS_N 1
#endif
#ifndef DEPTH
#define DEPTH 16 /* TILE_M * DEPTH and TILE_N * DEPTH are multiples of the group's size */
#endif
#ifdef TRANS_A
#define A_ALONG_K false
#else
#define A_ALONG_K true
#endif
#ifdef TRANS_B
#define B_ALONG_K true
#else
#define B_ALONG_K false
#endif

#define VEC    4
#define ITEMS  (ITEMS_M * ITEMS_N)
#define TILE_M (VEC * VECTORS_M * ITEMS_M)
#define TILE_N (VEC * VECTORS_N * ITEMS_N)
typedef JOIN(REAL_NAME, 4) vector;

/* A block in local memory is [DEPTH][width], each row padded by a vector, so that items that write
 * down a column meet in fewer banks. */
#define PITCH(width) ((width) / VEC + 1)
#define LOADS(width) ((width)*DEPTH / ITEMS)
#define BLOCK(width) (DEPTH * PITCH(width))

/* Where a load of the group stands in a block: at what depth (x) and place (y). Neighbours stand
 * side by side along the matrix's rows. */
static inline uint2 position(const uint load, const bool along_k, const uint width)
{
    const uint length = along_k ? DEPTH : width, row = load / length, rest = load - row * length;
    return along_k ? (uint2)(rest, row) : (uint2)(row, rest);
}

/* The item's part of the block from k0 on; `matrix` begins at the tile. Past the last row, column
 * or k the last one is read again, so that no load depends on a condition: it goes to elements
 * that are not stored, or to depths that are not multiplied. */
static inline void fetch(real *next, __global const real *restrict matrix, const uint ld,
                         const bool along_k, const uint width, const uint item, const uint k0,
                         const uint last_k, const uint last_place)
{
#pragma unroll
    for (uint i = 0; i < LOADS(width); i++) {
        const uint2 at = position(item + i * ITEMS, along_k, width);
        const uint depth = min(k0 + at.x, last_k), place = min(at.y, last_place);
        next[i] = matrix[along_k ? place * ld + depth : depth * ld + place];
    }
}

static inline void keep(__local vector *tile, const real *next, const bool along_k,
                        const uint width, const uint item)
{
    __local real *element = (__local real *)tile;
#pragma unroll
    for (uint i = 0; i < LOADS(width); i++) {
        const uint2 at = position(item + i * ITEMS, along_k, width);
        element[at.x * (VEC * PITCH(width)) + at.y] = next[i];
    }
}

/* sum[VEC * v + i][w] += rows VEC * v + i times columns of vector w, over `depth` values of k; `a`
 * and `b` begin at the item's first vector, the others are a group's width apart. */
static inline void multiply(vector sum[VEC * VECTORS_M][VECTORS_N], __local const vector *a,
                            __local const vector *b, const uint depth)
{
#pragma unroll 4
    for (uint k = 0; k < depth; k++) {
        vector of_b[VECTORS_N];
#pragma unroll
        for (uint w = 0; w < VECTORS_N; w++) of_b[w] = b[k * PITCH(TILE_N) + w * ITEMS_N];
#pragma unroll
        for (uint v = 0; v < VECTORS_M; v++) {
            const vector of_a = a[k * PITCH(TILE_M) + v * ITEMS_M];
#pragma unroll
            for (uint w = 0; w < VECTORS_N; w++) {
                sum[VEC * v][w] = of_a.s0 * of_b[w] + sum[VEC * v][w];
                sum[VEC * v + 1][w] = of_a.s1 * of_b[w] + sum[VEC * v + 1][w];
                sum[VEC * v + 2][w] = of_a.s2 * of_b[w] + sum[VEC * v + 2][w];
                sum[VEC * v + 3][w] = of_a.s3 * of_b[w] + sum[VEC * v + 3][w];
            }
        }
    }
}

/* The first `count` elements; there may be more than a vector's. */
static inline void store(__global real *c, const vector v, const uint count)
{
    if (count >= VEC) {
        vstore4(v, 0, c);
        return;
    }
    c[0] = v.s0;
    if (count > 1) c[1] = v.s1;
    if (count > 2) c[2] = v.s2;
}

__kernel __attribute__((reqd_work_group_size(ITEMS_N, ITEMS_M, 1))) void
gemm(__global real *restrict c, const ulong c_offset, __global const real *restrict a,
     const ulong a_offset, __global const real *restrict b, const ulong b_offset, const uint m,
     const uint n, const uint k, const uint c_ld, const uint a_ld, const uint b_ld,
     const ulong c_stride, const ulong a_stride, const ulong b_stride)
{
    __local vector tile_a[2][BLOCK(TILE_M)], tile_b[2][BLOCK(TILE_N)];
    const uint column = get_local_id(0), row = get_local_id(1), item = row * ITEMS_N + column;
    const uint j0 = get_group_id(0) * TILE_N, i0 = get_group_id(1) * TILE_M;
    const size_t matrix = get_group_id(2);
    const uint rows = m - i0, columns = n - j0;
    c += c_offset + matrix * c_stride + (size_t)i0 * c_ld + j0;
    a += a_offset + matrix * a_stride + (A_ALONG_K ? (size_t)i0 * a_ld : i0);
    b += b_offset + matrix * b_stride + (B_ALONG_K ? (size_t)j0 * b_ld : j0);

    real next_a[LOADS(TILE_M)], next_b[LOADS(TILE_N)];
    vector sum[VEC * VECTORS_M][VECTORS_N];
#pragma unroll
    for (uint i = 0; i < VEC * VECTORS_M; i++)
#pragma unroll
        for (uint w = 0; w < VECTORS_N; w++) sum[i][w] = 0;

    fetch(next_a, a, a_ld, A_ALONG_K, TILE_M, item, 0, k - 1, rows - 1);
    fetch(next_b, b, b_ld, B_ALONG_K, TILE_N, item, 0, k - 1, columns - 1);
    keep(tile_a[0], next_a, A_ALONG_K, TILE_M, item);
    keep(tile_b[0], next_b, B_ALONG_K, TILE_N, item);
    barrier(CLK_LOCAL_MEM_FENCE);

    uint side = 0, k0 = 0;
    for (; k - k0 > DEPTH; k0 += DEPTH, side ^= 1) {
        fetch(next_a, a, a_ld, A_ALONG_K, TILE_M, item, k0 + DEPTH, k - 1, rows - 1);
        fetch(next_b, b, b_ld, B_ALONG_K, TILE_N, item, k0 + DEPTH, k - 1, columns - 1);
        multiply(sum, tile_a[side] + row, tile_b[side] + column, DEPTH);
        keep(tile_a[side ^ 1], next_a, A_ALONG_K, TILE_M, item);
        keep(tile_b[side ^ 1], next_b, B_ALONG_K, TILE_N, item);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    multiply(sum, tile_a[side] + row, tile_b[side] + column, k - k0); /* adds no zeros past k */

#pragma unroll
    for (uint i = 0; i < VEC * VECTORS_M; i++) {
        const uint at_row = (i / VEC * ITEMS_M + row) * VEC + i % VEC;
#pragma unroll
        for (uint w = 0; w < VECTORS_N; w++) {
            const uint at_column = (w * ITEMS_N + column) * VEC;
            if (at_row < rows && at_column < columns)
                store(c + at_row * c_ld + at_column, sum[i][w], columns - at_column);
        }
    }
}
