/* IDX: every form that is read, and every way a file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "file.h"
#include "fixture.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static const uint8_t train_labels[] = {0, 1, 2, 0}, test_labels[] = {2, 1};

static int setup(void **state)
{
    clt_fixture_setup(state);
    clt_fixture_write_idx(*state, "train", 4, train_labels);
    clt_fixture_write_idx(*state, "t10k", 2, test_labels);
    return 0;
}

static void assert_usual_dataset(const struct clt_dataset *d)
{
    static const uint8_t second[] = {10, 11, 12, 13, 14, 15};
    static const uint16_t labels[] = {0, 1, 2, 0, 2, 1};
    assert_int_equal(d->channels, 1);
    assert_int_equal(d->height, 2);
    assert_int_equal(d->width, 3);
    assert_int_equal(d->features, 6);
    assert_int_equal(d->classes, 3);
    assert_null(d->class_names);
    assert_int_equal(d->samples, 6);
    clt_fixture_assert_range(d->train, 0, 4);
    clt_fixture_assert_range(d->validation, 4, 0);
    clt_fixture_assert_range(d->test, 4, 2);
    assert_memory_equal(clt_dataset_images(d, 1).images, second, sizeof second);
    assert_memory_equal(clt_dataset_images(d, 4 + 1).images, second,
                        sizeof second); /* of the test part */
    assert_memory_equal(d->labels, labels, sizeof labels);
}

static void plain_files(void **state)
{
    struct clt_dataset *d = clt_fixture_load(*state);
    assert_usual_dataset(d);
    clt_dataset_drop_images(d);
    assert_null(d->spans);
    clt_dataset_free(d);
    clt_dataset_free(NULL);
}

/* From the end of one file into the next. */
static void images_are_copied_across_files(void **state)
{
    static const uint8_t wanted[] = {30, 31, 32, 33, 34, 35, 0, 1, 2, 3, 4, 5, 10, 11, 12};
    uint8_t got[18];
    struct clt_dataset *d = clt_fixture_load(*state);
    clt_dataset_copy_images(got, d, 3, 3);
    assert_memory_equal(got, wanted, sizeof wanted);
    assert_int_equal(clt_dataset_images(d, 1).count, 3);
    assert_int_equal(clt_dataset_images(d, 4).count, 2);

    static const uint8_t kept[] = {30, 31, 0, 1, 10, 11};
    clt_dataset_keep_features(d, 2);
    assert_int_equal(d->channels * d->height * d->width, 2);
    clt_dataset_copy_images(got, d, 3, 3);
    assert_memory_equal(got, kept, sizeof kept);
    clt_dataset_free(d);
}

/* Packs the file as TO and removes it. */
static void pack(const struct fixture *f, const char *from, const char *to)
{
    uint8_t *bytes;
    size_t size;
    char *path = clt_path_join(f->folder, from);
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);
    clt_fixture_write_gzip(f, to, bytes, size);
    clt_fixture_remove(f, from);
    free(path);
    free(bytes);
}

static void gzip_and_the_other_spelling(void **state)
{
    pack(*state, "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz");
    pack(*state, "train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz");
    clt_fixture_remove(*state, "t10k-images-idx3-ubyte");
    clt_fixture_write(*state, "t10k-images.idx3-ubyte",
                      BYTES("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03"
                            "\0\1\2\3\4\5\x0a\x0b\x0c\x0d\x0e\x0f"));
    struct clt_dataset *d = clt_fixture_load(*state);
    assert_usual_dataset(d);
    clt_dataset_free(d);
}

/* Plain, and with a gzip file whose last bytes tell its size, for which no image is read. */
static void headers_only(void **state)
{
    static const uint16_t labels[] = {0, 1, 2, 0, 2, 1};
    struct fixture *f = *state;
    f->options.headers_only = true;
    for (int packed = 0; packed < 2; packed++) {
        struct clt_dataset *d = clt_fixture_load(f);
        assert_true(d->headers_only);
        assert_int_equal(d->features, 6);
        assert_int_equal(d->classes, 3);
        assert_int_equal(d->samples, 6);
        clt_fixture_assert_range(d->train, 0, 4);
        clt_fixture_assert_range(d->test, 4, 2);
        assert_memory_equal(d->labels, labels, sizeof labels);
        assert_int_equal(d->n_spans, 0);
        clt_dataset_free(d);
        if (!packed) pack(f, "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz");
    }
}

