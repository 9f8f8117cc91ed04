/* The table of measured products: kept, merged between processes, rebuilt after damage. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache.h"
#include "file.h"
#include "scratch.h"
#include "tuning_table.h"

static const char device[] = "platform\ndevice\ndriver\n";

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

static struct clt_tuning *open_table(void)
{
    struct clt_tuning *table;
    assert_int_equal(clt_tuning_open(&table, device), CLT_OK);
    return table;
}

static void put(struct clt_tuning *table, const char *key, const char *value)
{
    assert_int_equal(clt_tuning_put(table, key, value), CLT_OK);
    assert_string_equal(clt_tuning_find(table, key), value);
}

static void save(struct clt_tuning *table)
{
    assert_int_equal(clt_tuning_save(table), CLT_OK);
}

/* What a process that starts now finds; NULL: nothing. */
static void assert_on_disk(const char *key, const char *value)
{
    struct clt_tuning *table = open_table();
    const char *found = clt_tuning_find(table, key);
    if (value)
        assert_string_equal(found, value);
    else
        assert_null(found);
    clt_tuning_free(table);
}

static void save_row(const char *key, const char *value)
{
    struct clt_tuning *table = open_table();
    put(table, key, value);
    save(table);
    clt_tuning_free(table);
}

static void rows_come_back(void **state)
{
    struct clt_tuning *table = open_table();
    (void)state;
    assert_null(clt_tuning_find(table, "64 x 100 x 784 NT"));
    put(table, "64 x 100 x 784 NT", "clblast\tclblast 1.5e-4");
    put(table, "64 x 100 x 784 NN", "");
    put(table, "64 x 100 x 784 NT", "native 6 x 16\tnative 6 x 16 1e-5\tclblast 1.5e-4");
    assert_on_disk("64 x 100 x 784 NT", NULL);
    save(table);
    clt_tuning_free(table);
    assert_on_disk("64 x 100 x 784 NT", "native 6 x 16\tnative 6 x 16 1e-5\tclblast 1.5e-4");
    assert_on_disk("64 x 100 x 784 NN", "");
    assert_on_disk("64 x 100 x 784", NULL);
}

static void a_device_has_a_table_of_its_own(void **state)
{
    struct clt_tuning *other;
    (void)state;
    save_row("key", "here");
    assert_int_equal(clt_tuning_open(&other, "platform\ndevice\nnewer driver\n"), CLT_OK);
    assert_null(clt_tuning_find(other, "key"));
    put(other, "key", "there");
    save(other);
    clt_tuning_free(other);
    assert_on_disk("key", "here");
}

static void the_file_can_be_read(void **state)
{
    uint8_t *text;
    size_t size;
    char *path = clt_cache_path("gemm-tuning", device);
    (void)state;
    save_row("64 x 100 x 784 NT", "clblast");
    assert_int_equal(clt_file_read(&text, &size, path), CLT_OK);
    assert_non_null(
        strstr((char *)text, "\nplatform\ndevice\ndriver\n\n64 x 100 x 784 NT\tclblast\n"));
    free(text);
    free(path);
}

static void rows_saved_meanwhile_stay(void **state)
{
    struct clt_tuning *table = open_table();
    (void)state;
    put(table, "mine", "1");
    put(table, "both", "mine");
    save_row("other", "2");
    save_row("both", "other");
    assert_null(clt_tuning_find(table, "other"));
    save(table);
    assert_string_equal(clt_tuning_find(table, "other"), "2");
    save_row("other", "3");
    put(table, "mine", "4");
    save(table); /* what was read is not written back over what is newer */
    clt_tuning_free(table);
    assert_on_disk("mine", "4");
    assert_on_disk("both", "mine");
    assert_on_disk("other", "3");
}

static void without_news_nothing_is_written(void **state)
{
    (void)state;
    save_row("key", "value");
    struct clt_tuning *table = open_table();
    char *path = clt_cache_path("gemm-tuning", device);
    assert_int_equal(unlink(path), 0);
    save(table);
    assert_false(clt_file_exists(path));
    free(path);
    clt_tuning_free(table);
}

enum { WRITERS = 4, ROWS = 5 };

static void write_rows(int writer)
{
    struct clt_tuning *table = open_table();
    for (int i = 0; i < ROWS; i++) {
        char key[64];
        snprintf(key, sizeof key, "writer %d row %d", writer, i);
        put(table, key, "value");
        save(table);
    }
    clt_tuning_free(table);
}

static void writers_at_once_lose_no_row(void **state)
{
    (void)state;
    for (int w = 0; w < WRITERS; w++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child > 0) continue;
        write_rows(w);
        _exit(0);
    }
    for (int w = 0, status; w < WRITERS; w++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int w = 0; w < WRITERS; w++) {
        for (int i = 0; i < ROWS; i++) {
            char key[64];
            snprintf(key, sizeof key, "writer %d row %d", w, i);
            assert_on_disk(key, "value");
        }
    }
}

static void a_damaged_table_is_empty_and_is_rebuilt(void **state)
{
    uint8_t *bytes;
    size_t size;
    char *path = clt_cache_path("gemm-tuning", device), *name = strrchr(path, '/') + 1;
    char *folder = clt_path_folder(path);
    (void)state;
    save_row("key", "value");
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        clt_scratch_write(folder, name, bytes, size);
        assert_on_disk("key", NULL);
        bytes[i] ^= 1;
        clt_scratch_write(folder, name, bytes, i);
        assert_on_disk("key", NULL);
    }
    save_row("new", "value");
    assert_on_disk("new", "value");
    assert_on_disk("key", NULL);
    free(bytes);
    free(folder);
    free(path);
}

/* A lock that is held for good, and one that cannot be made, hinder nobody for long. */
static void without_a_lock_it_is_saved_all_the_same(void **state)
{
    char *path = clt_cache_path("gemm-tuning", device), lock[4096];
    (void)state;
    save_row("key", "value");
    snprintf(lock, sizeof lock, "%s.lock", path);
    const int held = open(lock, O_RDWR);
    assert_int_equal(flock(held, LOCK_EX), 0);
    save_row("held", "value");
    assert_on_disk("held", "value");
    close(held);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(clt_folder_create(lock), CLT_OK);
    save_row("a folder", "value");
    assert_on_disk("a folder", "value");
    assert_on_disk("key", "value");
    free(path);
}

static void what_cannot_be_written_stays_in_the_table(void **state)
{
    char *file = clt_path_join(*state, "file");
    clt_scratch_write(*state, "file", "", 0);
    setenv("XDG_CACHE_HOME", file, 1);
    struct clt_tuning *table = open_table();
    put(table, "key", "value");
    assert_int_equal(clt_tuning_save(table), CLT_E_OUTPUT);
    assert_string_equal(clt_tuning_find(table, "key"), "value");
    setenv("XDG_CACHE_HOME", *state, 1);
    save(table);
    assert_on_disk("key", "value");
    clt_tuning_free(table);
    free(file);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_come_back),
        CASE(a_device_has_a_table_of_its_own),
        CASE(the_file_can_be_read),
        CASE(rows_saved_meanwhile_stay),
        CASE(without_news_nothing_is_written),
        CASE(writers_at_once_lose_no_row),
        CASE(a_damaged_table_is_empty_and_is_rebuilt),
        CASE(without_a_lock_it_is_saved_all_the_same),
        CASE(what_cannot_be_written_stays_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
