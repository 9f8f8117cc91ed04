#include "picture.h"

#include <stdlib.h>
#include <string.h>

const struct clt_picture_format *clt_picture_format(const uint8_t *bytes, size_t size)
{
    static const struct clt_picture_format *const formats[] = {&clt_png_format, &clt_jpeg_format};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (size >= formats[i]->signature_size &&
            memcmp(bytes, formats[i]->signature, formats[i]->signature_size) == 0)
            return formats[i];
    return NULL;
}

enum clt_status clt_picture_check(const struct clt_picture *picture, size_t width, size_t height,
                                  bool colour)
{
    const struct clt_shape *shape = &picture->shape;
    if (width != shape->width || height != shape->height)
        return clt_fail(CLT_E_DATA,
                        "%s: a picture of %zu x %zu (width, height), but the network's input is "
                        "%zu x %zu; resize it",
                        picture->path, width, height, shape->width, shape->height);
    if (colour && shape->channels == 1)
        return clt_fail(CLT_E_DATA,
                        "%s: a picture in colour, but the network's input is grey; convert it",
                        picture->path);
    return CLT_OK;
}

/* From a pixel's values side by side to a plane for each channel. */
static void separate(uint8_t *pixels, const uint8_t *rows, struct clt_shape shape)
{
    const size_t n = shape.height * shape.width;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < shape.channels; c++)
            pixels[c * n + i] = rows[i * shape.channels + c];
}

enum clt_status clt_picture_decode(uint8_t *pixels, const struct clt_picture_format *format,
                                   const char *path, const uint8_t *bytes, size_t size,
                                   struct clt_shape shape)
{
    enum clt_status st = CLT_OK;
    struct clt_picture picture = {.path = path, .bytes = bytes, .size = size, .shape = shape};
    if (shape.channels != 1 && shape.channels != 3)
        return clt_fail(CLT_E_DATA,
                        "%s: a %s picture, but the network's input has %zu channels; pictures "
                        "have 1 or 3",
                        path, format->name, shape.channels);
    picture.rows = calloc(shape.channels * shape.height, shape.width);
    if (!picture.rows) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    TRY(format->decode(&picture));
    separate(pixels, picture.rows, shape);
done:
    free(picture.rows);
    return st;
}
