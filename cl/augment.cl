/* augment.cl - what gather.cl does, with pictures mirrored left-right and moved at random.
 *   x, cursor, images, order, mean, scale  as in gather.cl. A pixel from outside of its picture is
 *            0: the feature's mean
 *   height, width  of a picture; features = channels * height * width
 *   seed     of the data: all members see the same pictures
 *   mirror   1: each sample is mirrored or not, alike often
 *   shift    after that it is moved by -shift .. shift pixels along each axis
 *
 * Philox counter: {place in the epoch's order, its high half, epoch, PURPOSE_AUGMENT}, key: seed.
 * Mirrored by the lowest bit of the first number; moved to the right by the second, down by the
 * third: n * (2 * shift + 1) / 2^32 - shift.
 * A work-item takes PIECES pieces of 16 pixels of a line (dimension 1), on a CPU (GROUP 1) of 16
 * samples (dimension 0), on a GPU of one. Both global sizes may be rounded up.
 * Host side: ops/gather.c. Reference: ref/gather.c. */
#include "gather.clh"
#include "philox.clh"

#ifndef PIECES
#define PIECES 1
#endif
#define PIECE 16 /* pixels */

#define PURPOSE_AUGMENT 5u /* CLT_RANDOM_AUGMENT */

struct augmentation {
    ulong seed;
    uint mirror, shift;
    long height, width;
};

struct picture { /* a sample, and what becomes of it */
    __global const uchar *bytes;
    bool mirrored;
    long right, down;
};

static inline struct picture draw_picture(const struct augmentation *augmentation,
                                          const struct source *source, const struct batch *batch,
                                          __global const struct feed_row *row, const size_t b)
{
    const ulong place = row->place + min(b, batch->size - 1);
    const uint4 bits =
        philox4x32((uint4)((uint)place, (uint)(place >> 32), (uint)row->epoch, PURPOSE_AUGMENT),
                   (uint2)((uint)augmentation->seed, (uint)(augmentation->seed >> 32)));
    const uint moves = 2 * augmentation->shift + 1;
    const struct picture picture = {sample_at(source, batch, b),
                                    (bits.x & augmentation->mirror) != 0,
                                    (long)mul_hi(bits.y, moves) - augmentation->shift,
                                    (long)mul_hi(bits.z, moves) - augmentation->shift};
    return picture;
}

/* PIECE pixels of one line, as they leave the kernel. */
struct piece {
    size_t feature;         /* the first one */
    long line, left, count; /* line of its channel, column, pixels up to the line's end */
};

static inline struct piece piece_at(const struct augmentation *augmentation, const size_t i)
{
    const size_t across = (augmentation->width + PIECE - 1) / PIECE, line = i / across;
    const long left = (i - line * across) * PIECE;
    const struct piece piece = {line * augmentation->width + left, line % augmentation->height,
                                left, min((long)PIECE, augmentation->width - left)};
    return piece;
}

/* The line that the piece's pixels come from; above and below the picture, its nearest one. */
static inline long line_from(const struct augmentation *augmentation, const struct piece *piece,
                             const struct picture *picture)
{
    return clamp(piece->line - picture->down, 0L, augmentation->height - 1);
}

/* Where the picture lies in the line: columns *first .. *end - 1. */
static inline void visible(const struct augmentation *augmentation, const struct piece *piece,
                           const struct picture *picture, long *first, long *end)
{
    const long line = piece->line - picture->down;
    const bool inside = line >= 0 && line < augmentation->height;
    *first = max(picture->right, 0L);
    *end = inside ? augmentation->width + min(picture->right, 0L) : 0;
}

#if GROUP == 1

/* `at` .. `at` + 15 of the picture; 0 for what is outside of it. */
static inline uchar16 load_bytes(__global const uchar *bytes, const long at, const long features)
{
    uchar some[PIECE];
    if (at >= 0 && at + PIECE <= features) return vload16(0, bytes + at);
    for (long i = 0; i < PIECE; i++) some[i] = at + i >= 0 && at + i < features ? bytes[at + i] : 0;
    return vload16(0, some);
}

