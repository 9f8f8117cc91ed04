/* Files are replaced whole or not at all; folders, paths, checksum. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "scratch.h"

struct fixture {
    char *folder, *path; /* path: FOLDER/result */
};

static int setup(void **state)
{
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    f->folder = clt_scratch_create();
    f->path = clt_path_join(f->folder, "result");
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

static void assert_content(const char *path, const void *bytes, size_t size)
{
    uint8_t *read_bytes;
    size_t read_size;
    assert_int_equal(clt_file_read(&read_bytes, &read_size, path), CLT_OK);
    assert_int_equal(read_size, size);
    assert_memory_equal(read_bytes, bytes, size);
    assert_int_equal(read_bytes[size], 0);
    free(read_bytes);
}

static void assert_message(const char *path, const char *rest)
{
    char wanted[4096];
    snprintf(wanted, sizeof wanted, "%s: %s", path, rest);
    assert_string_equal(clt_error_message(), wanted);
}

static void replaced_whole(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(clt_file_replace(f->path, "old", 3), CLT_OK);
    assert_content(f->path, "old", 3);

    const int reader = open(f->path, O_RDONLY);
    assert_true(reader >= 0);
    assert_int_equal(clt_file_replace(f->path, "newer", 5), CLT_OK);
    char seen[8] = "";
    assert_int_equal(read(reader, seen, sizeof seen), 3); /* who had it open sees the old one */
    assert_string_equal(seen, "old");
    close(reader);
    assert_content(f->path, "newer", 5);
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void large_and_empty(void **state)
{
    const struct fixture *f = *state;
    const size_t size = 1000003;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(i * 7 >> 3);
    assert_int_equal(clt_file_replace(f->path, bytes, size), CLT_OK);
    assert_content(f->path, bytes, size);
    free(bytes);
    assert_int_equal(clt_file_replace(f->path, NULL, 0), CLT_OK);
    assert_content(f->path, "", 0);
}

static void old_one_stays_until_commit(void **state)
{
    const struct fixture *f = *state;
    struct clt_file *file;
    assert_int_equal(clt_file_replace(f->path, "old", 3), CLT_OK);
    assert_int_equal(clt_file_create(&file, f->path), CLT_OK);
    assert_int_equal(clt_file_write(file, "half a ", 7), CLT_OK);
    assert_content(f->path, "old", 3);
    clt_file_abandon(file);
    assert_content(f->path, "old", 3);
    assert_int_equal(clt_scratch_count(f->folder), 1);

    assert_int_equal(clt_file_create(&file, f->path), CLT_OK);
    assert_int_equal(clt_file_write(file, "in ", 3), CLT_OK);
    assert_int_equal(clt_file_write(file, "parts", 5), CLT_OK);
    assert_int_equal(clt_file_commit(file), CLT_OK);
    assert_content(f->path, "in parts", 8);
    clt_file_abandon(NULL);
}

static void unsynced_ones_are_replaced_whole_too(void **state)
{
    const struct fixture *f = *state;
    struct clt_file *file;
    assert_int_equal(clt_file_replace(f->path, "old", 3), CLT_OK);
    assert_int_equal(clt_file_create(&file, f->path), CLT_OK);
    assert_int_equal(clt_file_write(file, "new", 3), CLT_OK);
    assert_content(f->path, "old", 3);
    assert_int_equal(clt_file_commit_unsynced(file), CLT_OK);
    assert_content(f->path, "new", 3);
    assert_int_equal(clt_scratch_count(f->folder), 1);
    assert_int_equal(clt_file_sync(f->path), CLT_OK);
    assert_int_equal(clt_file_sync(f->folder), CLT_OK);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(clt_file_sync(f->path), CLT_E_OUTPUT);
    assert_message(f->path,
                   "cannot make it last on the disk: No such file or directory; check the path");
}

static void leftover_of_a_killed_process_is_no_obstacle(void **state)
{
    const struct fixture *f = *state;
    char name[64];
    snprintf(name, sizeof name, "result.tmp.%ld", (long)getpid());
    clt_scratch_write(f->folder, name, "longer than the new", 19);
    assert_int_equal(clt_file_replace(f->path, "new", 3), CLT_OK);
    assert_content(f->path, "new", 3);
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void full_disk_spares_the_old_file(void **state)
{
    const struct fixture *f = *state;
    static const char bytes[4096] = {1};
    struct rlimit before;
    assert_int_equal(clt_file_replace(f->path, "old", 3), CLT_OK);

    /* Past the limit write() is short first, then fails with EFBIG once the signal is ignored. */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum clt_status st = clt_file_replace(f->path, bytes, sizeof bytes);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);

    assert_int_equal(st, CLT_E_OUTPUT);
    assert_message(
        f->path,
        "cannot write it: File too large; raise the limit on the size of files (ulimit -f)");
    assert_content(f->path, "old", 3);
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void no_place_for_the_file(void **state)
{
    const struct fixture *f = *state;
    char *path = clt_path_join(f->folder, "missing/result");
    assert_int_equal(clt_file_replace(path, "x", 1), CLT_E_OUTPUT);
    assert_message(path, "cannot create it: No such file or directory; check the path");
    free(path);

    assert_int_equal(mkdir(f->path, 0700), 0); /* a folder where the file should go */
    assert_int_equal(clt_file_replace(f->path, "x", 1), CLT_E_OUTPUT);
    assert_message(f->path, "cannot put the new file in its place: Is a directory; check the path");
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void unreadable(void **state)
{
    const struct fixture *f = *state;
    uint8_t *bytes = (uint8_t *)f;
    size_t size = 1;
    assert_int_equal(clt_file_read(&bytes, &size, f->path), CLT_E_DATA);
    assert_message(f->path, "cannot open it: No such file or directory; check the path");
    assert_null(bytes);
    assert_int_equal(size, 0);
    assert_int_equal(clt_file_read(&bytes, &size, f->folder), CLT_E_DATA);
    assert_message(f->folder, "cannot read it: Is a directory; check the path");
    assert_null(bytes);
}

/* A loop of links, which is neither there nor not there. */
static void nobody_can_tell_whether_it_is_there(void **state)
{
    const struct fixture *f = *state;
    bool exists;
    assert_int_equal(clt_file_find(&exists, f->path), CLT_OK);
    assert_false(exists);
    assert_int_equal(symlink(f->path, f->path), 0);
    assert_int_equal(clt_file_find(&exists, f->path), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), f->path));
}

static void what_others_may_have_written(void **state)
{
    const struct fixture *f = *state;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(clt_file_replace(f->path, "mine", 4), CLT_OK);
    assert_int_equal(chmod(f->path, 0600), 0);
    assert_int_equal(clt_file_read_own(&bytes, &size, f->path, 100), CLT_OK);
    assert_int_equal(size, 4);
    free(bytes);
    const mode_t modes[] = {0620, 0602};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(f->path, modes[i]), 0);
        assert_int_equal(clt_file_read_own(&bytes, &size, f->path, 100), CLT_E_DATA);
        assert_null(bytes);
    }
}

