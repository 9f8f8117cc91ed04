/* One run owns one folder: names, locks between processes, obstacles. */
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
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

#include "file.h"
#include "run_directory.h"
#include "scratch.h"
#include "status.h"

struct fixture {
    char *folder; /* the working directory while a test runs */
    char before[PATH_MAX];
};

static int setup(void **state)
{
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    assert_non_null(getcwd(f->before, sizeof f->before));
    f->folder = clt_scratch_create();
    assert_int_equal(chdir(f->folder), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(chdir(f->before), 0);
    clt_scratch_remove(f->folder);
    free(f);
    return 0;
}

static struct clt_run_directory *create(const char *folder)
{
    struct clt_run_directory *directory;
    if (clt_run_directory_create(&directory, folder, "net") != CLT_OK)
        fail_msg("%s", clt_error_message());
    return directory;
}

static void assert_fails(enum clt_status got, enum clt_status wanted, const char *what)
{
    assert_int_equal(got, wanted);
    if (!strstr(clt_error_message(), what))
        fail_msg("wanted '%s', got: %s", what, clt_error_message());
}

static void assert_create_fails(const char *folder, enum clt_status wanted, const char *what)
{
    struct clt_run_directory *directory;
    assert_fails(clt_run_directory_create(&directory, folder, "net"), wanted, what);
    assert_null(directory);
}

static void assert_open_fails(const char *folder, enum clt_status wanted, const char *what)
{
    struct clt_run_directory *directory;
    assert_fails(clt_run_directory_open(&directory, folder), wanted, what);
    assert_null(directory);
}

static void takes_the_first_free_name(void **state)
{
    (void)state;
    static const char *const names[] = {"runs/net", "runs/net-2", "runs/net-3"};
    for (size_t i = 0; i < 3; i++) {
        struct clt_run_directory *directory = create(NULL);
        assert_string_equal(clt_run_directory_path(directory), names[i]);
        clt_run_directory_close(directory);
    }
    assert_int_equal(rmdir("runs/net-2/checkpoint/last"), 0);
    assert_int_equal(rmdir("runs/net-2/checkpoint/best"), 0);
    assert_int_equal(rmdir("runs/net-2/checkpoint"), 0); /* and nothing else is in it */
    assert_int_equal(rmdir("runs/net-2"), 0);
    struct clt_run_directory *directory = create(NULL);
    assert_string_equal(clt_run_directory_path(directory), "runs/net-2");
    clt_run_directory_close(directory);
    clt_run_directory_close(NULL);
}

static void makes_the_folder_asked_for(void **state)
{
    (void)state;
    struct clt_run_directory *directory = create("deep/er/");
    assert_true(clt_file_exists("deep/er/checkpoint/last"));
    assert_true(clt_file_exists("deep/er/lock"));
    clt_run_directory_close(directory);
    assert_false(clt_file_exists("deep/er/lock"));
    assert_int_equal(clt_file_replace("deep/er/config.cfg", "", 0), CLT_OK);
    assert_create_fails("deep/er", CLT_E_DATA, "deep/er: exists and is not empty; choose another");
    assert_false(clt_file_exists("deep/er/lock"));
    assert_true(clt_file_exists("deep/er/checkpoint/last")); /* of the run that is there */

    assert_int_equal(mkdir("empty", 0777), 0);
    clt_run_directory_close(create("empty"));
    assert_true(clt_file_exists("empty/checkpoint/best"));
}

/* Folders, a lock that is not in force, a config that was being written. */
static void what_a_run_killed_as_it_began_left_is_no_obstacle(void **state)
{
    const struct fixture *f = *state;
    clt_run_directory_close(create("run"));
    assert_int_equal(chdir("run"), 0);
    clt_scratch_write(".", "lock", "process 1 on gone\n", 18);
    clt_scratch_write(".", "config.cfg.tmp.1", "name =", 6);
    assert_int_equal(chdir(f->folder), 0);
    assert_open_fails("run", CLT_E_DATA, "start anew a run that was killed as it began");
    clt_run_directory_close(create("run"));
    assert_false(clt_file_exists("run/config.cfg.tmp.1"));
}

static void one_that_cannot_begin_is_taken_back(void **state)
{
    const struct fixture *f = *state;
    struct clt_run_directory *directory = create("run");
    assert_int_equal(clt_file_replace("run/config.cfg", "", 0), CLT_OK); /* it may not last */
    assert_int_equal(clt_fail(CLT_E_OUTPUT, "no room"), CLT_E_OUTPUT);
    clt_run_directory_discard(directory);
    assert_string_equal(clt_error_message(), "no room");
    assert_int_equal(clt_scratch_count(f->folder), 0);
    assert_int_equal(mkdir("mine", 0777), 0);
    clt_run_directory_discard(create("mine"));
    assert_int_equal(clt_scratch_count("mine"), 0);
    clt_run_directory_discard(NULL);
}

static void obstacles(void **state)
{
    const struct fixture *f = *state;
    clt_scratch_write(f->folder, "runs", "x", 1);
    assert_create_fails(NULL, CLT_E_OUTPUT, "runs: cannot create this folder: File exists");
    assert_create_fails("runs", CLT_E_OUTPUT, "a file of that name is in the way");
    assert_create_fails("runs/below", CLT_E_OUTPUT, "a file of that name is in the way");
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void unwritable_parent(void **state)
{
    (void)state;
    if (geteuid() == 0) skip(); /* root may write anywhere */
    assert_int_equal(mkdir("closed", 0555), 0);
    assert_create_fails("closed/run", CLT_E_OUTPUT, "closed/run: cannot create this folder");
    assert_create_fails("closed", CLT_E_OUTPUT, "closed/lock: cannot create it");
}

static void opens_a_run_only(void **state)
{
    const struct fixture *f = *state;
    assert_open_fails("nowhere", CLT_E_DATA, "nowhere: is no run directory: it has no config.cfg");
    assert_open_fails(".", CLT_E_DATA, "is no run directory");
    assert_int_equal(clt_scratch_count(f->folder), 0);
    clt_scratch_write(f->folder, "config.cfg", "", 0);
    clt_scratch_write(f->folder, "lock", "process 1 on gone\n", 18); /* of a killed run */
    struct clt_run_directory *directory;
    assert_int_equal(clt_run_directory_open(&directory, "."), CLT_OK);
    assert_string_equal(clt_run_directory_path(directory), ".");
    clt_run_directory_close(directory);
    assert_int_equal(clt_scratch_count(f->folder), 1);
}

static void second_one_is_refused(void **state)
{
    const struct fixture *f = *state;
    char host[256] = "", wanted[512];
    gethostname(host, sizeof host - 1);
    snprintf(wanted, sizeof wanted, "run: is in use by process %ld on %s; ", (long)getpid(), host);
    struct clt_run_directory *directory = create("run");
    assert_int_equal(chdir("run"), 0);
    assert_int_equal(clt_file_replace("config.cfg", "", 0), CLT_OK);
    assert_int_equal(chdir(f->folder), 0);
    assert_open_fails("run", CLT_E_DATA, wanted);
    assert_create_fails("run", CLT_E_DATA, wanted);
    assert_true(clt_file_exists("run/lock"));
    clt_run_directory_close(directory);
    assert_int_equal(clt_run_directory_open(&directory, "run"), CLT_OK);
    clt_run_directory_close(directory);
}

/* A child that holds FOLDER until it is killed. */
static pid_t start_holder(const char *folder)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct clt_run_directory *directory;
        const bool held = clt_run_directory_open(&directory, folder) == CLT_OK;
        if (held && write(ready[1], "", 1) == 1)
            for (;;) pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void lock_ends_with_its_process(void **state)
{
    const struct fixture *f = *state;
    char wanted[64];
    clt_scratch_write(f->folder, "config.cfg", "", 0);
    const pid_t child = start_holder(".");
    snprintf(wanted, sizeof wanted, "is in use by process %ld on ", (long)child);
    assert_open_fails(".", CLT_E_DATA, wanted);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(clt_file_exists("lock"));
    struct clt_run_directory *directory;
    assert_int_equal(clt_run_directory_open(&directory, "."), CLT_OK);
    clt_run_directory_close(directory);
}

static void many_at_once_get_folders_of_their_own(void **state)
{
    (void)state;
    enum { PROCESSES = 12 };
    pid_t children[PROCESSES];
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct clt_run_directory *directory;
            const enum clt_status st = clt_run_directory_create(&directory, NULL, "net");
            clt_run_directory_close(directory);
            _exit(st == CLT_OK ? 0 : 1);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(clt_scratch_count("runs"), PROCESSES);
}

/* Of those that want the same empty folder, exactly one gets it, however they overlap. */
static void many_at_once_for_one_folder(void **state)
{
    (void)state;
    enum { PROCESSES = 12 };
    pid_t children[PROCESSES];
    size_t winners = 0;
    assert_int_equal(mkdir("run", 0777), 0);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct clt_run_directory *directory;
            const enum clt_status st = clt_run_directory_create(&directory, "run", "net");
            if (st == CLT_OK) clt_file_replace("run/config.cfg", "", 0);
            clt_run_directory_close(directory);
            _exit(st == CLT_OK ? 0 : st == CLT_E_DATA ? 1 : 2);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        winners += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(winners, 1);
    assert_int_equal(clt_scratch_count("run"), 2); /* checkpoint and config.cfg */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_the_first_free_name, setup, teardown),
        cmocka_unit_test_setup_teardown(makes_the_folder_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_run_killed_as_it_began_left_is_no_obstacle, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_that_cannot_begin_is_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(obstacles, setup, teardown),
        cmocka_unit_test_setup_teardown(unwritable_parent, setup, teardown),
        cmocka_unit_test_setup_teardown(opens_a_run_only, setup, teardown),
        cmocka_unit_test_setup_teardown(second_one_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(lock_ends_with_its_process, setup, teardown),
        cmocka_unit_test_setup_teardown(many_at_once_get_folders_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(many_at_once_for_one_folder, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
