/* Files as NumPy writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "file.h"
#include "npy.h"
#include "scratch.h"

/* What clt_npy_write() makes of `array`; to be freed. */
static uint8_t *written(const struct clt_npy *array, size_t *size)
{
    char *folder = clt_scratch_create(), *path = clt_path_join(folder, "a.npy");
    uint8_t *bytes;
    assert_int_equal(clt_npy_write(path, array), CLT_OK);
    assert_int_equal(clt_file_read(&bytes, size, path), CLT_OK);
    clt_scratch_remove(folder);
    free(path);
    return bytes;
}

/* numpy.save() of arange(6.0).reshape(2, 3), byte for byte. */
static void header_equals_numpys(void **state)
{
    static const char start[] = "\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, "
                                "'shape': (2, 3), }";
    const double values[6] = {0, 1, 2, 3, 4, 5};
    size_t size;
    uint8_t *bytes = written(&(struct clt_npy){CLT_NPY_F64, 2, {2, 3}, values}, &size);
    (void)state;
    assert_int_equal(size, 128 + sizeof values);
    assert_memory_equal(bytes, start, sizeof start - 1);
    for (size_t i = sizeof start - 1; i < 127; i++) assert_int_equal(bytes[i], ' ');
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, values, sizeof values);
    free(bytes);
}

/* A tuple of one needs its comma; the elements start at a multiple of 64 whatever the header. */
static void other_shapes(void **state)
{
    const uint16_t values[3] = {7, 8, 65535};
    const size_t ranks[] = {1, 4};
    const char *const shapes[] = {"(3,)", "(1, 3, 1, 1)"};
    const size_t dims[][CLT_NPY_RANK] = {{3}, {1, 3, 1, 1}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct clt_npy array = {CLT_NPY_U16, ranks[i], {0}, values};
        size_t size;
        memcpy(array.dim, dims[i], sizeof array.dim);
        uint8_t *bytes = written(&array, &size);
        assert_int_equal((size - sizeof values) % 64, 0);
        assert_non_null(strstr((const char *)bytes + 10, shapes[i]));
        assert_non_null(strstr((const char *)bytes + 10, "u2'"));
        assert_memory_equal(bytes + size - sizeof values, values, sizeof values);
        free(bytes);
    }
}

static void missing_folder_is_an_error(void **state)
{
    const double value = 1;
    (void)state;
    assert_int_equal(
        clt_npy_write("/nonexistent/a.npy", &(struct clt_npy){CLT_NPY_F64, 1, {1}, &value}),
        CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "/nonexistent/a.npy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_equals_numpys),
        cmocka_unit_test(other_shapes),
        cmocka_unit_test(missing_folder_is_an_error),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