static void folders(void **state)
{
    const struct fixture *f = *state;
    char *deep = clt_path_join(f->folder, "a/b//c/");
    assert_int_equal(clt_folder_create(deep), CLT_OK);
    assert_int_equal(clt_folder_create(deep), CLT_OK); /* there already */
    assert_true(clt_file_exists(deep));
    assert_int_equal(clt_file_replace(f->path, "x", 1), CLT_OK);
    assert_true(clt_file_exists(f->path));
    char *below = clt_path_join(f->path, "run");
    assert_false(clt_file_exists(below));
    assert_int_equal(clt_folder_create(below), CLT_E_OUTPUT);
    assert_message(f->path, "cannot create this folder: File exists; a file of that name is in "
                            "the way");
    free(below);
    free(deep);
}

static void paths(void **state)
{
    (void)state;
    static const char *const joins[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"/", "b", "/b"}, {"", "b", "b"}};
    static const char *const folders_of[][2] = {{"a/b", "a"},  {"/a", "/"},   {"a", "."},
                                                {"a/b/", "a"}, {"a//b", "a"}, {"//a", "/"},
                                                {"/", "/"},    {"", "."}};
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        char *path = clt_path_join(joins[i][0], joins[i][1]);
        assert_string_equal(path, joins[i][2]);
        free(path);
    }
    for (size_t i = 0; i < sizeof folders_of / sizeof *folders_of; i++) {
        char *path = clt_path_folder(folders_of[i][0]);
        assert_string_equal(path, folders_of[i][1]);
        free(path);
    }
}

static void checksum(void **state)
{
    (void)state;
    assert_int_equal(clt_crc32(0, "123456789", 9), 0xCBF43926); /* the check value of CRC-32 */
    assert_int_equal(clt_crc32(clt_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    assert_int_equal(clt_crc32(0, "", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaced_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(large_and_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(old_one_stays_until_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(unsynced_ones_are_replaced_whole_too, setup, teardown),
        cmocka_unit_test_setup_teardown(leftover_of_a_killed_process_is_no_obstacle, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(full_disk_spares_the_old_file, setup, teardown),
        cmocka_unit_test_setup_teardown(no_place_for_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(unreadable, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_can_tell_whether_it_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(what_others_may_have_written, setup, teardown),
        cmocka_unit_test_setup_teardown(folders, setup, teardown),
        cmocka_unit_test(paths),
        cmocka_unit_test(checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
