/* The growing string, checked sizes and the recorded message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checked.h"
#include "status.h"
#include "text.h"

static void text_grows(void **state)
{
    (void)state;
    struct clt_text text = {0};
    for (int i = 0; i < 10000; i++) clt_text_add(&text, "%04d", i);
    assert_int_equal(text.length, 40000);
    char *bytes = clt_text_take(&text);
    assert_non_null(bytes);
    assert_int_equal(strlen(bytes), 40000);
    for (int i = 0; i < 10000; i++) {
        const char number[] = {bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3],
                               '\0'};
        assert_int_equal(strtol(number, NULL, 10), i);
    }
    free(bytes);
    assert_null(text.bytes);
    assert_int_equal(text.length + text.capacity, 0);
}

static void text_keeps_bytes_and_is_never_null(void **state)
{
    (void)state;
    struct clt_text text = {0};
    clt_text_add_bytes(&text, "a\0b", 3);
    clt_text_add(&text, "%s", "");
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.bytes, "a\0b", 4);
    clt_text_free(&text);

    char *bytes = clt_text_take(&text);
    assert_string_equal(bytes, "");
    free(bytes);
}

static void text_failure_stays(void **state)
{
    (void)state;
    struct clt_text text = {0};
    clt_text_add(&text, "before");
    clt_text_add_bytes(&text, "", SIZE_MAX); /* refused before a byte is read */
    assert_true(text.failed);
    clt_text_add(&text, "after");
    assert_int_equal(text.length, 6);
    assert_null(clt_text_take(&text));
    assert_false(text.failed);
}

static void sizes_do_not_wrap(void **state)
{
    (void)state;
    size_t size = 42;
    assert_false(clt_multiply(&size, SIZE_MAX / 2 + 1, 2));
    assert_false(clt_add(&size, SIZE_MAX, 1));
    assert_int_equal(size, 42);
    assert_true(clt_multiply(&size, 6, 7) && size == 42);
    assert_true(clt_add(&size, SIZE_MAX - 1, 1) && size == SIZE_MAX);
    assert_int_equal(clt_round_up(0, 8), 0);
    assert_int_equal(clt_round_up(8, 8), 8);
    assert_int_equal(clt_round_up(9, 8), 16);
}

static void message_names_where_then_what(void **state)
{
    (void)state;
    assert_int_equal(clt_fail(CLT_E_DATA, "offset %d: wrong", 7), CLT_E_DATA);
    assert_int_equal(clt_fail_within(CLT_E_CONFIG, "%s", "a.bin"), CLT_E_CONFIG);
    assert_string_equal(clt_error_message(), "a.bin: offset 7: wrong");
    clt_fail(CLT_E_DATA, "again: %s", clt_error_message());
    assert_string_equal(clt_error_message(), "again: a.bin: offset 7: wrong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(text_keeps_bytes_and_is_never_null),
        cmocka_unit_test(text_failure_stays),
        cmocka_unit_test(sizes_do_not_wrap),
        cmocka_unit_test(message_names_where_then_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
