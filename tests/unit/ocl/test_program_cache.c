/* Compiled programs on disk: a second process compiles nothing, and nothing that is wrong with the
 * cache is more than a program compiled again. PROBE follows the table of platforms, CACHED_PROBE
 * caches on all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"

#define COUNTED "OPENCL_LAYERS=" OPENCL_LAYER " CLTRAIN_CALL_COUNT=count "
#define CACHE   "XDG_CACHE_HOME=$PWD/cache "

static long count_of(const struct fixture *f, const char *call)
{
    const char *line = strstr(f->output, call);
    assert_non_null(line);
    return strtol(line + strlen(call), NULL, 10);
}

/* Launches a kernel in a process with these variables, and checks where its program came from. */
static void expect_programs(struct fixture *f, const char *variables, long compiled, long loaded)
{
    run(f, COUNTED "%s " CACHED_PROBE " '' 3 && cat count", variables);
    check_has(f, "done");
    assert_int_equal(count_of(f, "clCreateProgramWithSource "), compiled);
    assert_int_equal(count_of(f, "clCreateProgramWithBinary "), loaded);
}

static void a_second_process_compiles_nothing(void **state)
{
    expect_programs(*state, CACHE, 1, 0);
    expect_programs(*state, CACHE, 0, 1);
    run(*state, "ls cache/cltrain/programs | wc -l");
    assert_string_equal(((struct fixture *)*state)->output, "1\n");
}

static void a_damaged_entry_is_compiled_and_written_again(void **state)
{
    static const char *const damages[] = {
        "printf x | dd of=$entry bs=1 seek=5 conv=notrunc 2>/dev/null", /* the first line */
        "printf x | dd of=$entry bs=1 seek=400 conv=notrunc 2>/dev/null",
        "truncate -s -1 $entry",
        "truncate -s 0 $entry",
        "rm $entry",
    };
    expect_programs(*state, CACHE, 1, 0);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        run(*state, "entry=$(ls -d cache/cltrain/programs/*) && %s", damages[i]);
        expect_programs(*state, CACHE, 1, 0);
        expect_programs(*state, CACHE, 0, 1);
    }
}

static void a_binary_that_the_driver_refuses_is_compiled(void **state)
{
    expect_programs(*state, CACHE, 1, 0);
    expect_programs(*state, CACHE "CLTRAIN_FAIL_CALL=clCreateProgramWithBinary:1", 1, 1);
    expect_programs(*state, CACHE "CLTRAIN_FAIL_CALL=clBuildProgram:1", 1, 1);
    expect_programs(*state, CACHE, 0, 1);
}

static void without_a_folder_every_process_compiles(void **state)
{
    run(*state, "touch file");
    for (int i = 0; i < 2; i++) {
        expect_programs(*state, "XDG_CACHE_HOME=$PWD/file", 1, 0);
        expect_programs(*state, "env -u XDG_CACHE_HOME -u HOME", 1, 0);
    }
}

static void processes_at_once_do_not_hinder_each_other(void **state)
{
    struct fixture *f = *state;
    run(f, "for i in 1 2 3 4; do " CACHE CACHED_PROBE " '' 1 & done; wait");
    const char *place = f->output;
    for (int i = 0; i < 4; i++) {
        place = strstr(place, "done\n");
        assert_non_null(place++);
    }
    expect_programs(f, CACHE, 0, 1);
}

static void a_driver_that_keeps_programs_is_left_to_it(void **state)
{
    struct fixture *f = *state;
    run(f, CACHE PROBE " '' 1");
    check_has(f, "done");
    if (!strstr(f->output, "on Portable Computing Language")) skip();
    run(f, "ls");
    check_has_not(f, "cache");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, process_create, process_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_second_process_compiles_nothing),
        CASE(a_damaged_entry_is_compiled_and_written_again),
        CASE(a_binary_that_the_driver_refuses_is_compiled),
        CASE(without_a_folder_every_process_compiles),
        CASE(processes_at_once_do_not_hinder_each_other),
        CASE(a_driver_that_keeps_programs_is_left_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
