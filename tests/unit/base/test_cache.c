/* Entries come back whole or not at all; damage, limits, missing folders. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache.h"
#include "file.h"
#include "scratch.h"

static const char key[] = "device\nflags\n-cl-std=CL1.2\nsource";
static const char payload[] = "two lines\nof \0 payload";
#define PAYLOAD_SIZE (sizeof payload - 1)

static int setup(void **state)
{
    *state = clt_scratch_create();
    setenv("XDG_CACHE_HOME", *state, 1);
    return 0;
}

static int teardown(void **state)
{
    clt_scratch_remove(*state);
    return 0;
}

static bool is_there(const char *kind, const char *of_key)
{
    uint8_t *bytes;
    size_t size;
    const bool there = clt_cache_read(&bytes, &size, kind, of_key);
    if (there) {
        assert_int_equal(size, PAYLOAD_SIZE);
        assert_memory_equal(bytes, payload, PAYLOAD_SIZE);
        assert_int_equal(bytes[size], 0);
    } else {
        assert_null(bytes);
    }
    free(bytes);
    return there;
}

static void write_entry(const char *kind, const char *of_key)
{
    assert_int_equal(clt_cache_write(kind, of_key, payload, PAYLOAD_SIZE), CLT_OK);
}

static void an_entry_comes_back(void **state)
{
    (void)state;
    assert_false(is_there("kind", key));
    write_entry("kind", key);
    assert_true(is_there("kind", key));
    assert_false(is_there("other", key));
    assert_false(is_there("kind", "device"));
    assert_int_equal(clt_cache_write("kind", "empty", "", 0), CLT_OK);
    uint8_t *bytes;
    size_t size;
    assert_true(clt_cache_read(&bytes, &size, "kind", "empty"));
    assert_int_equal(size, 0);
    free(bytes);
}

/* Plainly: to make a file last takes its time. */
static void overwrite(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The entry's file, and its bytes. */
static uint8_t *read_entry_file(char **path, size_t *size)
{
    uint8_t *bytes;
    write_entry("kind", key);
    *path = clt_cache_path("kind", key);
    assert_non_null(*path);
    assert_int_equal(clt_file_read(&bytes, size, *path), CLT_OK);
    return bytes;
}

static void damage_at_any_byte_is_seen(void **state)
{
    char *path;
    size_t size;
    uint8_t *bytes = read_entry_file(&path, &size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            overwrite(path, bytes, size);
            if (is_there("kind", key)) fail_msg("bit %d of byte %zu is not looked at", bit, i);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    write_entry("kind", key);
    assert_true(is_there("kind", key));
    free(bytes);
    free(path);
}

static void a_file_cut_or_extended_anywhere_is_none(void **state)
{
    char *path;
    size_t size;
    uint8_t *bytes = read_entry_file(&path, &size);
    (void)state;
    for (size_t kept = 0; kept < size; kept++) {
        overwrite(path, bytes, kept);
        if (is_there("kind", key)) fail_msg("%zu of %zu bytes are taken", kept, size);
    }
    overwrite(path, bytes, size + 1); /* the '\0' behind it */
    assert_false(is_there("kind", key));
    overwrite(path, bytes, size);
    assert_true(is_there("kind", key));
    free(bytes);
    free(path);
}

/* As two keys of one hash would have it. */
static void an_entry_of_another_key_is_none_and_is_replaced(void **state)
{
    char *path;
    size_t size;
    uint8_t *bytes = read_entry_file(&path, &size);
    static const char others[][sizeof key + 1] = {"device\nflags\n-cl-std=CL1.2\nSource",
                                                  "device\nflags\n-cl-std=CL1.2\nsourc",
                                                  "device\nflags\n-cl-std=CL1.2\nsource2", ""};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char *other = clt_cache_path("kind", others[i]);
        assert_string_not_equal(other, path);
        overwrite(other, bytes, size);
        assert_false(is_there("kind", others[i]));
        write_entry("kind", others[i]);
        assert_true(is_there("kind", others[i]));
        free(other);
    }
    free(bytes);
    free(path);
}

static void the_folder_is_that_of_the_variables(void **state)
{
    char *home = clt_path_join(*state, "home"), *path;
    setenv("HOME", home, 1);
    for (const char *const *other = (const char *const[]){"", "relative", NULL}; *other; other++) {
        setenv("XDG_CACHE_HOME", *other, 1);
        path = clt_cache_path("kind", key);
        assert_non_null(strstr(path, "/home/.cache/cltrain/kind/"));
        free(path);
    }
    write_entry("kind", key);
    assert_true(is_there("kind", key));
    unsetenv("HOME");
    assert_null(clt_cache_path("kind", key));
    assert_false(is_there("kind", key));
    assert_int_equal(clt_cache_write("kind", key, payload, PAYLOAD_SIZE), CLT_E_OUTPUT);
    assert_string_equal(clt_error_message(),
                        "no folder for kind: neither XDG_CACHE_HOME nor HOME is set");
    clt_cache_limit("kind", 0);
    free(home);
}

static void a_folder_that_cannot_be_made_is_told(void **state)
{
    char *file = clt_path_join(*state, "file");
    clt_scratch_write(*state, "file", "", 0);
    setenv("XDG_CACHE_HOME", file, 1);
    assert_false(is_there("kind", key));
    assert_int_equal(clt_cache_write("kind", key, payload, PAYLOAD_SIZE), CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "cannot create this folder"));
    clt_cache_limit("kind", 0);
    free(file);
}

