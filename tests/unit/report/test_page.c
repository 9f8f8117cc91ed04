/* Numbers in words that a page takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "page.h"

static void seconds_are_told_in_the_units_of_a_clock(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {
        {0, "0.0 s"},
        {99.94, "99.9 s"},
        {100, "1 min 40 s"},
        {3599.6, "60 min 00 s"},
        {5999, "99 min 59 s"},
        {6000, "1 h 40 min"},
        {360059, "100 h 00 min"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        clt_page_format_seconds(text, rows[i].seconds);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_told_in_the_units_of_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
