/* png.c - PNG by libpng's simplified interface, which keeps its own longjmp() to itself. */
#include <png.h>
#include <string.h>

#include "picture.h"

static enum clt_status png_fails(const struct clt_picture *picture, const png_image *image)
{
    return clt_fail(CLT_E_DATA, "%s: the PNG picture is damaged: %s; get it again", picture->path,
                    image->message);
}

static enum clt_status decode(const struct clt_picture *picture)
{
    enum clt_status st = CLT_OK;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, picture->bytes, picture->size)) {
        st = png_fails(picture, &image);
        goto done;
    }
    TRY(clt_picture_check(picture, image.width, image.height,
                          (image.format & PNG_FORMAT_FLAG_COLOR) != 0));
    if (image.format & PNG_FORMAT_FLAG_ALPHA) {
        st = clt_fail(CLT_E_DATA, "%s: the picture is transparent in parts; flatten it",
                      picture->path);
        goto done;
    }
    image.format = picture->shape.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    /* Else 16 bits that say nothing of their gamma would count as linear light, 8 bits not. */
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    /* libpng goes on after a warning, such as a checksum that is wrong. */
    if (!png_image_finish_read(&image, NULL, picture->rows, 0, NULL) || image.warning_or_error)
        st = png_fails(picture, &image);
done:
    png_image_free(&image);
    return st;
}

const struct clt_picture_format clt_png_format = {"PNG", "\x89PNG\r\n\x1a\n", 8, decode};
