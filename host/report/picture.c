#include "picture.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "markup.h"

#define MAX_SIDE 64 /* of a thumbnail, so that a page stays small */

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for a picture");
}

/* RFC 4648, section 4 */
static void add_base64(struct clt_text *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63], '=', '='};
        if (left > 1) text[2] = digits[group >> 6 & 63];
        if (left > 2) text[3] = digits[group & 63];
        clt_text_add_bytes(out, text, sizeof text);
    }
}

/* The mean over a square of `factor` pixels a side, cut at the picture's edge. */
static uint8_t mean_of_square(const uint8_t *plane, struct clt_shape shape, size_t row,
                              size_t column, size_t factor)
{
    const size_t bottom = clt_smaller(row + factor, shape.height);
    const size_t right = clt_smaller(column + factor, shape.width);
    size_t sum = 0, count = 0;
    for (size_t y = row; y < bottom; y++)
        for (size_t x = column; x < right; x++, count++) sum += plane[y * shape.width + x];
    return (uint8_t)(count ? sum / count : 0);
}

/* `planes` as [height][width][channels], shrunk by a whole factor. */
static uint8_t *make_thumbnail(png_image *image, const uint8_t *planes, struct clt_shape shape)
{
    const size_t side = shape.height > shape.width ? shape.height : shape.width;
    const size_t factor = clt_divide_up(side, MAX_SIDE);
    const size_t height = clt_divide_up(shape.height, factor);
    const size_t width = clt_divide_up(shape.width, factor);
    const size_t channels = shape.channels == 3 ? 3 : 1;
    uint8_t *pixels = malloc(height * width * channels);
    if (!pixels) return NULL;
    for (size_t c = 0; c < channels; c++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                pixels[(y * width + x) * channels + c] = mean_of_square(
                    planes + c * shape.height * shape.width, shape, y * factor, x * factor, factor);
    *image = (png_image){.version = PNG_IMAGE_VERSION,
                         .width = (png_uint_32)width,
                         .height = (png_uint_32)height,
                         .format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    return pixels;
}

enum clt_status clt_picture_add_uri(struct clt_text *out, const uint8_t *planes,
                                    struct clt_shape shape)
{
    enum clt_status st = CLT_OK;
    png_image image;
    uint8_t *png = NULL, *pixels = make_thumbnail(&image, planes, shape);
    if (!pixels) return no_memory();
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    png = malloc(size);
    if (!png || !png_image_write_to_memory(&image, png, &size, 0, pixels, 0, NULL)) {
        st = no_memory();
        goto done;
    }
    clt_text_add(out, "data:image/png;base64,");
    add_base64(out, png, size);
done:
    free(png);
    free(pixels);
    return st;
}

/* ---- side by side ---- */

#define GAP         8.0
#define LINE_HEIGHT 13.0

struct cell {
    double x, y, width, height; /* of its picture */
};

static enum clt_status draw_tile(struct clt_text *out, const struct clt_tile *tile,
                                 struct clt_shape shape, struct cell cell, size_t n_lines)
{
    const double numbers[] = {cell.x, cell.y, cell.width, cell.height};
    static const char *const names[] = {"x", "y", "width", "height"};
    clt_text_add(out, "<image class=\"pixels\"");
    for (size_t i = 0; i < 4; i++) {
        clt_text_add(out, " %s=\"", names[i]);
        clt_svg_add_number(out, numbers[i]);
        clt_text_add(out, "\"");
    }
    clt_text_add(out, " href=\"");
    const enum clt_status st = clt_picture_add_uri(out, tile->planes, shape);
    clt_text_add(out, "\"/>\n");
    for (size_t i = 0; i < n_lines; i++)
        clt_svg_add_text(out, i == 0 ? "small middle strong" : "small middle",
                         cell.x + cell.width / 2,
                         cell.y + cell.height + LINE_HEIGHT * (double)(i + 1) - 1, tile->lines[i]);
    return st;
}

enum clt_status clt_tiles_draw(struct clt_figure *out, const struct clt_tile *tiles, size_t n_tiles,
                               struct clt_shape shape, size_t columns, size_t n_lines)
{
    enum clt_status st = CLT_OK;
    const size_t rows = clt_divide_up(n_tiles, columns);
    const double step = (CLT_FIGURE_WIDTH + GAP) / (double)columns, side = step - GAP;
    const double aspect = (double)shape.height / (double)shape.width;
    /* No wider than what leaves room for a line of text beside its neighbours'. */
    struct cell cell = {.width = side * 0.86, .height = side * 0.86 * aspect};
    if (n_lines == 0) cell = (struct cell){.width = side, .height = side * aspect};
    const double pitch = cell.height + LINE_HEIGHT * (double)n_lines + GAP;
    out->width = CLT_FIGURE_WIDTH;
    out->height = pitch * (double)rows;
    for (size_t i = 0; i < n_tiles; i++) {
        const size_t row = i / columns;
        cell.x = step * (double)(i % columns) + (side - cell.width) / 2;
        cell.y = pitch * (double)row;
        TRY(draw_tile(&out->body, &tiles[i], shape, cell, n_lines));
    }
done:
    return st;
}
