/* Samples to classify: every form that is read, and every way a file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cltrain/images.h>
#include <cmocka.h>

#include "file.h"
#include "fixture.h"
#include "pictures.h"

#define WIDTH  5
#define HEIGHT 4
#define PIXELS (WIDTH * HEIGHT)

static const struct clt_shape grey = {1, HEIGHT, WIDTH}, colour = {3, HEIGHT, WIDTH};

static void write_file(void **state, const char *name, const struct picture_file *file)
{
    clt_fixture_write(*state, name, file->bytes, file->size);
}

static enum clt_status append(void **state, struct clt_images *images, const char *name)
{
    const struct fixture *fixture = *state;
    char *path = clt_path_join(fixture->folder, name);
    assert_non_null(path);
    const enum clt_status st = clt_images_append(images, path);
    free(path);
    return st;
}

static struct clt_images *create(struct clt_shape shape)
{
    struct clt_images *images;
    assert_int_equal(clt_images_create(&images, shape), CLT_OK);
    assert_int_equal(clt_images_count(images), 0);
    assert_null(clt_images_pixels(images));
    return images;
}

static struct clt_images *load(void **state, struct clt_shape shape, const char *name)
{
    struct clt_images *images = create(shape);
    if (append(state, images, name) != CLT_OK) fail_msg("%s", clt_error_message());
    return images;
}

/* Fails with CLT_E_DATA and a message that names the file and has `part` in it. */
static void assert_refused(void **state, struct clt_shape shape, const char *name, const char *part)
{
    struct clt_images *images = create(shape);
    assert_int_equal(append(state, images, name), CLT_E_DATA);
    assert_int_equal(clt_images_count(images), 0);
    const char *message = clt_error_message();
    if (!strstr(message, name) || !strstr(message, part))
        fail_msg("'%s' lacks '%s' or '%s'", message, name, part);
    clt_images_free(images);
}

/* The picture of picture_png(), a plane for each channel; `grey` where all are the first. */
static void assert_planes(const struct clt_images *images, size_t channels, bool all_first)
{
    const uint8_t *pixels = clt_images_pixels(images);
    assert_int_equal(clt_images_count(images), 1);
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < PIXELS; i++)
            assert_int_equal(pixels[c * PIXELS + i], picture_value(i, all_first ? 0 : c));
}