static void write_aged(const char *of_key, long age)
{
    const struct timespec times[2] = {{1000000000 - age, 0}, {1000000000 - age, 0}};
    char *path = clt_cache_path("kind", of_key);
    write_entry("kind", of_key);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

static uint64_t entry_size(const char *of_key)
{
    struct stat info;
    char *path = clt_cache_path("kind", of_key);
    assert_int_equal(stat(path, &info), 0);
    free(path);
    return (uint64_t)info.st_size;
}

static void the_limit_removes_what_is_unused_for_longest(void **state)
{
    (void)state;
    write_aged("a", 30);
    write_aged("b", 40);
    write_aged("c", 10);
    write_aged("d", 20);
    const uint64_t size = entry_size("a");
    clt_cache_limit("kind", 4 * size);
    assert_true(is_there("kind", "b")); /* and so is the last used */
    clt_cache_limit("kind", 3 * size);
    assert_false(is_there("kind", "a"));
    clt_cache_limit("kind", 3 * size - 1);
    assert_false(is_there("kind", "d"));
    assert_true(is_there("kind", "b"));
    assert_true(is_there("kind", "c"));
    clt_cache_limit("kind", 0);
    assert_false(is_there("kind", "c"));
    clt_cache_limit("other", 0);
}

/* Two processes write two entries at the same place over and over: a reader sees one or none. */
static void two_writers_leave_a_whole_entry(void **state)
{
    (void)state;
    pid_t writers[2];
    for (size_t i = 0; i < 2; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] != 0) continue;
        enum clt_status st = CLT_OK;
        for (int n = 0; n < 20 && st == CLT_OK; n++)
            st = clt_cache_write("kind", key, payload, PAYLOAD_SIZE);
        _exit(st == CLT_OK ? 0 : 1);
    }
    for (size_t i = 0; i < 2; i++) {
        int status;
        bool seen = false;
        while (waitpid(writers[i], &status, WNOHANG) == 0) {
            const bool there = is_there("kind", key);
            assert_true(there || !seen); /* once it is there it stays */
            seen = there;
        }
        assert_int_equal(status, 0);
    }
    assert_true(is_there("kind", key));
    char *path = clt_cache_path("kind", key), *folder = clt_path_folder(path);
    assert_int_equal(clt_scratch_count(folder), 1);
    free(folder);
    free(path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_entry_comes_back),
        CASE(damage_at_any_byte_is_seen),
        CASE(a_file_cut_or_extended_anywhere_is_none),
        CASE(an_entry_of_another_key_is_none_and_is_replaced),
        CASE(the_folder_is_that_of_the_variables),
        CASE(a_folder_that_cannot_be_made_is_told),
        CASE(the_limit_removes_what_is_unused_for_longest),
        CASE(two_writers_leave_a_whole_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
