/* dataset.h - labelled images on the host, in their storage type, and how they are split.
 *
 * All samples lie in one pool, so that a split is a range of it and a sample is an index into it:
 *   images  `features` bytes a sample, channel-major: [channels][height][width]; a span for each
 *           file, since a plain file is mapped and stays as it is
 *   labels  [samples], 0 .. classes-1
 * Knows no device and no config: the caller copies the options. */
#ifndef CLT_DATASET_H
#define CLT_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interrupt.h"
#include "status.h"

enum clt_dataset_format { CLT_DATASET_IDX, CLT_DATASET_CIFAR10, CLT_DATASET_CIFAR100 };
enum clt_dataset_scaling {
    CLT_SCALING_FEATURE,
    CLT_SCALING_CHANNEL,
    CLT_SCALING_BYTE,
    CLT_SCALING_NONE
};

struct clt_dataset_options {
    enum clt_dataset_format format;
    const char *path;         /* the folder */
    const char *const *train; /* file names; n_train = 0: the format's own */
    size_t n_train;
    const char *const *validation; /* file names; n_validation = 0: validation_count applies */
    size_t n_validation;
    size_t validation_count; /* the last N training samples */
    size_t train_samples;    /* then only the first N of what is left; 0: all */
    const char *const *test; /* file names; n_test = 0: the format's own */
    size_t n_test;
    enum clt_dataset_scaling scaling;
    bool headers_only;              /* see struct clt_dataset */
    struct clt_interrupt interrupt; /* asked while files are read and sent to a device */
};

struct clt_range { /* of the pool */
    size_t first, count;
};

/* Images of consecutive samples. */
struct clt_image_span {
    const uint8_t *images; /* the first one */
    size_t count, stride;  /* samples; bytes from one to the next, at least a sample's */
    void *memory;          /* what holds them, from malloc() or a mapped file */
    size_t mapped;         /* bytes of that file; 0: from malloc() */
};

/* What was read under one name of the config. */
#define CLT_CONTENT_HASH 33
struct clt_data_file {
    char *name;
    char hash[CLT_CONTENT_HASH]; /* of shape, images and labels, whatever file format they were in:
                                    XXH3, 128 bits in hexadecimal */
};

struct clt_dataset {
    size_t channels, height, width;
    size_t features; /* channels * height * width */
    size_t classes;
    char **class_names; /* [classes], or NULL where the format has none */

    struct clt_image_span *spans; /* [n_spans], in the order of the samples */
    size_t n_spans;
    size_t
        unpacked; /* bytes of those images that lie in memory of their own: of compressed files */
    uint16_t *labels; /* [samples] */
    size_t samples;
    struct clt_data_file *files; /* [n_files]; none with headers_only */
    size_t n_files;
    /* No images were read, and labels only where they have files of their own (else all are 0): the
     * sizes of the files bear out what their headers say. There are no statistics. */
    bool headers_only;
    struct clt_range train, validation, test; /* validation may be empty */
    struct clt_interrupt interrupt;

    /* What a network sees is (byte - mean[f]) * scale[f]; both [features], of the training part. */
    float *mean, *scale;
};

/* Reads the files, splits them, computes mean and scale. CLT_E_DATA: the message names file and
 * offset; CLT_E_NOMEM; CLT_E_STOPPED. On failure *out is NULL. */
enum clt_status clt_dataset_load(struct clt_dataset **out,
                                 const struct clt_dataset_options *options);
/* Forgets all but the first `features` values of each sample, which become a plain vector. At most
 * as many as there are. */
void clt_dataset_keep_features(struct clt_dataset *dataset, size_t features);
/* Forgets all but the first `samples` of the training part, all where it has fewer; mean and scale
 * stay. */
void clt_dataset_keep_samples(struct clt_dataset *dataset, size_t samples);
/* The sample's image and those behind it in the same span, `count` with it. */
struct clt_image_span clt_dataset_images(const struct clt_dataset *dataset, size_t sample);
/* out [count][features] */
void clt_dataset_copy_images(uint8_t *out, const struct clt_dataset *dataset, size_t first,
                             size_t count);
/* Appends a span, whose memory is the data set's from here on, failure or not. CLT_E_NOMEM. */
enum clt_status clt_dataset_add_span(struct clt_dataset *dataset,
                                     const struct clt_image_span *span);
/* Gives the pool's images back once the device holds them; everything else stays. */
void clt_dataset_drop_images(struct clt_dataset *dataset);
void clt_dataset_free(struct clt_dataset *dataset); /* NULL is fine */

#endif