static void png_pictures(void **state)
{
    static const struct {
        enum png_kind kind;
        size_t depth;
        struct clt_shape shape;
    } cases[] = {{PNG_GREY, 8, {1, HEIGHT, WIDTH}},    {PNG_GREY, 8, {3, HEIGHT, WIDTH}},
                 {PNG_GREY, 16, {1, HEIGHT, WIDTH}},   {PNG_COLOUR, 8, {3, HEIGHT, WIDTH}},
                 {PNG_COLOUR, 16, {3, HEIGHT, WIDTH}}, {PNG_PALETTE, 8, {3, HEIGHT, WIDTH}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture_file file;
        picture_png(&file, cases[i].kind, cases[i].depth, WIDTH, HEIGHT);
        write_file(state, "picture", &file);
        struct clt_images *images = load(state, cases[i].shape, "picture");
        assert_planes(images, cases[i].shape.channels, cases[i].kind == PNG_GREY);
        clt_images_free(images);
    }
}

static void jpeg_pictures(void **state)
{
    for (size_t channels = 1; channels <= 3; channels += 2) {
        struct picture_file file;
        picture_jpeg(&file, channels, WIDTH, HEIGHT);
        write_file(state, "picture", &file);
        struct clt_images *images =
            load(state, (struct clt_shape){channels, HEIGHT, WIDTH}, "picture");
        assert_int_equal(clt_images_count(images), 1);
        for (size_t i = 0; i < channels * PIXELS; i++) {
            const int wanted = 60 + 50 * (int)(i / PIXELS), got = clt_images_pixels(images)[i];
            assert_in_range(got, wanted - 2, wanted + 2);
        }
        clt_images_free(images);
    }
}

static void pictures_that_do_not_fit(void **state)
{
    struct picture_file file;
    picture_png(&file, PNG_GREY, 8, WIDTH, HEIGHT);
    write_file(state, "a.png", &file);
    assert_refused(state, (struct clt_shape){1, HEIGHT, WIDTH + 1}, "a.png",
                   "a picture of 5 x 4 (width, height), but the network's input is 6 x 4");
    assert_refused(state, (struct clt_shape){2, HEIGHT, WIDTH}, "a.png", "2 channels");
    picture_png(&file, PNG_COLOUR, 8, WIDTH, HEIGHT);
    write_file(state, "a.png", &file);
    assert_refused(state, grey, "a.png", "in colour");
    picture_png(&file, PNG_GREY_ALPHA, 8, WIDTH, HEIGHT);
    write_file(state, "a.png", &file);
    assert_refused(state, grey, "a.png", "transparent");
    picture_jpeg(&file, 3, WIDTH + 1, HEIGHT);
    write_file(state, "a.jpg", &file);
    assert_refused(state, colour, "a.jpg", "a picture of 6 x 4");
    picture_jpeg(&file, 4, WIDTH, HEIGHT);
    write_file(state, "a.jpg", &file);
    assert_refused(state, colour, "a.jpg", "CMYK");
}

/* Cut short anywhere, or with any byte changed: refused or read, never more than that. */
static void damage(void **state, const struct picture_file *file, struct clt_shape shape,
                   size_t signature, size_t end)
{
    for (size_t n = signature; n < end; n++) {
        clt_fixture_write(*state, "cut", file->bytes, n);
        assert_refused(state, shape, "cut", "damaged");
    }
    for (size_t i = signature; i < file->size; i++) {
        struct picture_file changed = *file;
        struct clt_images *images = create(shape);
        changed.bytes[i] ^= 0xff;
        write_file(state, "changed", &changed);
        const enum clt_status st = append(state, images, "changed");
        assert_true(st == CLT_OK || st == CLT_E_DATA);
        assert_int_equal(clt_images_count(images), st == CLT_OK);
        clt_images_free(images);
    }
}

static void damaged_pictures(void **state)
{
    struct picture_file file;
    picture_png(&file, PNG_COLOUR, 8, WIDTH, HEIGHT);
    damage(state, &file, colour, 8, file.size - 16); /* what follows the pixels is not missed */
    picture_jpeg(&file, 3, WIDTH, HEIGHT);
    damage(state, &file, colour, 3, file.size - 2);
}

/* A header that promises what no memory holds. */
static void a_huge_picture(void **state)
{
    struct picture_file file;
    picture_png(&file, PNG_GREY, 8, WIDTH, HEIGHT);
    file.bytes[16] = file.bytes[20] = 0x7f;
    write_file(state, "huge.png", &file);
    assert_refused(state, grey, "huge.png", "");
}

static void idx_files(void **state)
{
    static const uint8_t labels[] = {0, 1, 2};
    const struct clt_shape shape = {1, 2, 3};
    clt_fixture_write_idx(*state, "some", 3, labels);
    struct clt_images *images = load(state, shape, "some-images-idx3-ubyte");
    assert_int_equal(clt_images_count(images), 3);
    for (size_t i = 0; i < 18; i++)
        assert_int_equal(clt_images_pixels(images)[i], 10 * (i / 6) + i % 6);
    assert_int_equal(append(state, images, "some-images-idx3-ubyte"), CLT_OK);
    assert_int_equal(clt_images_count(images), 6);
    assert_int_equal(clt_images_origin(images, 4).index, 1);
    assert_non_null(strstr(clt_images_origin(images, 4).file, "some-images-idx3-ubyte"));
    assert_int_equal(append(state, images, "some-labels-idx1-ubyte"), CLT_E_DATA);
    assert_int_equal(clt_images_count(images), 6);
    clt_images_free(images);
    assert_refused(state, grey, "some-images-idx3-ubyte",
                   "images of 1 x 2 x 3 (channels, height, width), but the network's input is "
                   "1 x 4 x 5");
}

static void gzip_files(void **state)
{
    static const uint8_t idx[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
    const struct clt_shape shape = {1, 2, 3};
    clt_fixture_write_gzip(*state, "one.gz", idx, sizeof idx);
    struct clt_images *images = load(state, shape, "one.gz");
    assert_memory_equal(clt_images_pixels(images), idx + 16, 6);
    clt_images_free(images);
    clt_fixture_write_gzip(*state, "short.gz", idx, sizeof idx - 1);
    assert_refused(state, shape, "short.gz", "1 more bytes are due");
}

static void cifar_files(void **state)
{
    static const uint8_t labels[] = {1, 9, 0, 4};
    const struct clt_shape shape = {3, 32, 32};
    for (size_t label_bytes = 1; label_bytes <= 2; label_bytes++) {
        const size_t n = 4 / label_bytes;
        clt_fixture_write_cifar(*state, "batch", n, labels, label_bytes);
        struct clt_images *images = load(state, shape, "batch");
        assert_int_equal(clt_images_count(images), n);
        for (size_t i = 0; i < n; i++)
            for (size_t f = 0; f < CIFAR_IMAGE; f++)
                assert_int_equal(clt_images_pixels(images)[i * CIFAR_IMAGE + f], (7 * i + f) % 251);
        clt_images_free(images);
    }
}

static void raw_files(void **state)
{
    uint8_t bytes[2 * PIXELS + 1];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i + 1);
    clt_fixture_write(*state, "raw", bytes, 2 * PIXELS);
    struct clt_images *images = load(state, grey, "raw");
    assert_int_equal(clt_images_count(images), 2);
    assert_memory_equal(clt_images_pixels(images), bytes, 2 * PIXELS);
    clt_images_free(images);
    clt_fixture_write(*state, "raw", bytes, sizeof bytes);
    assert_refused(state, grey, "raw", "its 41 bytes are no multiple of a sample's 20 (1 x 4 x 5)");
    clt_fixture_write(*state, "raw", bytes, 0);
    assert_refused(state, grey, "raw", "empty");
    assert_refused(state, grey, "missing", "cannot");
}

/* As many bytes as both a whole number of plain images and one of CIFAR's records have. */
static void raw_bytes_or_cifar(void **state)
{
    const size_t size = (size_t)3072 * 3073;
    uint8_t *bytes = calloc(size, 1);
    assert_non_null(bytes);
    clt_fixture_write(*state, "either", bytes, size);
    free(bytes);
    assert_refused(state, (struct clt_shape){3, 32, 32}, "either",
                   "by its size of 9440256 bytes it may be raw bytes or CIFAR; split it");
}

static void folders(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const names[] = {"b.png", "a.JPEG", "c.jpg"};
    struct picture_file png, jpeg;
    picture_png(&png, PNG_GREY, 8, WIDTH, HEIGHT);
    picture_jpeg(&jpeg, 1, WIDTH, HEIGHT);
    for (size_t i = 0; i < 3; i++) write_file(state, names[i], i == 0 ? &png : &jpeg);
    clt_fixture_write(fixture, "notes.txt", "x", 1);
    struct clt_images *images = load(state, grey, ".");
    assert_int_equal(clt_images_count(images), 3);
    assert_non_null(strstr(clt_images_origin(images, 0).file, "a.JPEG"));
    assert_non_null(strstr(clt_images_origin(images, 1).file, "b.png"));
    assert_int_equal(clt_images_pixels(images)[PIXELS + 1], picture_value(1, 0));
    clt_fixture_write(fixture, "z.png", "x", 1);
    assert_int_equal(append(state, images, "."), CLT_E_DATA);
    assert_int_equal(clt_images_count(images), 3);
    clt_images_free(images);
}

static void an_empty_folder(void **state)
{
    assert_refused(state, grey, ".", "no picture");
}

static void shapes(void **state)
{
    struct clt_images *images;
    (void)state;
    assert_int_equal(clt_images_create(&images, (struct clt_shape){1, 0, 5}), CLT_E_USAGE);
    assert_null(images);
    assert_int_equal(clt_images_create(&images, (struct clt_shape){3, SIZE_MAX, 5}), CLT_E_USAGE);
    clt_images_free(NULL);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, clt_fixture_setup, clt_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(png_pictures),       TEST(jpeg_pictures),  TEST(pictures_that_do_not_fit),
        TEST(damaged_pictures),   TEST(a_huge_picture), TEST(idx_files),
        TEST(gzip_files),         TEST(cifar_files),    TEST(raw_files),
        TEST(raw_bytes_or_cifar), TEST(folders),        TEST(an_empty_folder),
        cmocka_unit_test(shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
