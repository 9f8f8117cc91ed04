/* A folder has one owner at a time, on file systems with locks and on those without: flock() is
 * wrapped, and fails as `no_locks` says. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "lock.h"
#include "scratch.h"

static int no_locks; /* errno of flock(); 0: it works */

int __real_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation); /* the linker's names */

int __wrap_flock(int descriptor, int operation)
{
    if (no_locks == 0) return __real_flock(descriptor, operation);
    errno = no_locks;
    return -1;
}

enum { RECORD_SIZE = 1024 };

struct fixture {
    char *folder, *lock;
};

static int setup(void **state)
{
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    f->folder = clt_scratch_create();
    f->lock = clt_path_join(f->folder, "lock");
    *state = f;
    no_locks = 0;
    return 0;
}

static int setup_without_locks(void **state)
{
    setup(state);
    no_locks = ENOLCK;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    clt_scratch_remove(f->folder);
    free(f->lock);
    free(f);
    return 0;
}

static struct clt_lock *take(const struct fixture *f)
{
    struct clt_lock *lock;
    if (clt_lock_take(&lock, f->folder) != CLT_OK) fail_msg("%s", clt_error_message());
    return lock;
}

static void is_free(const struct fixture *f)
{
    clt_lock_release(take(f));
    assert_int_equal(clt_scratch_count(f->folder), 0);
}

static void is_refused(const struct fixture *f, enum clt_status wanted, const char *what)
{
    struct clt_lock *lock;
    assert_int_equal(clt_lock_take(&lock, f->folder), wanted);
    assert_null(lock);
    if (!strstr(clt_error_message(), what))
        fail_msg("wanted '%s', got: %s", what, clt_error_message());
}

/* What the file says while this process holds it. */
static void read_own_record(const struct fixture *f, char record[RECORD_SIZE])
{
    uint8_t *text;
    size_t size;
    struct clt_lock *lock = take(f);
    assert_int_equal(clt_file_read(&text, &size, f->lock), CLT_OK);
    clt_lock_release(lock);
    assert_true(size < RECORD_SIZE);
    memcpy(record, text, size + 1);
    free(text);
}

static void leave(const struct fixture *f, const char *record)
{
    clt_scratch_write(f->folder, "lock", record, strlen(record));
}

/* A child that holds the folder until it is killed. */
static pid_t start_holder(const struct fixture *f)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct clt_lock *lock;
        if (clt_lock_take(&lock, f->folder) == CLT_OK && write(ready[1], "", 1) == 1)
            for (;;) pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

/* ---- in both forms ---- */

static void the_second_is_refused_and_told_who_holds_it(void **state)
{
    const struct fixture *f = *state;
    char host[256] = "", wanted[512];
    gethostname(host, sizeof host - 1);
    struct clt_lock *lock = take(f);
    snprintf(wanted, sizeof wanted, ": is in use by process %ld on %s; ", (long)getpid(), host);
    is_refused(f, CLT_E_DATA, wanted);
    is_refused(f, CLT_E_DATA, wanted);
    clt_lock_release(lock);
    is_free(f);
    clt_lock_release(NULL);
}

static void a_killed_process_leaves_no_lock_in_force(void **state)
{
    const struct fixture *f = *state;
    char wanted[64];
    const pid_t child = start_holder(f);
    snprintf(wanted, sizeof wanted, "is in use by process %ld on ", (long)child);
    is_refused(f, CLT_E_DATA, wanted);
    assert_int_equal(kill(child, SIGKILL), 0);
    siginfo_t info; /* it has ended, but nobody has asked how yet */
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_true(clt_file_exists(f->lock));
    is_free(f);
    waitpid(child, NULL, 0);
}

/* One of many: waits for the others, tells what it got, and holds it until all have told. It ends
 * as one that is killed. */
