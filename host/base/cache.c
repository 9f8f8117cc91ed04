#include "cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

#define VERSION    1                   /* of the form of these files */
#define MOST_BYTES ((size_t)256 << 20) /* of an entry; a compiled program takes some MiB */

/* Fowler, Noll, Vo: FNV-1a. Only a file's name: the key in the file decides. */
static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++) value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return value;
}

/* A relative $XDG_CACHE_HOME is to be ignored, says the XDG Base Directory Specification. */
static char *kind_folder(const char *kind)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    struct clt_text text = {0};
    if (cache && *cache == '/')
        clt_text_add(&text, "%s", cache);
    else if (home && *home)
        clt_text_add(&text, "%s/.cache", home);
    else
        return NULL;
    clt_text_add(&text, "/cltrain/%s", kind);
    return clt_text_take(&text);
}

char *clt_cache_path(const char *kind, const char *key)
{
    struct clt_text text = {0};
    char *folder = kind_folder(kind);
    if (!folder) return NULL;
    clt_text_add(&text, "%s/%016" PRIx64, folder, hash(key));
    free(folder);
    return clt_text_take(&text);
}

/* The first line, which holds for no other `body` (KEY\nPAYLOAD), kind or size of the key. */
static char *first_line(const char *kind, size_t key_size, const void *body, size_t size)
{
    struct clt_text text = {0};
    clt_text_add(&text, "cltrain %s, version %d, crc32 %08" PRIx32 ", key %zu of %zu bytes\n", kind,
                 VERSION, clt_crc32(0, body, size), key_size, size);
    return clt_text_take(&text);
}

/* Where in the file its payload starts; 0: it is no entry for `key`. */
static size_t find_payload(const uint8_t *bytes, size_t size, const char *kind, const char *key)
{
    const uint8_t *end = memchr(bytes, '\n', size);
    const size_t key_size = strlen(key);
    if (!end) return 0;
    const uint8_t *body = end + 1;
    const size_t head = (size_t)(body - bytes), rest = size - head;
    if (rest <= key_size || memcmp(body, key, key_size) != 0 || body[key_size] != '\n') return 0;
    char *wanted = first_line(kind, key_size, body, rest);
    const bool same = wanted && strlen(wanted) == head && memcmp(wanted, bytes, head) == 0;
    free(wanted);
    return same ? head + key_size + 1 : 0;
}

bool clt_cache_read(uint8_t **payload, size_t *size, const char *kind, const char *key)
{
    uint8_t *bytes = NULL;
    size_t file_size, start = 0;
    char *path = clt_cache_path(kind, key);
    *payload = NULL;
    *size = 0;
    if (path && clt_file_read_own(&bytes, &file_size, path, MOST_BYTES) == CLT_OK)
        start = find_payload(bytes, file_size, kind, key);
    if (start) {
        utimensat(AT_FDCWD, path, NULL, 0);
        *size = file_size - start;
        memmove(bytes, bytes + start, *size + 1);
        *payload = bytes;
        bytes = NULL;
    }
    free(bytes);
    free(path);
    return start != 0;
}

static enum clt_status write_entry(const char *path, const char *kind, const char *key,
                                   const struct clt_text *body)
{
    enum clt_status st = CLT_OK;
    struct clt_file *file = NULL;
    char *folder = clt_path_folder(path), *line = NULL;
    if (body->failed || !folder ||
        !(line = first_line(kind, strlen(key), body->bytes, body->length)))
        TRY(clt_fail(CLT_E_NOMEM, "%s: out of memory", path));
    TRY(clt_folder_create(folder));
    clt_folder_remove_temporaries(folder);
    TRY(clt_file_create_private(&file, path));
    TRY(clt_file_write(file, line, strlen(line)));
    TRY(clt_file_write(file, body->bytes, body->length));
    st = clt_file_commit(file);
    file = NULL; /* commit frees it either way */
done:
    clt_file_abandon(file);
    free(line);
    free(folder);
    return st;
}

enum clt_status clt_cache_write(const char *kind, const char *key, const void *payload, size_t size)
{
    char *path = clt_cache_path(kind, key);
    if (!path)
        return clt_fail(CLT_E_OUTPUT, "no folder for %s: neither XDG_CACHE_HOME nor HOME is set",
                        kind);
    struct clt_text body = {0};
    clt_text_add(&body, "%s\n", key);
    clt_text_add_bytes(&body, payload, size);
    const enum clt_status st = write_entry(path, kind, key, &body);
    clt_text_free(&body);
    free(path);
    return st;
}

/* ---- the limit ---- */

struct found {
    char *name;
    struct timespec used;
    uint64_t size;
};

static int by_use(const void *left, const void *right)
{
    const struct timespec *a = &((const struct found *)left)->used;
    const struct timespec *b = &((const struct found *)right)->used;
    if (a->tv_sec != b->tv_sec) return a->tv_sec < b->tv_sec ? -1 : 1;
    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

/* *files: the regular files of the folder, as many as memory lasts for. */
static size_t list_files(struct found **files, DIR *folder)
{
    const struct dirent *entry;
    struct stat info;
    size_t count = 0;
    *files = NULL;
    while ((entry = readdir(folder))) {
        if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(info.st_mode))
            continue;
        struct found *grown = realloc(*files, (count + 1) * sizeof *grown);
        if (!grown) break;
        *files = grown;
        grown[count] = (struct found){strdup(entry->d_name), info.st_mtim, (uint64_t)info.st_size};
        if (!grown[count].name) break;
        count++;
    }
    return count;
}

void clt_cache_limit(const char *kind, uint64_t bytes)
{
    char *path = kind_folder(kind);
    DIR *folder = path ? opendir(path) : NULL;
    struct found *files = NULL;
    uint64_t total = 0;
    free(path);
    if (!folder) return;
    const size_t count = list_files(&files, folder);
    for (size_t i = 0; i < count; i++) total += files[i].size;
    if (total > bytes) qsort(files, count, sizeof *files, by_use);
    for (size_t i = 0; i < count; i++) {
        if (total > bytes) {
            unlinkat(dirfd(folder), files[i].name, 0);
            total -= files[i].size;
        }
        free(files[i].name);
    }
    free(files);
    closedir(folder);
}
