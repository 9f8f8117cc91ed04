/* metrics.csv: its columns, appending, cutting it back for a resume. */
#include <math.h>
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
#include "record.h"
#include "scratch.h"

#define HEADER                                                                                     \
    "member,update,epoch,learning_rate,train_cost,train_loss,train_accuracy,"                      \
    "val_cost,val_loss,val_accuracy,seconds\n"
#define FIRST  "0,0,0,1e-05,2.5,2.25,0.101999998,,,,0\n"
#define SECOND "1,450,0.918367347,0.1,nan,inf,0.1,3,2,0.5,1.5\n"

static const struct clt_metrics_row rows[] = {
    {.learning_rate = 1e-5, .train = {true, 2.5, 2.25, 0.101999998}},
    {1, 450, 450.0 / 490, 0.1, {true, -NAN, INFINITY, 0.1}, {true, 3, 2, 0.5}, 1.5},
};

struct fixture {
    char *folder, *path;
    struct clt_metrics_file *file;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->folder = clt_scratch_create();
    f->path = clt_path_join(f->folder, "metrics.csv");
    assert_non_null(f->path);
    assert_int_equal(clt_metrics_file_open(&f->file, f->folder, 0), CLT_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    clt_metrics_file_close(f->file);
    clt_scratch_remove(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static void assert_content(const struct fixture *f, const char *wanted)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(clt_file_read(&bytes, &size, f->path), CLT_OK);
    assert_string_equal((const char *)bytes, wanted);
    free(bytes);
}

static void reopen(struct fixture *f, uint64_t length)
{
    clt_metrics_file_close(f->file);
    assert_int_equal(clt_metrics_file_open(&f->file, f->folder, length), CLT_OK);
}

static void appends_rows(void **state)
{
    struct fixture *f = *state;
    uint64_t length;
    assert_content(f, HEADER);
    assert_int_equal(clt_metrics_file_append(f->file, rows, 1), CLT_OK);
    assert_int_equal(clt_metrics_file_append(f->file, rows, 2), CLT_OK);
    assert_int_equal(clt_metrics_file_append(f->file, rows, 0), CLT_OK);
    assert_content(f, HEADER FIRST FIRST SECOND);
    assert_int_equal(clt_metrics_file_sync(f->file, &length), CLT_OK);
    assert_int_equal(length, strlen(HEADER FIRST FIRST SECOND));
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void cut_back_to_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    uint64_t length;
    assert_int_equal(clt_metrics_file_append(f->file, rows, 1), CLT_OK);
    assert_int_equal(clt_metrics_file_sync(f->file, &length), CLT_OK);
    assert_int_equal(clt_metrics_file_append(f->file, rows, 2), CLT_OK);
    reopen(f, length);
    assert_content(f, HEADER FIRST);
    assert_int_equal(clt_metrics_file_append(f->file, rows + 1, 1), CLT_OK);
    assert_content(f, HEADER FIRST SECOND);
    reopen(f, 0);
    assert_content(f, HEADER);
}

static void shorter_than_the_checkpoint_saw(void **state)
{
    struct fixture *f = *state;
    struct clt_metrics_file *file;
    assert_int_equal(clt_metrics_file_open(&file, f->folder, 1000), CLT_E_DATA);
    assert_null(file);
    assert_non_null(strstr(clt_error_message(), "has 110 bytes, had 1000 when the checkpoint"));
    assert_content(f, HEADER);
    assert_int_equal(remove(f->path), 0);
    assert_int_equal(clt_metrics_file_open(&file, f->folder, 10), CLT_E_DATA);
    assert_non_null(strstr(clt_error_message(), "metrics.csv: is missing"));
}

static void full_disk_leaves_whole_rows(void **state)
{
    struct fixture *f = *state;
    struct rlimit before;
    uint64_t length;
    assert_int_equal(clt_metrics_file_append(f->file, rows, 1), CLT_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {strlen(HEADER FIRST) + 10, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum clt_status st = clt_metrics_file_append(f->file, rows, 2);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_int_equal(st, CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "metrics.csv: cannot write it: File too large; "));
    assert_content(f, HEADER FIRST);
    assert_int_equal(clt_metrics_file_append(f->file, rows + 1, 1), CLT_OK);
    assert_content(f, HEADER FIRST SECOND);
    assert_int_equal(clt_metrics_file_sync(f->file, &length), CLT_OK);
    assert_int_equal(length, strlen(HEADER FIRST SECOND));
}

static void no_folder(void **state)
{
    (void)state;
    struct clt_metrics_file *file;
    assert_int_equal(clt_metrics_file_open(&file, "nowhere", 0), CLT_E_OUTPUT);
    assert_null(file);
    clt_metrics_file_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appends_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_back_to_the_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(shorter_than_the_checkpoint_saw, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_leaves_whole_rows, setup, teardown),
        cmocka_unit_test(no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
