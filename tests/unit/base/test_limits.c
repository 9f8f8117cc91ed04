/* What a process may still take, from files as systems have them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "file.h"
#include "memory_limits.h"
#include "scratch.h"

#define MIB (UINT64_C(1) << 20)

static int setup(void **state)
{
    *state = clt_scratch_create();
    return 0;
}

static int teardown(void **state)
{
    clt_scratch_remove(*state);
    return 0;
}

static void put(const char *root, const char *path, const char *text)
{
    char *whole = clt_path_join(root, path), *folder = clt_path_folder(whole);
    assert_int_equal(clt_folder_create(folder), CLT_OK);
    assert_int_equal(clt_file_replace(whole, text, strlen(text)), CLT_OK);
    free(whole);
    free(folder);
}

static void expect_least(const char *root, const char *name, uint64_t left)
{
    struct clt_limits limits;
    clt_limits_read(&limits, root);
    const struct clt_limit *least = clt_limits_least(&limits);
    assert_non_null(least);
    assert_string_equal(least->name, name);
    assert_int_equal(least->left, left);
}

static void a_system_that_tells_nothing_has_no_limit(void **state)
{
    struct clt_limits limits;
    clt_limits_read(&limits, *state);
    assert_int_equal(limits.count, 0);
    assert_null(clt_limits_least(&limits));
}

static void what_the_system_has_available(void **state)
{
    put(*state, "proc/meminfo", "MemTotal: 4000 kB\nMemFree: 10 kB\nMemAvailable:    2048 kB\n");
    expect_least(*state, "the system's free memory", 2 * MIB);
}

static void a_group_of_version_2_and_those_above_it(void **state)
{
    put(*state, "proc/meminfo", "MemAvailable: 1048576 kB\n");
    put(*state, "proc/self/cgroup", "0::/batch/job_7\n");
    put(*state, "sys/fs/cgroup/batch/job_7/memory.max", "max\n");
    put(*state, "sys/fs/cgroup/batch/memory.max", "104857600\n");
    put(*state, "sys/fs/cgroup/batch/memory.current", "73400320\n");
    put(*state, "sys/fs/cgroup/batch/memory.stat", "anon 1\ninactive_file 31457280\nfile 2\n");
    expect_least(*state, "memory.max of the control group /batch", 60 * MIB);
    put(*state, "sys/fs/cgroup/batch/job_7/memory.max", "20971520\n");
    expect_least(*state, "memory.max of the control group /batch/job_7", 20 * MIB);
    put(*state, "sys/fs/cgroup/batch/job_7/memory.current", "30971520\n");
    expect_least(*state, "memory.max of the control group /batch/job_7", 0);
}

static void a_group_of_version_1_seen_from_inside_a_container(void **state)
{
    put(*state, "proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n");
    put(*state, "sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n");
    put(*state, "sys/fs/cgroup/memory/memory.usage_in_bytes", "41943040\n");
    put(*state, "sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 0\n");
    expect_least(*state, "memory.limit_in_bytes of the control group /", 60 * MIB);
    put(*state, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    struct clt_limits limits;
    clt_limits_read(&limits, *state);
    assert_int_equal(limits.count, 0);
}

static void groups_deeper_than_there_are_places(void **state)
{
    enum { LEVELS = 2 * CLT_LIMITS_MOST, LEAST = 1 };
    char group[LEVELS * sizeof "/g"] = "", path[sizeof group + 64];
    for (size_t level = 0; level < LEVELS; level++) {
        memcpy(group + 2 * level, "/g", sizeof "/g");
        snprintf(path, sizeof path, "sys/fs/cgroup%s/memory.max", group);
        put(*state, path, level == LEAST ? "1048576\n" : "104857600\n");
    }
    snprintf(path, sizeof path, "0::%s\n", group);
    put(*state, "proc/self/cgroup", path);
    expect_least(*state, "memory.max of the control group /g/g", MIB);
}

static void what_ulimit_says_less_what_the_process_has(void **state)
{
    const struct rlimit limit = {64 * MIB * 1024, RLIM_INFINITY};
    struct rlimit old;
    put(*state, "proc/self/status", "VmSize:\t 1048576 kB\nVmData:\t 2097152 kB\n");
    assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
    assert_int_equal(setrlimit(RLIMIT_DATA, &(struct rlimit){limit.rlim_cur, old.rlim_max}), 0);
    struct clt_limits limits;
    clt_limits_read(&limits, *state);
    assert_int_equal(limits.count, 1);
    assert_string_equal(limits.limit[0].name, "ulimit -d");
    /* What malloc() has in hand counts as well, which is little here. */
    assert_in_range(limits.limit[0].left, limit.rlim_cur - 2048 * MIB, limit.rlim_cur - 2000 * MIB);
    assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
}

static void what_is_too_much_is_said(void **state)
{
    (void)state;
    assert_int_equal(clt_limits_check("this", 1), CLT_OK);
    assert_int_equal(clt_limits_check("this", UINT64_MAX), CLT_E_NOMEM);
    assert_non_null(strstr(clt_error_message(), "this: needs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_system_that_tells_nothing_has_no_limit),
        TEST(what_the_system_has_available),
        TEST(a_group_of_version_2_and_those_above_it),
        TEST(a_group_of_version_1_seen_from_inside_a_container),
        TEST(groups_deeper_than_there_are_places),
        TEST(what_ulimit_says_less_what_the_process_has),
        TEST(what_is_too_much_is_said),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
