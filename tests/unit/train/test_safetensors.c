/* What is written reads back; what is damaged in any bit is refused. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "file.h"
#include "safetensors.h"
#include "scratch.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct fixture {
    char *folder, *path; /* path: FOLDER/file */
};

static int setup(void **state)
{
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    f->folder = clt_scratch_create();
    f->path = clt_path_join(f->folder, "file");
    assert_non_null(f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    clt_scratch_remove(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static const float weight[2][3] = {{1.0f, -2.5f, 3e-38f}, {0.0f, -0.0f, 1e30f}};
static const double rate[1] = {0.1};
static const int64_t batches[1] = {-7};
static const uint64_t seeds[2] = {UINT64_MAX, 1};
static const uint32_t order[3] = {5, 0, UINT32_MAX};
static const uint8_t mask[5] = {0, 1, 255, 0, 1};

/* Bytes before larger elements: the writer has to align. */
static const struct clt_tensor tensors[] = {
    {"mask", CLT_DTYPE_U8, 1, {5}, mask},
    {"0.weight", CLT_DTYPE_F32, 2, {2, 3}, weight},
    {"rate", CLT_DTYPE_F64, 0, {0}, rate},
    {"0.num_batches", CLT_DTYPE_I64, 0, {0}, batches},
    {"empty", CLT_DTYPE_F32, 4, {3, 0, 2, 1}, weight},
    {"seeds", CLT_DTYPE_U64, 1, {2}, seeds},
    {"order", CLT_DTYPE_U32, 3, {1, 3, 1}, order},
};
static const size_t sizes[] = {5, 24, 8, 8, 0, 16, 12};

static const struct clt_metadata metadata[] = {
    {"config", "name = \"a\\b\";\n"}, {"classes", "caf\xc3\xa9"}, {"path", "caf\xe9"}, /* Latin-1 */
};

static void write_sample(const struct fixture *f)
{
    assert_int_equal(
        clt_safetensors_write(f->path, tensors, COUNT(tensors), metadata, COUNT(metadata)), CLT_OK);
}

static void assert_refused(const struct fixture *f)
{
    struct clt_safetensors *file;
    if (clt_safetensors_read(&file, f->path) != CLT_E_DATA) fail();
    assert_null(file);
    assert_memory_equal(clt_error_message(), f->path, strlen(f->path));
}

static void assert_refused_for(const struct fixture *f, const char *what)
{
    assert_refused(f);
    if (!strstr(clt_error_message(), what))
        fail_msg("wanted '%s', got: %s", what, clt_error_message());
}

static void reads_what_was_written(void **state)
{
    const struct fixture *f = *state;
    struct clt_safetensors *file;
    write_sample(f);
    assert_int_equal(clt_scratch_count(f->folder), 1);
    assert_int_equal(clt_safetensors_read(&file, f->path), CLT_OK);
    for (size_t i = 0; i < COUNT(tensors); i++) {
        const void *data;
        assert_int_equal(clt_safetensors_find(&data, file, &tensors[i]), CLT_OK);
        assert_memory_equal(data, tensors[i].data, sizes[i]);
    }
    assert_string_equal(clt_safetensors_metadata(file, "config"), metadata[0].value);
    assert_string_equal(clt_safetensors_metadata(file, "classes"), metadata[1].value);
    assert_string_equal(clt_safetensors_metadata(file, "path"), "caf?");
    assert_null(clt_safetensors_metadata(file, "nothing"));
    clt_safetensors_free(file);
    clt_safetensors_free(NULL);
}

static void layout_is_the_formats(void **state)
{
    const struct fixture *f = *state;
    static const char wanted[] =
        "{\"__metadata__\":{\"checksum\":\"crc32\",\"crc32\":\"????????\"},"
        "\"rate\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
        "\"mask\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[32,37]}}";
    uint8_t *bytes;
    size_t size;
    assert_int_equal(clt_safetensors_write(f->path, tensors, 3, NULL, 0), CLT_OK);
    assert_int_equal(clt_file_read(&bytes, &size, f->path), CLT_OK);
    const size_t header = (strlen(wanted) + 7) / 8 * 8;
    assert_int_equal(size, 8 + header + 37);
    assert_int_equal(bytes[0] | bytes[1] << 8, header);
    for (size_t i = 0; i < header; i++)
        if (i >= strlen(wanted) || wanted[i] != '?')
            assert_int_equal(bytes[8 + i], i < strlen(wanted) ? wanted[i] : ' ');
    assert_memory_equal(bytes + 8 + header, rate, 8);
    assert_memory_equal(bytes + 8 + header + 8, weight, 24);
    assert_memory_equal(bytes + 8 + header + 32, mask, 5);
    free(bytes);
}

static void nothing_is_a_file_too(void **state)
{
    const struct fixture *f = *state;
    struct clt_safetensors *file;
    assert_int_equal(clt_safetensors_write(f->path, NULL, 0, NULL, 0), CLT_OK);
    assert_int_equal(clt_safetensors_read(&file, f->path), CLT_OK);
    clt_safetensors_free(file);
}

static void every_truncation_is_refused(void **state)
{
    const struct fixture *f = *state;
    uint8_t *bytes;
    size_t size;
    write_sample(f);
    assert_int_equal(clt_file_read(&bytes, &size, f->path), CLT_OK);
    for (size_t length = 0; length < size; length++) {
        clt_scratch_write(f->folder, "file", bytes, length);
        assert_refused_for(f, "take another checkpoint");
    }
    clt_scratch_write(f->folder, "file", bytes, size + 1); /* clt_file_read() leaves a '\0' there */
    assert_refused_for(f, "its checksum does not match: it is damaged; take another checkpoint");
    free(bytes);
}

static void every_flipped_bit_is_refused(void **state)
{
    const struct fixture *f = *state;
    uint8_t *bytes;
    size_t size;
    write_sample(f);
    assert_int_equal(clt_file_read(&bytes, &size, f->path), CLT_OK);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        clt_scratch_write(f->folder, "file", bytes, size);
        assert_refused_for(f, "take another checkpoint");
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
}

/* A file from elsewhere: `header` padded to a multiple of 8, then `n` bytes of data: 0, 1, 2... */
static void write_foreign(const struct fixture *f, const char *header, size_t n)
{
    uint8_t bytes[1024];
    const size_t length = (strlen(header) + 7) / 8 * 8;
    assert_in_range(8 + length + n, 8, sizeof bytes);
    memset(bytes, ' ', sizeof bytes);
    for (size_t i = 0; i < 8; i++) bytes[i] = (uint8_t)(length >> (8 * i));
    for (size_t i = 0; header[i]; i++) bytes[8 + i] = (uint8_t)header[i];
    for (size_t i = 0; i < n; i++) bytes[8 + length + i] = (uint8_t)i;
    clt_scratch_write(f->folder, "file", bytes, 8 + length + n);
}

static void file_from_elsewhere(void **state)
{
    const struct fixture *f = *state;
    struct clt_safetensors *file;
    const void *data;
    const struct clt_tensor a = {"a", CLT_DTYPE_F32, 1, {2}, NULL};
    const struct clt_tensor b = {"b", CLT_DTYPE_U8, 1, {3}, NULL};
    /* No metadata; the order of names is not that of the data. */
    write_foreign(f,
                  "{\"b\": {\"dtype\":\"U8\",\"data_offsets\":[8,11],\"shape\":[3]},"
                  " \"a\": {\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                  11);
    assert_int_equal(clt_safetensors_read(&file, f->path), CLT_OK);
    assert_int_equal(clt_safetensors_find(&data, file, &a), CLT_OK);
    assert_int_equal(*(const uint8_t *)data, 0);
    assert_int_equal(clt_safetensors_find(&data, file, &b), CLT_OK);
    assert_memory_equal(data, "\x08\x09\x0a", 3);
    assert_null(clt_safetensors_metadata(file, "config"));
    clt_safetensors_free(file);
}

#define TENSOR(dtype, shape, offsets)                                                              \
    "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second)                                                                         \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first                               \
    "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" second "}}"

static void hostile_headers_are_refused(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *header;
        size_t n; /* bytes of data */
        const char *what;
    } cases[] = {
        {"", 0, "does not start with '{'"},
        {" {}", 0, "does not start with '{'"},
        {"[]", 0, "does not start with '{'"},
        {"{", 0, "is not JSON"},
        {"{} x", 0, "is not JSON"},
        {"{\"a\":1,\"a\":1}", 0, "has a name twice"},
        {"{\"a\\u0000\":{}}", 0, "is not JSON"},
        {"{}", 1, "bytes follow its last tensor"},
        {"{\"a\":1}", 0, "tensor 'a' lacks its dtype, shape or data_offsets"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "lacks its dtype"},
        {TENSOR("U8", "[1]", "[0]"), 1, "lacks its dtype"},
        {TENSOR("U8", "[1]", "[0,1,2]"), 1, "lacks its dtype"},
        {TENSOR("U8", "[1]", "[0,1.0]"), 1, "lacks its dtype"},
        {TENSOR("U8", "[1]", "[0,99999999999999999999]"), 1, "is not JSON"},
        {TENSOR("BF16", "[1]", "[0,2]"), 2, "is of type 'BF16', which cltrain does not read"},
        {TENSOR("U8", "1", "[0,1]"), 1, "has no shape"},
        {TENSOR("U8", "[-1]", "[0,1]"), 1, "has a dimension that is no size"},
        {TENSOR("U8", "[1.0]", "[0,1]"), 1, "has a dimension that is no size"},
        {TENSOR("U8", "[1,1,1,1,1]", "[0,1]"), 1, "has 5 dimensions, cltrain reads up to 4"},
        {TENSOR("U8", "[2]", "[0,1]"), 1, "more or fewer bytes than its shape says"},
        {TENSOR("F32", "[1]", "[0,1]"), 1, "more or fewer bytes than its shape says"},
        {TENSOR("U8", "[4294967296,4294967296]", "[0,0]"), 0, "more or fewer bytes"},
        {TENSOR("F64", "[2305843009213693952]", "[0,0]"), 0, "more or fewer bytes"},
        {TENSOR("U8", "[2]", "[0,2]"), 1, "does not lie within the file"},
        {TENSOR("U8", "[2]", "[-1,1]"), 1, "does not lie within the file"},
        {TENSOR("U8", "[2]", "[3,1]"), 4, "does not lie within the file"},
        {TENSOR("U8", "[0]", "[9223372036854775807,9223372036854775807]"), 1,
         "does not lie within"},
        {TENSOR("U8", "[1]", "[1,2]"), 2, "leaves a hole before it"},
        {TENSOR("U8", "[1]", "[0,1]"), 2, "bytes follow its last tensor"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}",
         5, "tensor 'b' is not aligned for its type"},
        {TWO("[0,4]", "[0,4]"), 4, "overlaps another"},
        {TWO("[0,4]", "[2,6]"), 6, "overlaps another"},
        {TWO("[0,4]", "[5,9]"), 9, "leaves a hole before it"},
        {"{\"__metadata__\":[]}", 0, "metadata is no JSON object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "metadata holds more than strings"},
        {"{\"__metadata__\":{\"crc32\":\"00000000\"}}", 0, "not where cltrain writes it"},
        {"{\"__metadata__\":{\"checksum\":\"crc32\"}}", 0, "not where cltrain writes it"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_foreign(f, cases[i].header, cases[i].n);
        assert_refused_for(f, cases[i].what);
    }
}

static void hostile_lengths_are_refused(void **state)
{
    const struct fixture *f = *state;
    static const uint64_t lengths[] = {3, 100000001, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        uint8_t bytes[10] = {[8] = '{', [9] = '}'};
        for (size_t b = 0; b < 8; b++) bytes[b] = (uint8_t)(lengths[i] >> (8 * b));
        clt_scratch_write(f->folder, "file", bytes, sizeof bytes);
        assert_refused_for(f, "its header is longer than the file or the format allow");
    }
}

static void names_what_does_not_fit(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        struct clt_tensor wanted;
        const char *what;
    } cases[] = {
        {{"1.weight", CLT_DTYPE_F32, 2, {2, 3}, NULL},
         "tensor '1.weight' is missing, wanted is F32 [2][3]"},
        {{"0.weight", CLT_DTYPE_F32, 2, {3, 2}, NULL},
         "tensor '0.weight' is F32 [2][3], wanted is F32 [3][2]"},
        {{"0.weight", CLT_DTYPE_U32, 2, {2, 3}, NULL}, "is F32 [2][3], wanted is U32 [2][3]"},
        {{"rate", CLT_DTYPE_F64, 1, {1}, NULL}, "is F64 scalar, wanted is F64 [1]"},
    };
    struct clt_safetensors *file;
    write_sample(f);
    assert_int_equal(clt_safetensors_read(&file, f->path), CLT_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[4096];
        const void *data = f;
        assert_int_equal(clt_safetensors_find(&data, file, &cases[i].wanted), CLT_E_DATA);
        assert_null(data);
        snprintf(message, sizeof message, "%s; take a checkpoint of this model", cases[i].what);
        assert_memory_equal(clt_error_message(), f->path, strlen(f->path));
        assert_non_null(strstr(clt_error_message(), message));
    }
    clt_safetensors_free(file);
}

static void full_disk_spares_the_old_file(void **state)
{
    const struct fixture *f = *state;
    static const uint8_t large[4096] = {1};
    const struct clt_tensor tensor = {"large", CLT_DTYPE_U8, 1, {sizeof large}, large};
    struct rlimit before;
    struct clt_safetensors *file;
    write_sample(f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum clt_status st = clt_safetensors_write(f->path, &tensor, 1, NULL, 0);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_int_equal(st, CLT_E_OUTPUT);
    assert_int_equal(clt_scratch_count(f->folder), 1);
    assert_int_equal(clt_safetensors_read(&file, f->path), CLT_OK);
    clt_safetensors_free(file);
}

static void missing_file(void **state)
{
    const struct fixture *f = *state;
    assert_refused_for(f, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(layout_is_the_formats, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_a_file_too, setup, teardown),
        cmocka_unit_test_setup_teardown(every_truncation_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(file_from_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_headers_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_lengths_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(names_what_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_spares_the_old_file, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
