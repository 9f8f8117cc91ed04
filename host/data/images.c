#include <cltrain/images.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "checked.h"
#include "file.h"
#include "picture.h"
#include "reader.h"

struct origin {
    size_t file, index; /* which file, which sample within it */
};

struct clt_images {
    struct clt_shape shape;
    size_t features, count;
    uint8_t *pixels;        /* [count][features] */
    struct origin *origins; /* [count] */
    char **files;           /* [n_files] */
    size_t n_files;
};

enum clt_status clt_images_create(struct clt_images **out, struct clt_shape shape)
{
    size_t features;
    *out = NULL;
    if (!clt_multiply(&features, shape.channels, shape.height) ||
        !clt_multiply(&features, features, shape.width) || features == 0)
        return clt_fail(CLT_E_USAGE, "a sample of %zu x %zu x %zu elements makes no sense",
                        shape.channels, shape.height, shape.width);
    struct clt_images *images = calloc(1, sizeof *images);
    if (!images) return clt_fail(CLT_E_NOMEM, "no memory for images");
    images->shape = shape;
    images->features = features;
    *out = images;
    return CLT_OK;
}

void clt_images_free(struct clt_images *images)
{
    if (!images) return;
    for (size_t i = 0; i < images->n_files; i++) free(images->files[i]);
    free(images->files);
    free(images->origins);
    free(images->pixels);
    free(images);
}

size_t clt_images_count(const struct clt_images *images)
{
    return images->count;
}

const uint8_t *clt_images_pixels(const struct clt_images *images)
{
    return images->pixels;
}

struct clt_image_origin clt_images_origin(const struct clt_images *images, size_t index)
{
    const struct origin *origin = &images->origins[index];
    return (struct clt_image_origin){images->files[origin->file], origin->index};
}

static enum clt_status no_memory(const char *path)
{
    return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
}

/* `array` with room for `n` elements; NULL, and the array as it was, where memory is out. */
static void *resize(void *array, size_t n, size_t size)
{
    size_t bytes;
    return clt_multiply(&bytes, n, size) ? realloc(array, bytes) : NULL;
}

static enum clt_status reserve(struct clt_images *images, const char *path, size_t count)
{
    uint8_t *pixels = resize(images->pixels, count, images->features);
    if (pixels) images->pixels = pixels;
    struct origin *origins = resize(images->origins, count, sizeof *origins);
    if (origins) images->origins = origins;
    char **files = resize(images->files, images->n_files + 1, sizeof *files);
    if (files) images->files = files;
    return pixels && origins && files ? CLT_OK : no_memory(path);
}

/* Appends `count` samples, which the caller puts into *pixels [count][features]. */
static enum clt_status add(uint8_t **pixels, struct clt_images *images, const char *path,
                           size_t count)
{
    enum clt_status st = CLT_OK;
    size_t total;
    *pixels = NULL;
    if (!clt_add(&total, images->count, count)) return no_memory(path);
    TRY(reserve(images, path, total));
    char *name = strdup(path);
    if (!name) return no_memory(path);
    *pixels = images->pixels + images->count * images->features;
    for (size_t i = 0; i < count; i++)
        images->origins[images->count + i] = (struct origin){images->n_files, i};
    images->files[images->n_files++] = name;
    images->count = total;
done:
    return st;
}

/* A file in one of the formats of data sets. */
static enum clt_status add_dataset(struct clt_images *images, const char *path,
                                   const struct clt_dataset_reader *reader)
{
    enum clt_status st = CLT_OK;
    const struct clt_shape *shape = &images->shape;
    uint8_t *pixels;
    struct clt_dataset *file = calloc(1, sizeof *file);
    if (!file) return no_memory(path);
    file->classes = reader->classes;
    TRY(reader->append_images(file, reader, path));
    if (file->channels != shape->channels || file->height != shape->height ||
        file->width != shape->width)
        TRY(clt_fail(CLT_E_DATA,
                     "%s: images of %zu x %zu x %zu (channels, height, width), but the network's "
                     "input is %zu x %zu x %zu",
                     path, file->channels, file->height, file->width, shape->channels,
                     shape->height, shape->width));
    TRY(add(&pixels, images, path, file->samples));
    clt_dataset_copy_images(pixels, file, 0, file->samples);
done:
    clt_dataset_free(file);
    return st;
}

