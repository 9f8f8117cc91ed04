/* fixture.h - a scratch folder of data files and the options that load it. */
#ifndef CLT_DATA_FIXTURE_H
#define CLT_DATA_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataset.h"

#define CIFAR_IMAGE 3072

struct fixture {
    char *folder;
    struct clt_dataset_options options; /* .path is the folder */
};

int clt_fixture_setup(void **state);
int clt_fixture_teardown(void **state);

void clt_fixture_write(const struct fixture *fixture, const char *name, const void *bytes,
                       size_t size);
void clt_fixture_write_gzip(const struct fixture *fixture, const char *name, const void *bytes,
                            size_t size);
void clt_fixture_remove(const struct fixture *fixture, const char *name);

/* NAME-images-idx3-ubyte with n images of 2 x 3 pixels, pixel f of image i being 10 * i + f, and
 * NAME-labels-idx1-ubyte with labels[0..n-1]. */
void clt_fixture_write_idx(const struct fixture *fixture, const char *name, size_t n,
                           const uint8_t *labels);

/* n records, the label bytes of each from `labels`, byte f of image i being (7 * i + f) % 251. */
void clt_fixture_write_cifar(const struct fixture *fixture, const char *name, size_t n,
                             const uint8_t *labels, size_t label_bytes);

struct clt_dataset *clt_fixture_load(const struct fixture *fixture); /* must succeed */
/* Loading must fail with CLT_E_DATA and the message FOLDER/`message`. */
void clt_fixture_assert_unreadable(const struct fixture *fixture, const char *message);
/* Loading the headers alone must fail with that as well. */
void clt_fixture_assert_refused(const struct fixture *fixture, const char *message);

void clt_fixture_assert_range(struct clt_range range, size_t first, size_t count);

#endif
