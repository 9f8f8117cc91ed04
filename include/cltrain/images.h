/* images.h - samples to classify, from files. */
#ifndef CLTRAIN_IMAGES_H
#define CLTRAIN_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include <cltrain/shape.h>
#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct clt_image_origin {
    const char *file; /* as it was named; lives as long as the images */
    size_t index;     /* within that file, from 0 */
};

/* Samples of one shape. */
struct clt_images;

/* None yet; every sample to come must be of this shape. CLT_E_USAGE: it has no elements or too many
 * to address; CLT_E_NOMEM. On success *out is the caller's, for clt_images_free(). */
CLT_API enum clt_status clt_images_create(struct clt_images **out, struct clt_shape shape);
CLT_API void clt_images_free(struct clt_images *images); /* NULL is fine */

/* Appends the samples of `path`, which is
 *   an IDX file of images, plain or gzip;
 *   a PNG or JPEG picture: a grey one for 1 channel, a grey or coloured one for 3 (red, green,
 *     blue). 16 bits become 8; transparency is refused, and nothing is resized;
 *   for 3 x 32 x 32 a file of CIFAR-10 or CIFAR-100 in its binary form; labels are left out;
 *   a folder: every picture in it (.png, .jpg, .jpeg), in the order of their names;
 *   else raw bytes, [n][channels][height][width].
 * CLT_E_DATA: unreadable, damaged, or of another shape; the message names the file, and both
 * shapes. CLT_E_NOMEM. After a failure the images are those of before. */
CLT_API enum clt_status clt_images_append(struct clt_images *images, const char *path);

CLT_API size_t clt_images_count(const struct clt_images *images);
/* [count][channels][height][width], NULL for none; until the next append. */
CLT_API const uint8_t *clt_images_pixels(const struct clt_images *images);
/* Where sample `index` comes from. */
CLT_API struct clt_image_origin clt_images_origin(const struct clt_images *images, size_t index);

#ifdef __cplusplus
}
#endif
#endif