static enum clt_status add_picture(struct clt_images *images, const char *path,
                                   const struct clt_picture_format *format, const uint8_t *bytes,
                                   size_t size)
{
    enum clt_status st = CLT_OK;
    uint8_t *pixels;
    TRY(add(&pixels, images, path, 1));
    TRY(clt_picture_decode(pixels, format, path, bytes, size, images->shape));
done:
    return st;
}

static enum clt_status add_raw(struct clt_images *images, const char *path, const uint8_t *bytes,
                               size_t count)
{
    enum clt_status st = CLT_OK;
    uint8_t *pixels;
    TRY(add(&pixels, images, path, count));
    memcpy(pixels, bytes, count * images->features);
done:
    return st;
}

#define CIFAR10_RECORD  3073 /* a label and an image */
#define CIFAR100_RECORD 3074 /* two labels and an image */

/* Raw bytes have no signature and CIFAR has none: the size tells, and must not be ambiguous. */
static enum clt_status add_unsigned(struct clt_images *images, const char *path,
                                    const uint8_t *bytes, size_t size)
{
    const struct clt_shape *shape = &images->shape;
    const bool cifar = shape->channels == 3 && shape->height == 32 && shape->width == 32;
    const bool raw = size % images->features == 0;
    const bool cifar10 = cifar && size % CIFAR10_RECORD == 0;
    const bool cifar100 = cifar && size % CIFAR100_RECORD == 0;
    if (size == 0) return clt_fail(CLT_E_DATA, "%s: the file is empty", path);
    if (raw + cifar10 + cifar100 > 1)
        return clt_fail(CLT_E_DATA,
                        "%s: by its size of %zu bytes it may be raw bytes or CIFAR; split it", path,
                        size);
    if (cifar10) return add_dataset(images, path, &clt_cifar10_reader);
    if (cifar100) return add_dataset(images, path, &clt_cifar100_reader);
    if (raw) return add_raw(images, path, bytes, size / images->features);
    return clt_fail(CLT_E_DATA,
                    "%s: no IDX, PNG or JPEG file, and its %zu bytes are no multiple of a sample's "
                    "%zu (%zu x %zu x %zu)",
                    path, size, images->features, shape->channels, shape->height, shape->width);
}

static bool is_idx(const uint8_t *bytes, size_t size)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, idx[] = {0, 0, 8};
    return (size >= sizeof gzip && memcmp(bytes, gzip, sizeof gzip) == 0) ||
           (size >= sizeof idx && memcmp(bytes, idx, sizeof idx) == 0);
}

static enum clt_status add_file(struct clt_images *images, const char *path)
{
    enum clt_status st = CLT_OK;
    uint8_t *bytes = NULL;
    size_t size;
    TRY(clt_file_read(&bytes, &size, path));
    const struct clt_picture_format *format = clt_picture_format(bytes, size);
    if (format)
        st = add_picture(images, path, format, bytes, size);
    else if (is_idx(bytes, size))
        st = add_dataset(images, path, &clt_idx_reader);
    else
        st = add_unsigned(images, path, bytes, size);
done:
    free(bytes);
    return st;
}

/* ---- folders ---- */

static bool is_picture_name(const char *name)
{
    const char *ending = strrchr(name, '.');
    return ending && (strcasecmp(ending, ".png") == 0 || strcasecmp(ending, ".jpg") == 0 ||
                      strcasecmp(ending, ".jpeg") == 0);
}

static enum clt_status add_within(struct clt_images *images, const char *folder, const char *name)
{
    char *path = clt_path_join(folder, name);
    if (!path) return no_memory(folder);
    const enum clt_status st = add_file(images, path);
    free(path);
    return st;
}

static enum clt_status add_folder(struct clt_images *images, const char *path)
{
    enum clt_status st = CLT_OK;
    const size_t before = images->count;
    struct clt_listing names;
    TRY(clt_folder_list(&names, path));
    for (size_t i = 0; i < names.count && st == CLT_OK; i++)
        if (is_picture_name(names.name[i])) st = add_within(images, path, names.name[i]);
    clt_listing_free(&names);
    if (st == CLT_OK && images->count == before)
        st = clt_fail(CLT_E_DATA, "%s: no picture in this folder (.png, .jpg, .jpeg)", path);
done:
    return st;
}

enum clt_status clt_images_append(struct clt_images *images, const char *path)
{
    struct stat info;
    const size_t count = images->count;
    const bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    const enum clt_status st = folder ? add_folder(images, path) : add_file(images, path);
    if (st != CLT_OK) images->count = count;
    return st;
}