/* Two gzip members unpack to one text, of which the last bytes tell only the second one's size. */
static void gzip_of_two_members(void **state)
{
    static const char header[] = "\0\0\x08\x03\0\0\0\x04\0\0\0\x02\0\0\0\x03";
    struct fixture *f = *state;
    uint8_t *parts[2], whole[256];
    size_t sizes[2], whole_size = 0;
    clt_fixture_remove(f, "train-images-idx3-ubyte");
    for (int i = 0; i < 2; i++) {
        char *path = clt_path_join(f->folder, "part");
        clt_fixture_write_gzip(f, "part", i ? "0123456789abcdefghijklmn" : header, i ? 24 : 16);
        assert_int_equal(clt_file_read(&parts[i], &sizes[i], path), CLT_OK);
        assert_in_range(whole_size + sizes[i], 0, sizeof whole);
        memcpy(whole + whole_size, parts[i], sizes[i]);
        whole_size += sizes[i];
        free(parts[i]);
        free(path);
    }
    clt_fixture_write(f, "train-images-idx3-ubyte.gz", whole, whole_size);
    for (int headers = 0; headers < 2; headers++) {
        f->options.headers_only = headers == 1;
        struct clt_dataset *d = clt_fixture_load(f);
        clt_fixture_assert_range(d->train, 0, 4);
        assert_memory_equal(clt_dataset_images(d, 0).images, "0123456789abcdefghijklmn", 24);
        clt_dataset_free(d);
    }
}

static void two_and_four_dimensions(void **state)
{
    static const struct {
        const char *bytes;
        size_t size, shape[3];
    } rows[] = {
        {BYTES("\0\0\x08\x02\0\0\0\x02\0\0\0\x04"
               "12345678"),
         {1, 1, 4}},
        {BYTES("\0\0\x08\x04\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\0\0\x02"
               "12345678"),
         {2, 1, 2}},
    };
    for (size_t i = 0; i < 2; i++) {
        clt_fixture_write(*state, "train-images-idx3-ubyte", rows[i].bytes, rows[i].size);
        clt_fixture_write(*state, "t10k-images-idx3-ubyte", rows[i].bytes, rows[i].size);
        clt_fixture_write(*state, "train-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x02\0\x02"));
        struct clt_dataset *d = clt_fixture_load(*state);
        const size_t shape[3] = {d->channels, d->height, d->width};
        assert_memory_equal(shape, rows[i].shape, sizeof shape);
        assert_int_equal(d->features, 4);
        assert_memory_equal(clt_dataset_images(d, 1).images, "5678", 4);
        clt_dataset_free(d);
    }
}

static void idx2_and_idx4_in_the_name(void **state)
{
    clt_fixture_remove(*state, "t10k-images-idx3-ubyte");
    clt_fixture_remove(*state, "train-images-idx3-ubyte");
    clt_fixture_write(*state, "train-images-idx2-ubyte",
                      BYTES("\0\0\x08\x02\0\0\0\x04\0\0\0\x01"
                            "1234"));
    clt_fixture_write(*state, "t10k-images-idx4-ubyte",
                      BYTES("\0\0\x08\x04\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\0\0\x01"
                            "12"));
    struct clt_dataset *d = clt_fixture_load(*state);
    assert_memory_equal(clt_dataset_images(d, 0).images, "1234", 4);
    assert_memory_equal(clt_dataset_images(d, 4).images, "12", 2);
    clt_dataset_free(d);
}

#define HEAD3     "\0\0\x08\x03\0\0\0\x04\0\0\0\x02\0\0\0\x03" /* four images of 2 x 3 */
#define PIXELS12  "123456123456"
#define GET_AGAIN "; get the file again"

/* The valid files with one of them replaced. */
static void wrong_files_are_refused(void **state)
{
    static const struct {
        const char *file, *bytes;
        size_t size;
        const char *message;
    } rows[] = {
        {"train-images-idx3-ubyte", BYTES(""),
         "offset 0: the file ends here, 4 more bytes are due" GET_AGAIN},
        {"train-images-idx3-ubyte", BYTES("\0\0\x08\x03\0\0"),
         "offset 6: the file ends here, 2 more bytes are due" GET_AGAIN},
        {"train-images-idx3-ubyte", BYTES("PK\x03\x04"),
         "offset 0: no IDX file: it starts with 50 4b instead of 00 00"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x09\x03"),
         "offset 2: the values are signed bytes (type 09), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x0b\x03"),
         "offset 2: the values are 16-bit integers (type 0b), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x0c\x03"),
         "offset 2: the values are 32-bit integers (type 0c), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x0d\x03"),
         "offset 2: the values are floats (type 0d), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x0e\x03"),
         "offset 2: the values are doubles (type 0e), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x77\x03"),
         "offset 2: the values are of an unknown type (type 77), must be bytes (type 08)"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x08\x01\0\0\0\x01x"),
         "offset 3: 1 dimensions, must be 2, 3 or 4 for images"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x08\x05\0\0\0\x01x"),
         "offset 3: 5 dimensions, must be 2, 3 or 4 for images"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x08\x03\0\0\0\0\0\0\0\x02\0\0\0\x03"),
         "offset 4: it holds no samples"},
        {"train-images-idx3-ubyte", BYTES("\0\0\x08\x03\0\0\0\x01\0\0\0\0\0\0\0\x03"),
         "offset 8: images of 1 x 0 x 3 have no pixels"},
        {"train-images-idx3-ubyte",
         BYTES("\0\0\x08\x04\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
         "offset 8: images of 4294967295 x 4294967295 x 4294967295 cannot be held in memory"},
        {"train-images-idx3-ubyte", BYTES(HEAD3 PIXELS12 "12345"),
         "offset 16: 4 images of 6 bytes should follow, 24 bytes, but only 17 do" GET_AGAIN},
        {"train-images-idx3-ubyte", BYTES(HEAD3 PIXELS12 PIXELS12 "1"),
         "offset 40: bytes follow where the file should end; is it another format?"},
        {"t10k-images-idx3-ubyte", BYTES("\0\0\x08\x03\0\0\0\x02\0\0\0\x03\0\0\0\x02" PIXELS12),
         "offset 8: images of 1 x 3 x 2 (channels, height, width), but those of the files before "
         "are 1 x 2 x 3"},
        {"train-labels-idx1-ubyte", BYTES("\0\0\x08\x03\0\0\0\x04"),
         "offset 3: 3 dimensions, must be 1 for labels"},
        {"train-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x04\0\1"),
         "offset 10: the file ends here, 2 more bytes are due" GET_AGAIN},
        {"train-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x04\0\1\2\0\1"),
         "offset 12: bytes follow where the file should end; is it another format?"},
        {"t10k-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x02\0\x03"),
         "offset 9: label 3, but those of the training files end at 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char message[512];
        setup(state);
        clt_fixture_write(*state, rows[i].file, rows[i].bytes, rows[i].size);
        snprintf(message, sizeof message, "%s: %s", rows[i].file, rows[i].message);
        clt_fixture_assert_refused(*state, message);
        clt_fixture_teardown(state);
    }
}

