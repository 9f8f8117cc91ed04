/* Folders: what is in them, and what killed processes left there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "scratch.h"

static int setup(void **state)
{
    *state = clt_scratch_create();
    return chdir(*state);
}

static int teardown(void **state)
{
    assert_int_equal(chdir("/"), 0);
    clt_scratch_remove(*state);
    return 0;
}

static void lists_names_in_order(void **state)
{
    struct clt_listing listing;
    clt_scratch_write(*state, "b", "", 0);
    clt_scratch_write(*state, ".c", "", 0);
    assert_int_equal(clt_folder_create("a"), CLT_OK);
    assert_int_equal(clt_folder_list(&listing, "."), CLT_OK);
    assert_int_equal(listing.count, 3);
    static const char *const names[] = {".c", "a", "b"};
    for (size_t i = 0; i < 3; i++) assert_string_equal(listing.name[i], names[i]);
    clt_listing_free(&listing);
    assert_int_equal(clt_folder_list(&listing, "b"), CLT_E_DATA);
    assert_string_equal(clt_error_message(),
                        "b: cannot look into this folder: Not a directory; check the path");
    assert_int_equal(listing.count, 0);
}

static void names_of_temporary_files(void **state)
{
    (void)state;
    static const char *const temporary[] = {"a.tmp.1", "b/c.tmp.123", "a.tmp.tmp.1"};
    static const char *const others[] = {"a.tmp", "a.tmp.", "a.tmp.1x", "a.tmp.1/b", "tmp.1", ""};
    for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++)
        assert_true(clt_file_is_temporary(temporary[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(clt_file_is_temporary(others[i]));
}

/* Also in folders below, but not behind links, and not what is being written. */
static void temporaries_that_nobody_writes_go(void **state)
{
    struct clt_file *file;
    assert_int_equal(clt_folder_create("in/side"), CLT_OK);
    assert_int_equal(clt_folder_create("outside"), CLT_OK);
    clt_scratch_write(*state, "in/a.tmp.1", "x", 1);
    clt_scratch_write(*state, "in/side/b.tmp.22", "x", 1);
    clt_scratch_write(*state, "in/side/kept", "x", 1);
    clt_scratch_write(*state, "outside/c.tmp.3", "x", 1);
    assert_int_equal(symlink("../outside", "in/link"), 0);
    assert_int_equal(clt_file_create(&file, "in/new"), CLT_OK);
    assert_int_equal(clt_folder_remove_temporaries("in"), CLT_OK);
    assert_int_equal(clt_file_commit(file), CLT_OK);
    assert_true(clt_file_exists("in/new"));
    assert_true(clt_file_exists("in/side/kept"));
    assert_true(clt_file_exists("outside/c.tmp.3"));
    assert_false(clt_file_exists("in/a.tmp.1"));
    assert_false(clt_file_exists("in/side/b.tmp.22"));
}

static void only_files_fill_a_folder(void **state)
{
    bool holds;
    assert_int_equal(clt_folder_create("a/b"), CLT_OK);
    clt_scratch_write(*state, "a/lock", "", 0);
    clt_scratch_write(*state, "a/b/c.tmp.1", "", 0);
    assert_int_equal(clt_folder_holds_files(&holds, "a", "lock"), CLT_OK);
    assert_false(holds);
    assert_int_equal(symlink("..", "a/b/up"), 0);
    assert_int_equal(clt_folder_holds_files(&holds, "a", "lock"), CLT_OK);
    assert_true(holds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_names_in_order, setup, teardown),
        cmocka_unit_test(names_of_temporary_files),
        cmocka_unit_test_setup_teardown(temporaries_that_nobody_writes_go, setup, teardown),
        cmocka_unit_test_setup_teardown(only_files_fill_a_folder, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
