/* The table of a run's parts, and folders that are removed with all in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cltrain/status.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "parts.h"
#include "scratch.h"

static void a_table_reads_back(void **state)
{
    (void)state;
    static const size_t first[] = {0, 2, 5}, second[] = {1, 3, 4};
    char *folder = clt_scratch_create();
    struct clt_parts written = {0}, read;
    assert_int_equal(clt_parts_add(&written, first, 3), CLT_OK);
    assert_int_equal(clt_parts_add(&written, second, 3), CLT_OK);
    assert_int_equal(clt_parts_write(&written, folder), CLT_OK);
    assert_int_equal(clt_parts_read(&read, folder), CLT_OK);
    assert_int_equal(read.n_parts, 2);
    assert_int_equal(read.part[1].n_members, 3);
    assert_memory_equal(read.part[1].members, second, sizeof second);
    clt_parts_free(&read);
    clt_parts_free(&written);
    clt_scratch_remove(folder);
}

static void a_member_is_found_in_its_part(void **state)
{
    (void)state;
    static const size_t first[] = {0, 2}, second[] = {1, 3};
    char *folder = clt_scratch_create(), *found, wanted[512];
    struct clt_parts parts = {0};
    size_t member;
    assert_int_equal(clt_parts_locate(&found, &member, folder, 3), CLT_OK); /* undivided */
    assert_string_equal(found, folder);
    assert_int_equal(member, 3);
    free(found);
    clt_parts_add(&parts, first, 2);
    clt_parts_add(&parts, second, 2);
    assert_int_equal(clt_parts_write(&parts, folder), CLT_OK);
    assert_int_equal(clt_parts_locate(&found, &member, folder, 3), CLT_OK);
    snprintf(wanted, sizeof wanted, "%s/parts/02", folder);
    assert_string_equal(found, wanted);
    assert_int_equal(member, 1);
    free(found);
    clt_parts_free(&parts);
    clt_scratch_remove(folder);
}

static void a_damaged_table_is_refused(void **state)
{
    (void)state;
    static const char *const tables[] = {"",
                                         "{}",
                                         "[]",
                                         "[[]]",
                                         "[[1,1]]",
                                         "[[0], [-1]]",
                                         "[[1.5]]",
                                         "[[2, 1]]",
                                         "[[0, 1], [1, 2]]",
                                         "[[0], [2]]",
                                         "[[0, 99999999999]]"};
    char *folder = clt_scratch_create(), path[512];
    struct clt_parts parts;
    snprintf(path, sizeof path, "%s/parts", folder);
    assert_int_equal(clt_folder_create(path), CLT_OK);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        clt_scratch_write(folder, "parts/parts.json", tables[i], strlen(tables[i]));
        assert_int_equal(clt_parts_read(&parts, folder), CLT_E_DATA);
        assert_non_null(strstr(clt_error_message(), "parts/parts.json"));
        assert_int_equal(parts.n_parts, 0);
    }
    clt_scratch_remove(folder);
}

static void a_folder_goes_with_all_in_it_but_nothing_behind_links(void **state)
{
    (void)state;
    char *folder = clt_scratch_create(), inner[512], link[512], kept[512];
    snprintf(inner, sizeof inner, "%s/run/checkpoint/last", folder);
    snprintf(link, sizeof link, "%s/run/link", folder);
    snprintf(kept, sizeof kept, "%s/kept", folder);
    assert_int_equal(clt_folder_create(inner), CLT_OK);
    assert_int_equal(clt_folder_create(kept), CLT_OK);
    clt_scratch_write(folder, "run/checkpoint/last/file", "x", 1);
    clt_scratch_write(folder, "kept/file", "x", 1);
    assert_int_equal(symlink(kept, link), 0);
    snprintf(inner, sizeof inner, "%s/run", folder);
    assert_int_equal(clt_folder_remove(inner), CLT_OK);
    assert_false(clt_file_exists(inner));
    assert_int_equal(clt_scratch_count(kept), 1);
    assert_int_equal(clt_folder_remove(inner), CLT_OK); /* it need not exist */
    clt_scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_reads_back),
        cmocka_unit_test(a_member_is_found_in_its_part),
        cmocka_unit_test(a_damaged_table_is_refused),
        cmocka_unit_test(a_folder_goes_with_all_in_it_but_nothing_behind_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