static void counts_that_differ(void **state)
{
    const struct fixture *f = *state;
    char message[4096];
    clt_fixture_write(f, "train-labels-idx1-ubyte", BYTES("\0\0\x08\x01\0\0\0\x03\0\1\2"));
    snprintf(message, sizeof message,
             "train-labels-idx1-ubyte: offset 4: 3 labels, but %s/train-images-idx3-ubyte holds 4 "
             "images",
             f->folder);
    clt_fixture_assert_refused(f, message);
}

static void damaged_gzip(void **state)
{
    const struct fixture *f = *state;
    static const char name[] = "train-images-idx3-ubyte.gz";
    uint8_t *bytes;
    size_t size;
    pack(f, "train-images-idx3-ubyte", name);
    char *path = clt_path_join(f->folder, name);
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);

    clt_fixture_write(f, name, bytes, size - 5); /* the checksum's last byte is missing */
    clt_fixture_assert_refused(f, "train-images-idx3-ubyte.gz: offset 40 of the unpacked data: "
                                  "the gzip file is cut short before its checksum" GET_AGAIN);
    bytes[size - 8] ^= 1; /* the checksum */
    clt_fixture_write(f, name, bytes, size);
    clt_fixture_assert_refused(
        f, "train-images-idx3-ubyte.gz: offset 0 of the unpacked data: "
           "the gzip data are damaged here or later: incorrect data check" GET_AGAIN);
    free(path);
    free(bytes);
}

/* 2^31 images are announced: memory follows what arrives, not the announcement. */
static void gzip_header_that_lies(void **state)
{
    clt_fixture_remove(*state, "train-images-idx3-ubyte");
    clt_fixture_write_gzip(*state, "train-images-idx3-ubyte.gz",
                           BYTES("\0\0\x08\x03\x80\0\0\0\0\0\x04\0\0\0\x04\0" PIXELS12));
    clt_fixture_assert_refused(*state,
                               "train-images-idx3-ubyte.gz: offset 28 of the unpacked data: "
                               "the file ends here, 16777204 more bytes are due" GET_AGAIN);
}

static void missing_files(void **state)
{
    static const char remedy[] = "Debian's package dataset-fashion-mnist brings Fashion-MNIST to "
                                 "/usr/share/datasets/fashion-mnist";
    char message[512];
    clt_fixture_remove(*state, "t10k-labels-idx1-ubyte");
    snprintf(message, sizeof message, "t10k-labels-idx1-ubyte: no such file, nor with .gz; %s",
             remedy);
    clt_fixture_assert_refused(*state, message);

    struct fixture elsewhere = *(const struct fixture *)*state;
    char *path = clt_path_join(elsewhere.folder, "nowhere");
    elsewhere.options.path = path;
    snprintf(message, sizeof message, "nowhere: no such folder; %s", remedy);
    clt_fixture_assert_refused(&elsewhere, message);
    clt_fixture_write(*state, "nowhere", "x", 1);
    snprintf(message, sizeof message, "nowhere: not a folder; %s", remedy);
    clt_fixture_assert_refused(&elsewhere, message);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_files, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(images_are_copied_across_files, setup,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(gzip_and_the_other_spelling, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(headers_only, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(gzip_of_two_members, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(two_and_four_dimensions, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(idx2_and_idx4_in_the_name, setup, clt_fixture_teardown),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test_setup_teardown(counts_that_differ, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(damaged_gzip, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(gzip_header_that_lies, setup, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(missing_files, setup, clt_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