static void contend(const struct fixture *f, int go, int told, int end)
{
    char byte;
    struct clt_lock *lock;
    if (read(go, &byte, 1) != 0) _exit(1);
    const char verdict = (char)clt_lock_take(&lock, f->folder);
    if (write(told, &verdict, 1) != 1 || read(end, &byte, 1) != 0) _exit(1);
    _exit(0);
}

static void one_of_many_gets_it(const struct fixture *f)
{
    enum { PROCESSES = 12 };
    int go[2], told[2], end[2], winners = 0;
    assert_true(pipe(go) == 0 && pipe(told) == 0 && pipe(end) == 0);
    for (size_t i = 0; i < PROCESSES; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child != 0) continue;
        close(go[1]);
        close(end[1]);
        contend(f, go[0], told[1], end[0]);
    }
    close(go[1]); /* all are there */
    for (size_t i = 0; i < PROCESSES; i++) {
        char verdict;
        assert_int_equal(read(told[0], &verdict, 1), 1);
        assert_true(verdict == CLT_OK || verdict == CLT_E_DATA);
        winners += verdict == CLT_OK;
    }
    close(end[1]);
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < 2; i++) close(told[i]);
    close(go[0]);
    close(end[0]);
    assert_int_equal(winners, 1);
}

/* In every round but the first the file of one that has ended is there. */
static void of_many_at_once_one_gets_it(void **state)
{
    const struct fixture *f = *state;
    for (int round = 0; round < 20; round++) one_of_many_gets_it(f);
    assert_true(clt_file_exists(f->lock));
    is_free(f);
}

static void what_is_no_file_is_left_alone(void **state)
{
    const struct fixture *f = *state;
    char *target = clt_path_join(f->folder, "precious");
    clt_scratch_write(f->folder, "precious", "text", 4);
    assert_int_equal(symlink(target, f->lock), 0);
    is_refused(f, CLT_E_OUTPUT, "/lock: cannot open it: ");
    uint8_t *text;
    size_t size;
    assert_int_equal(clt_file_read(&text, &size, target), CLT_OK);
    assert_string_equal((char *)text, "text");
    free(text);
    free(target);
    assert_int_equal(unlink(f->lock), 0);
    assert_int_equal(mkdir(f->lock, 0777), 0);
    is_refused(f, CLT_E_OUTPUT, "/lock: cannot open it: ");
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    const struct fixture *f = *state;
    struct clt_lock *lock;
    char *nowhere = clt_path_join(f->folder, "nowhere");
    assert_int_equal(clt_lock_take(&lock, nowhere), CLT_E_OUTPUT);
    assert_non_null(strstr(clt_error_message(), "nowhere/lock: cannot create it: No such file"));
    free(nowhere);
}

/* Somebody has removed the file, and another process holds the folder by a new one. */
static void another_holders_file_stays(void **state)
{
    const struct fixture *f = *state;
    struct clt_lock *lock = take(f);
    assert_int_equal(unlink(f->lock), 0);
    struct clt_lock *other = take(f);
    clt_lock_release(lock);
    assert_true(clt_file_exists(f->lock));
    clt_lock_release(other);
}

/* ---- without locks ---- */

static void every_answer_that_means_no_locks_is_known(void **state)
{
    const struct fixture *f = *state;
    for (const int *code = (const int[]){ENOLCK, ENOSYS, EOPNOTSUPP, 0}; *code; code++) {
        no_locks = *code;
        struct clt_lock *lock = take(f);
        is_refused(f, CLT_E_DATA, "this file system has no locks, so if no such process runs");
        clt_lock_release(lock);
        is_free(f);
    }
    no_locks = EIO;
    is_refused(f, CLT_E_OUTPUT, "/lock: cannot lock it: ");
}

/* The record of this process with `from` replaced by `to`. */
static void leave_changed(const struct fixture *f, const char *record, const char *from,
                          const char *to)
{
    char changed[2 * RECORD_SIZE];
    const char *place = strstr(record, from);
    assert_non_null(place);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - record), record, to,
             place + strlen(from));
    leave(f, changed);
}

