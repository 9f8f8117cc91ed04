#include "pictures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>
#include <jpeglib.h>

uint8_t picture_value(size_t i, size_t c)
{
    return (uint8_t)((37 * i + 80 * c) % 251);
}

static void add_number(struct picture_file *out, size_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        out->bytes[out->size++] = (uint8_t)(number >> shift);
}

static void add_chunk(struct picture_file *out, const char *type, const uint8_t *data, size_t size)
{
    assert_true(out->size + size + 12 <= sizeof out->bytes);
    add_number(out, size);
    const size_t start = out->size;
    memcpy(out->bytes + start, type, 4);
    if (size) memcpy(out->bytes + start + 4, data, size);
    out->size += 4 + size;
    add_number(out, crc32(0, out->bytes + start, (unsigned)(4 + size)));
}

static void add_header(struct picture_file *out, enum png_kind kind, size_t depth, size_t width,
                       size_t height)
{
    struct picture_file header = {.size = 0};
    add_number(&header, width);
    add_number(&header, height);
    header.bytes[header.size++] = (uint8_t)depth;
    header.bytes[header.size++] = (uint8_t)kind;
    add_chunk(out, "IHDR", header.bytes, header.size + 3); /* deflate, filters, not interlaced */
}

static void add_palette(struct picture_file *out, size_t n)
{
    uint8_t palette[3 * 256];
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) palette[3 * i + c] = picture_value(i, c);
    add_chunk(out, "PLTE", palette, 3 * n);
}

/* A filter byte before each row, then its samples. */
static size_t fill_rows(uint8_t *rows, enum png_kind kind, size_t depth, size_t width,
                        size_t height)
{
    const size_t channels = kind == PNG_COLOUR ? 3 : kind == PNG_GREY_ALPHA ? 2 : 1;
    size_t n = 0;
    for (size_t i = 0; i < width * height; i++) {
        if (i % width == 0) rows[n++] = 0;
        for (size_t c = 0; c < channels; c++) {
            rows[n++] = kind == PNG_PALETTE ? (uint8_t)i : picture_value(i, c);
            if (depth == 16) rows[n++] = 0x80;
        }
    }
    return n;
}

void picture_png(struct picture_file *out, enum png_kind kind, size_t depth, size_t width,
                 size_t height)
{
    uint8_t rows[4096], packed[4096];
    uLongf size = sizeof packed;
    assert_true(width * height * 6 + height <= sizeof rows);
    memcpy(out->bytes, "\x89PNG\r\n\x1a\n", 8);
    out->size = 8;
    add_header(out, kind, depth, width, height);
    if (kind == PNG_PALETTE) add_palette(out, width * height);
    const size_t n = fill_rows(rows, kind, depth, width, height);
    assert_int_equal(compress(packed, &size, rows, n), Z_OK);
    add_chunk(out, "IDAT", packed, size);
    add_chunk(out, "IEND", NULL, 0);
}

void picture_jpeg(struct picture_file *out, size_t channels, size_t width, size_t height)
{
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    uint8_t row[256], *bytes = NULL;
    unsigned long size = 0;
    assert_true(width * channels <= sizeof row);
    for (size_t i = 0; i < width * channels; i++) row[i] = (uint8_t)(60 + 50 * (i % channels));
    codec.err = jpeg_std_error(&errors);
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
    codec.image_width = (JDIMENSION)width;
    codec.image_height = (JDIMENSION)height;
    codec.input_components = (int)channels;
    codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, 100, TRUE);
    jpeg_start_compress(&codec, TRUE);
    for (size_t y = 0; y < height; y++) jpeg_write_scanlines(&codec, &(JSAMPROW){row}, 1);
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    assert_true(size <= sizeof out->bytes);
    memcpy(out->bytes, bytes, size);
    out->size = size;
    free(bytes);
}
