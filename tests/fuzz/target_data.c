/* target_data.c - data sets and pictures. */
#include <cltrain/images.h>

#include <string.h>

#include "file.h"
#include "picture.h"
#include "reader.h"
#include "target.h"

#define SIDE 8 /* of the pictures */

/* Every sample is there, and every label is one of a class. */
static void check_dataset(struct reading *reading, const struct clt_dataset *dataset)
{
    const size_t shape[] = {dataset->channels, dataset->height, dataset->width, dataset->samples};
    require(dataset->features == shape[0] * shape[1] * shape[2] && dataset->features > 0);
    require(dataset->samples > 0);
    add_values(reading, shape, sizeof shape);
    uint8_t *sample = malloc(dataset->features);
    require(sample);
    for (size_t i = 0; i < dataset->samples; i++) {
        clt_dataset_copy_images(sample, dataset, i, 1);
        add_values(reading, sample, dataset->features);
        if (dataset->classes) require(dataset->labels[i] < dataset->classes);
    }
    if (dataset->labels)
        add_values(reading, dataset->labels, dataset->samples * sizeof *dataset->labels);
    free(sample);
}

static enum clt_status append_images(struct reading *reading,
                                     const struct clt_dataset_reader *reader)
{
    char *path = write_input(reading, "images");
    struct clt_dataset *dataset = calloc(1, sizeof *dataset);
    require(dataset);
    dataset->classes = reader->classes;
    const enum clt_status st = reader->append_images(dataset, reader, path);
    if (st == CLT_OK) check_dataset(reading, dataset);
    clt_dataset_free(dataset);
    free(path);
    return st;
}

enum clt_status read_idx(struct reading *reading)
{
    return append_images(reading, &clt_idx_reader);
}

enum clt_status read_cifar10(struct reading *reading)
{
    return append_images(reading, &clt_cifar10_reader);
}

enum clt_status read_cifar100(struct reading *reading)
{
    return append_images(reading, &clt_cifar100_reader);
}

/* An IDX file of as many images of one pixel as the input has labels, if they are few. */
static void write_images_for(const struct reading *reading)
{
    enum { HEADER = 16, MOST = 4096 };
    uint8_t file[HEADER + MOST] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1};
    size_t count = 3;
    if (reading->size >= 8 && reading->bytes[0] == 0 && reading->bytes[4] == 0 &&
        reading->bytes[5] == 0 && reading->bytes[6] < MOST / 256) {
        memcpy(file + 4, reading->bytes + 4, 4);
        count = (size_t)reading->bytes[6] << 8 | reading->bytes[7];
    }
    free(write_bytes(reading, "x-images-idx3-ubyte", file, HEADER + count));
}

static enum clt_status append_labelled(struct reading *reading, size_t classes)
{
    struct clt_dataset *dataset = calloc(1, sizeof *dataset);
    require(dataset);
    dataset->classes = classes;
    const enum clt_status st =
        clt_idx_reader.append(dataset, &clt_idx_reader, reading->folder, "x");
    if (st == CLT_OK) check_dataset(reading, dataset);
    clt_dataset_free(dataset);
    return st;
}

enum clt_status read_idx_labels(struct reading *reading)
{
    free(write_input(reading, "x-labels-idx1-ubyte"));
    write_images_for(reading);
    const enum clt_status st = append_labelled(reading, 0);
    return st == CLT_OK ? append_labelled(reading, 10) : st;
}

enum clt_status read_cifar_names(struct reading *reading)
{
    const struct clt_dataset_reader *reader = &clt_cifar10_reader;
    struct clt_dataset *dataset = calloc(1, sizeof *dataset);
    require(dataset);
    free(write_input(reading, "batches.meta.txt"));
    dataset->classes = reader->classes;
    const enum clt_status st = reader->class_names(dataset, reader, reading->folder);
    for (size_t c = 0; st == CLT_OK && c < dataset->classes; c++) {
        require(*dataset->class_names[c] && !strchr(dataset->class_names[c], '\n'));
        add_text(reading, dataset->class_names[c]);
    }
    clt_dataset_free(dataset);
    return st;
}

static enum clt_status decode_as(struct reading *reading, const struct clt_picture_format *format,
                                 size_t channels)
{
    const size_t size = channels * SIDE * SIDE;
    uint8_t *pixels = malloc(size); /* so that a sanitizer sees what is beyond */
    require(pixels);
    const enum clt_status st =
        clt_picture_decode(pixels, format, "picture", reading->bytes, reading->size,
                           (struct clt_shape){channels, SIDE, SIDE});
    if (st == CLT_OK) add_values(reading, pixels, size);
    free(pixels);
    return st;
}

/* Every picture is one in colour, and a grey one also one of a channel. */
static enum clt_status decode(struct reading *reading, const struct clt_picture_format *format)
{
    const enum clt_status st = decode_as(reading, format, 3);
    if (st == CLT_OK) decode_as(reading, format, 1);
    return st;
}

enum clt_status read_png(struct reading *reading)
{
    return decode(reading, &clt_png_format);
}

enum clt_status read_jpeg(struct reading *reading)
{
    return decode(reading, &clt_jpeg_format);
}

static enum clt_status append(struct reading *reading, const char *path, struct clt_shape shape)
{
    struct clt_images *images;
    require(clt_images_create(&images, shape) == CLT_OK);
    const size_t features = shape.channels * shape.height * shape.width;
    const enum clt_status st = clt_images_append(images, path);
    const size_t count = clt_images_count(images);
    require((st == CLT_OK) == (count > 0));
    add_values(reading, clt_images_pixels(images), count * features);
    for (size_t i = 0; i < count; i++) {
        const struct clt_image_origin origin = clt_images_origin(images, i);
        require(strcmp(origin.file, path) == 0 && origin.index == i);
    }
    clt_images_free(images);
    return st;
}

enum clt_status read_images(struct reading *reading)
{
    char *path = write_input(reading, "images");
    const enum clt_status st = append(reading, path, (struct clt_shape){1, 2, 3});
    append(reading, path, (struct clt_shape){3, SIDE, SIDE});
    append(reading, path, (struct clt_shape){3, 32, 32});
    free(path);
    return st;
}
