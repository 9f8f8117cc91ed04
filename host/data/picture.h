/* picture.h - one PNG or JPEG picture as a sample. */
#ifndef CLT_PICTURE_H
#define CLT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cltrain/shape.h>

#include "status.h"

/* What a decoder is given and fills. */
struct clt_picture {
    const char *path;
    const uint8_t *bytes; /* the file */
    size_t size;
    struct clt_shape shape; /* what the sample must be */
    uint8_t *rows;          /* [height][width][channels], decoded */
};

struct clt_picture_format {
    const char *name;
    const char *signature; /* how such a file begins */
    size_t signature_size;
    enum clt_status (*decode)(const struct clt_picture *picture);
};

extern const struct clt_picture_format clt_png_format, clt_jpeg_format;

/* Called by a decoder once it knows what the file holds, before it decodes any of it: CLT_E_DATA
 * where that is not what the sample must be. */
enum clt_status clt_picture_check(const struct clt_picture *picture, size_t width, size_t height,
                                  bool colour);

/* The format that `bytes` begin as; NULL: none. */
const struct clt_picture_format *clt_picture_format(const uint8_t *bytes, size_t size);

/* pixels [channels][height][width] of the picture `bytes`. CLT_E_DATA, naming `path`; CLT_E_NOMEM.
 */
enum clt_status clt_picture_decode(uint8_t *pixels, const struct clt_picture_format *format,
                                   const char *path, const uint8_t *bytes, size_t size,
                                   struct clt_shape shape);

#endif
