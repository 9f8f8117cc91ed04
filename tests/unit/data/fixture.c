#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "file.h"
#include "scratch.h"

int clt_fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->folder = clt_scratch_create();
    fixture->options.path = fixture->folder;
    fixture->options.scaling = CLT_SCALING_NONE;
    *state = fixture;
    return 0;
}

int clt_fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    clt_scratch_remove(fixture->folder);
    free(fixture);
    return 0;
}

static char *path_of(const struct fixture *fixture, const char *name)
{
    char *path = clt_path_join(fixture->folder, name);
    assert_non_null(path);
    return path;
}

void clt_fixture_write(const struct fixture *fixture, const char *name, const void *bytes,
                       size_t size)
{
    clt_scratch_write(fixture->folder, name, bytes, size);
}

void clt_fixture_write_gzip(const struct fixture *fixture, const char *name, const void *bytes,
                            size_t size)
{
    char *path = path_of(fixture, name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
    free(path);
}

void clt_fixture_remove(const struct fixture *fixture, const char *name)
{
    char *path = path_of(fixture, name);
    assert_int_equal(remove(path), 0);
    free(path);
}

void clt_fixture_write_idx(const struct fixture *fixture, const char *name, size_t n,
                           const uint8_t *labels)
{
    enum { FEATURES = 6, MAX = 16 };
    assert_in_range(n, 0, MAX);
    char file[64];
    uint8_t images[16 + MAX * FEATURES] = {0, 0, 8, 3, 0, 0, 0, (uint8_t)n, 0, 0, 0, 2, 0, 0, 0, 3};
    uint8_t label_bytes[8 + MAX] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)n};
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < FEATURES; f++) images[16 + i * FEATURES + f] = (uint8_t)(10 * i + f);
    memcpy(label_bytes + 8, labels, n);
    snprintf(file, sizeof file, "%s-images-idx3-ubyte", name);
    clt_fixture_write(fixture, file, images, 16 + n * FEATURES);
    snprintf(file, sizeof file, "%s-labels-idx1-ubyte", name);
    clt_fixture_write(fixture, file, label_bytes, 8 + n);
}

void clt_fixture_write_cifar(const struct fixture *fixture, const char *name, size_t n,
                             const uint8_t *labels, size_t label_bytes)
{
    const size_t record = label_bytes + CIFAR_IMAGE;
    uint8_t *bytes = malloc(n * record);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        uint8_t *image = bytes + i * record + label_bytes;
        memcpy(bytes + i * record, labels + i * label_bytes, label_bytes);
        for (size_t f = 0; f < CIFAR_IMAGE; f++) image[f] = (uint8_t)((7 * i + f) % 251);
    }
    clt_fixture_write(fixture, name, bytes, n * record);
    free(bytes);
}

struct clt_dataset *clt_fixture_load(const struct fixture *fixture)
{
    struct clt_dataset *dataset = NULL;
    if (clt_dataset_load(&dataset, &fixture->options) != CLT_OK)
        fail_msg("%s", clt_error_message());
    return dataset;
}

void clt_fixture_assert_unreadable(const struct fixture *fixture, const char *message)
{
    struct clt_dataset *dataset = NULL;
    char wanted[4096];
    assert_int_equal(clt_dataset_load(&dataset, &fixture->options), CLT_E_DATA);
    assert_null(dataset);
    snprintf(wanted, sizeof wanted, "%s/%s", fixture->folder, message);
    assert_string_equal(clt_error_message(), wanted);
}

void clt_fixture_assert_refused(const struct fixture *fixture, const char *message)
{
    struct fixture headers = *fixture;
    headers.options.headers_only = true;
    clt_fixture_assert_unreadable(fixture, message);
    clt_fixture_assert_unreadable(&headers, message);
}

void clt_fixture_assert_range(struct clt_range range, size_t first, size_t count)
{
    assert_int_equal(range.first, first);
    assert_int_equal(range.count, count);
}
