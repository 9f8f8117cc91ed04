#include "scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PATH_SIZE 4096

static void join(char path[PATH_SIZE], const char *folder, const char *name)
{
    assert_in_range(snprintf(path, PATH_SIZE, "%s/%s", folder, name), 1, PATH_SIZE - 1);
}

char *clt_scratch_create(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder = malloc(PATH_SIZE);
    assert_non_null(folder);
    join(folder, parent ? parent : "/tmp", "cltrain-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

/* The folder's next entry, without itself and its parent; NULL at the end. */
static const char *next_entry(DIR *stream)
{
    const struct dirent *entry;
    do {
        entry = readdir(stream);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

static void remove_tree(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    if (S_ISDIR(info.st_mode)) {
        DIR *stream = opendir(path);
        assert_non_null(stream);
        for (const char *name; (name = next_entry(stream));) {
            char inner[PATH_SIZE];
            join(inner, path, name);
            remove_tree(inner);
        }
        closedir(stream);
    }
    assert_int_equal(remove(path), 0);
}

void clt_scratch_remove(char *folder)
{
    remove_tree(folder);
    free(folder);
}

void clt_scratch_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[PATH_SIZE];
    join(path, folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

size_t clt_scratch_count(const char *folder)
{
    size_t count = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    while (next_entry(stream)) count++;
    closedir(stream);
    return count;
}
