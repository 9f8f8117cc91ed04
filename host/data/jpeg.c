/* jpeg.c - JPEG by libjpeg, whose errors leave by longjmp(). */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "picture.h"

struct failure {
    struct jpeg_error_mgr base; /* first: libjpeg hands a pointer to it back */
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

static void leave(j_common_ptr codec)
{
    struct failure *failure = (struct failure *)codec->err;
    codec->err->format_message(codec, failure->text);
    longjmp(failure->back, 1);
}

/* A warning (level < 0) is about damaged data that libjpeg would fill with grey. */
static void take_warning(j_common_ptr codec, int level)
{
    if (level < 0) leave(codec);
}

static void stay_silent(j_common_ptr codec)
{
    (void)codec;
}

static void read_rows(struct jpeg_decompress_struct *codec, const struct clt_picture *picture)
{
    const size_t pitch = picture->shape.channels * picture->shape.width;
    jpeg_start_decompress(codec);
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW row = picture->rows + codec->output_scanline * pitch;
        jpeg_read_scanlines(codec, &row, 1);
    }
    jpeg_finish_decompress(codec);
}

static enum clt_status read_picture(struct jpeg_decompress_struct *codec,
                                    const struct clt_picture *picture)
{
    enum clt_status st = CLT_OK;
    jpeg_create_decompress(codec);
    jpeg_mem_src(codec, picture->bytes, picture->size);
    jpeg_read_header(codec, TRUE);
    TRY(clt_picture_check(picture, codec->image_width, codec->image_height,
                          codec->num_components != 1));
    if (codec->num_components > 3)
        return clt_fail(CLT_E_DATA, "%s: a JPEG picture in CMYK; convert it to RGB", picture->path);
    codec->out_color_space = picture->shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    read_rows(codec, picture);
done:
    return st;
}

/* Nothing that changes in between is a variable of the function that setjmp() returns into. */
static enum clt_status read_or_return(struct jpeg_decompress_struct *codec, struct failure *failure,
                                      const struct clt_picture *picture)
{
    if (setjmp(failure->back) == 0) return read_picture(codec, picture);
    return clt_fail(CLT_E_DATA, "%s: the JPEG picture is damaged: %s; get it again", picture->path,
                    failure->text);
}

static enum clt_status decode(const struct clt_picture *picture)
{
    struct jpeg_decompress_struct codec = {0};
    struct failure failure;
    codec.err = jpeg_std_error(&failure.base);
    failure.base.error_exit = leave;
    failure.base.emit_message = take_warning;
    failure.base.output_message = stay_silent;
    const enum clt_status st = read_or_return(&codec, &failure, picture);
    jpeg_destroy_decompress(&codec);
    return st;
}

const struct clt_picture_format clt_jpeg_format = {"JPEG", "\xff\xd8\xff", 3, decode};
