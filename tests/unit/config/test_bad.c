/* Configs that must be refused: each file says on its first lines, behind "# fails: ", with what.
 */
#include "support.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

static const char mark[] = "# fails: ";

/* The lines behind the mark, for the caller to free. */
static char *expected_message(const char *path)
{
    struct clt_text message = {0};
    uint8_t *bytes;
    size_t size;
    assert_int_equal(clt_file_read(&bytes, &size, path), CLT_OK);
    for (const char *line = (const char *)bytes; strncmp(line, mark, sizeof mark - 1) == 0;) {
        line += sizeof mark - 1;
        const size_t length = strcspn(line, "\n");
        if (message.length > 0) clt_text_add(&message, "\n");
        clt_text_add_bytes(&message, line, length);
        line += length + 1;
    }
    free(bytes);
    return clt_text_take(&message);
}

static void assert_study_refused(const char *path, const char *message)
{
    struct clt_study_config *study = NULL;
    const enum clt_status status = clt_study_config_load(&study, path, NULL, 0);
    assert_null(study);
    assert_string_equal(clt_error_message(), message);
    assert_int_equal(status, CLT_E_CONFIG);
}

static void bad_configs_are_refused(void **state)
{
    (void)state;
    size_t tried = 0;
    assert_int_equal(chdir(CONFIGS "bad"), 0); /* messages name the file as it was given */
    assert_int_equal(unsetenv("CLTRAIN_UNSET"), 0);
    DIR *folder = opendir(".");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *ending = strrchr(entry->d_name, '.');
        if (!ending || strcmp(ending, ".cfg") != 0) continue;
        char *message = expected_message(entry->d_name);
        print_message("%s\n", entry->d_name);
        assert_string_not_equal(message, "");
        assert_study_refused(entry->d_name, message);
        if (strncmp(entry->d_name, "study", 5) != 0)
            assert_refused(entry->d_name, NULL, CLT_E_CONFIG, message);
        free(message);
        tried++;
    }
    closedir(folder);
    assert_true(tried > 40);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    assert_refused("nowhere.cfg", NULL, CLT_E_CONFIG,
                   "nowhere.cfg: cannot open it: No such file or directory; check the path");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_configs_are_refused),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