/* Beyond the line's ends stands what is next to it in memory. */
static inline uchar16 load_piece(const struct augmentation *augmentation,
                                 const struct source *source, const struct piece *piece,
                                 const struct picture *picture)
{
    const long features = source->features, width = augmentation->width;
    const long line = piece->feature - piece->left +
                      (line_from(augmentation, piece, picture) - piece->line) * width;
    const long column = piece->left - picture->right;
    if (!picture->mirrored) return load_bytes(picture->bytes, line + column, features);
    return load_bytes(picture->bytes, line + width - PIECE - column, features).sfedcba9876543210;
}

static inline void augment_piece(__global real *x, const struct augmentation *augmentation,
                                 const struct source *source, const struct batch *batch,
                                 const struct picture pictures[LANES], const size_t b,
                                 const struct piece *piece)
{
    uchar16 block[PIECE];
    REAL_BITS_NAME first[LANES], end[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        long from, to;
        visible(augmentation, piece, &pictures[lane], &from, &to);
        first[lane] = (REAL_BITS_NAME)from;
        end[lane] = (REAL_BITS_NAME)to;
        block[lane] = load_piece(augmentation, source, piece, &pictures[lane]);
    }
    transpose_bytes(block);
    const lanes_bits firsts = LANES_LOAD_BITS(first), ends = LANES_LOAD_BITS(end);
    for (long i = 0; i < piece->count; i++) {
        const size_t f = piece->feature + i;
        const lanes_bits column = (REAL_BITS_NAME)(piece->left + i);
        const lanes v = (JOIN(convert_, JOIN(REAL_NAME, 16))(block[i]) - (real)source->mean[f]) *
                        (real)source->scale[f];
        store_vector(LANES_SELECT((column >= firsts) & (column < ends), v, (lanes)0),
                     x + at_sample(batch, source->features, f, b));
    }
}

#else

static inline void augment_piece(__global real *x, const struct augmentation *augmentation,
                                 const struct source *source, const struct batch *batch,
                                 const struct picture pictures[LANES], const size_t b,
                                 const struct piece *piece)
{
    const struct picture *picture = &pictures[0];
    const long width = augmentation->width;
    __global const uchar *line = picture->bytes + piece->feature - piece->left +
                                 (line_from(augmentation, piece, picture) - piece->line) * width;
    long first, end;
    visible(augmentation, piece, picture, &first, &end);
    for (long i = 0; i < piece->count; i++) {
        const size_t f = piece->feature + i;
        const long to = piece->left + i, column = to - picture->right;
        real v = 0;
        if (to >= first && to < end)
            v = ((real)line[picture->mirrored ? width - 1 - column : column] -
                 (real)source->mean[f]) *
                (real)source->scale[f];
        x[at_sample(batch, source->features, f, b)] = v;
    }
}

#endif

__kernel void
gather_augmented(__global real *restrict x, const ulong x_offset,
                 __global struct feed_cursor *restrict cursor,
                 __global const struct feed_row *restrict rows, __global const uint *restrict order,
                 __global const uchar *restrict images, __global const float *restrict mean,
                 __global const float *restrict scale, const ulong features, const ulong batch_size,
                 const ulong batch_width, const ulong batch_pitch, const ulong height,
                 const ulong width, const ulong seed, const uint mirror, const uint shift)
{
    const struct batch batch = {batch_size, batch_width, batch_pitch};
    const struct augmentation augmentation = {seed, mirror, shift, height, width};
    const size_t b = get_global_id(0) * LANES, first = get_global_id(1) * PIECES;
    const size_t pieces = features / width * ((width + PIECE - 1) / PIECE);
    const uint row = cursor->next;
    if (b == 0 && first == 0) cursor->now = row;
    if (b >= batch.pitch || first >= pieces) return;
    const struct source source = {images, order + rows[row].first, mean, scale, features};
    struct picture pictures[LANES];
    for (size_t lane = 0; lane < LANES; lane++)
        pictures[lane] = draw_picture(&augmentation, &source, &batch, &rows[row], b + lane);
    for (size_t i = first; i < min(first + PIECES, pieces); i++) {
        const struct piece piece = piece_at(&augmentation, i);
        augment_piece(x + x_offset, &augmentation, &source, &batch, pictures, b, &piece);
    }
}