/* This process has the number, but it started at another time. */
static void a_number_given_away_again_is_no_holder(void **state)
{
    const struct fixture *f = *state;
    char record[RECORD_SIZE];
    read_own_record(f, record);
    leave_changed(f, record, "started ", "started 1");
    is_free(f);
    leave(f, record);
    is_refused(f, CLT_E_DATA, "is in use by process ");
}

static void of_processes_elsewhere_nobody_can_tell(void **state)
{
    const struct fixture *f = *state;
    const char *const changes[][2] = {
        {" on ", " on not-"}, {", boot ", ", boot 0"}, {"namespace ", "namespace x"}};
    char record[RECORD_SIZE];
    read_own_record(f, record);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char changed[2 * RECORD_SIZE];
        leave_changed(f, record, changes[i][0], changes[i][1]);
        snprintf(changed, sizeof changed, "any more, remove %s", f->lock);
        is_refused(f, CLT_E_DATA, changed);
        assert_true(clt_file_exists(f->lock));
    }
    leave_changed(f, record, " on ", " on not-");
    is_refused(f, CLT_E_DATA, " on not-");
}

/* Cut short, of a lock by flock(), or of nobody: it is in force until somebody removes it. */
static void a_record_that_says_too_little_is_in_force(void **state)
{
    const struct fixture *f = *state;
    char record[RECORD_SIZE];
    read_own_record(f, record);
    const size_t size = strlen(record);
    for (size_t kept = 0; kept + 2 < size; kept++) {
        clt_scratch_write(f->folder, "lock", record, kept);
        is_refused(f, CLT_E_DATA, "any more, remove ");
    }
    clt_scratch_write(f->folder, "lock", record, 0);
    is_refused(f, CLT_E_DATA, "in use by another run; ");
    leave(f, "process -1 on nowhere\n");
    is_refused(f, CLT_E_DATA, "process -1 on nowhere; ");
}

/* Killed in the moment of the takeover. */
static void a_takeover_cut_short_is_named(void **state)
{
    const struct fixture *f = *state;
    char record[RECORD_SIZE];
    read_own_record(f, record);
    leave_changed(f, record, "started ", "started 1");
    clt_scratch_write(f->folder, "lock.takeover", "", 0);
    is_refused(f, CLT_E_DATA, "/lock.takeover");
    assert_true(clt_file_exists(f->lock));
}

/* Two mounts of one folder, with locks and without. */
static void both_forms_respect_each_other(void **state)
{
    const struct fixture *f = *state;
    struct clt_lock *lock = take(f);
    no_locks = 0;
    is_refused(f, CLT_E_DATA, "is in use by process ");
    clt_lock_release(lock);
    lock = take(f);
    no_locks = ENOLCK;
    is_refused(f, CLT_E_DATA, "is in use by process ");
    clt_lock_release(lock);
    const pid_t child = start_holder(f);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    no_locks = 0;
    is_free(f);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define CASE2(test)                                                                                \
    {                                                                                              \
#test "_without_locks", test, setup_without_locks, teardown, NULL                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_second_is_refused_and_told_who_holds_it),
        CASE2(the_second_is_refused_and_told_who_holds_it),
        CASE(a_killed_process_leaves_no_lock_in_force),
        CASE2(a_killed_process_leaves_no_lock_in_force),
        CASE(of_many_at_once_one_gets_it),
        CASE2(of_many_at_once_one_gets_it),
        CASE(what_is_no_file_is_left_alone),
        CASE2(what_is_no_file_is_left_alone),
        CASE(a_folder_that_is_not_there_is_told),
        CASE2(a_folder_that_is_not_there_is_told),
        CASE(another_holders_file_stays),
        CASE2(another_holders_file_stays),
        CASE2(every_answer_that_means_no_locks_is_known),
        CASE2(a_number_given_away_again_is_no_holder),
        CASE2(of_processes_elsewhere_nobody_can_tell),
        CASE2(a_record_that_says_too_little_is_in_force),
        CASE2(a_takeover_cut_short_is_named),
        CASE2(both_forms_respect_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
