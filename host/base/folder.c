/* folder.c - making, listing, cleaning and removing folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static enum clt_status no_memory(const char *path)
{
    return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
}

/* ---- making ---- */

bool clt_folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* What counts is that the folder is there: mkdir names many reasons for one that exists. */
static enum clt_status create_one(const char *path)
{
    if (mkdir(path, 0777) == 0) return clt_file_sync_name(path);
    const int error = errno;
    if (clt_folder_exists(path)) return CLT_OK;
    errno = error;
    return clt_file_cannot_write(path, "cannot create this folder");
}

enum clt_status clt_folder_create(const char *path)
{
    enum clt_status st = CLT_OK;
    char *part = strdup(path);
    if (!part) return no_memory(path);
    for (char *end = part; *end; end++) {
        if (end[1] != '/' && end[1] != '\0') continue;
        const char after = end[1];
        end[1] = '\0';
        TRY(create_one(part));
        end[1] = after;
    }
done:
    free(part);
    return st;
}

/* ---- listing ---- */

void clt_listing_free(struct clt_listing *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->name[i]);
    free(names->name);
    *names = (struct clt_listing){0};
}

static enum clt_status add_name(struct clt_listing *names, const char *path, const char *name)
{
    char **grown = realloc(names->name, (names->count + 1) * sizeof *grown);
    if (!grown) return no_memory(path);
    names->name = grown;
    grown[names->count] = strdup(name);
    return grown[names->count++] ? CLT_OK : no_memory(path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The next entry but "." and ".."; NULL at the end, or with errno where it cannot be read. */
static const struct dirent *next_entry(DIR *stream)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry;
}

enum clt_status clt_folder_list(struct clt_listing *out, const char *path)
{
    enum clt_status st = CLT_OK;
    const struct dirent *entry;
    *out = (struct clt_listing){0};
    DIR *stream = opendir(path);
    if (!stream) return clt_file_cannot_read(path, "cannot look into this folder");
    while ((entry = next_entry(stream))) TRY(add_name(out, path, entry->d_name));
    if (errno) TRY(clt_file_cannot_read(path, "cannot look into this folder"));
    if (out->count) qsort(out->name, out->count, sizeof *out->name, by_name);
done:
    closedir(stream);
    if (st != CLT_OK) clt_listing_free(out);
    return st;
}

/* ---- walking ---- */

/* `act` on each name in the folder `path`, joined to it. */
static enum clt_status for_each(const char *path, enum clt_status (*act)(const char *))
{
    enum clt_status st = CLT_OK;
    struct clt_listing names;
    char *inner = NULL;
    TRY(clt_folder_list(&names, path));
    for (size_t i = 0; i < names.count && st == CLT_OK; i++) {
        inner = clt_path_join(path, names.name[i]);
        st = inner ? act(inner) : no_memory(path);
        free(inner);
    }
    clt_listing_free(&names);
done:
    return st;
}

static bool is_folder_itself(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum clt_status clt_folder_remove(const char *path)
{
    enum clt_status st = CLT_OK;
    struct stat info;
    if (lstat(path, &info) < 0 && errno == ENOENT) return CLT_OK;
    if (is_folder_itself(path)) TRY(for_each(path, clt_folder_remove));
    if (remove(path) < 0) st = clt_file_cannot_write(path, "cannot remove it");
done:
    return st;
}

enum clt_status clt_folder_holds_files(bool *holds, const char *path, const char *but)
{
    enum clt_status st = CLT_OK;
    struct clt_listing names;
    *holds = false;
    TRY(clt_folder_list(&names, path));
    for (size_t i = 0; i < names.count && st == CLT_OK && !*holds; i++) {
        char *inner = clt_path_join(path, names.name[i]);
        if (!inner)
            st = no_memory(path);
        else if (is_folder_itself(inner))
            st = clt_folder_holds_files(holds, inner, but);
        else
            *holds = strcmp(names.name[i], but) != 0 && !clt_file_is_temporary(inner);
        free(inner);
    }
    clt_listing_free(&names);
done:
    return st;
}

bool clt_file_is_temporary(const char *path)
{
    const char *name = strrchr(path, '/'), *at = NULL;
    for (const char *next = name ? name : path; (next = strstr(next, ".tmp.")); next++) at = next;
    return at && at[5] && at[5 + strspn(at + 5, "0123456789")] == '\0';
}

/* Removes a temporary file, or those in a folder. Whoever writes one holds its lock. */
static enum clt_status remove_temporary(const char *path)
{
    if (is_folder_itself(path)) return clt_folder_remove_temporaries(path);
    if (!clt_file_is_temporary(path)) return CLT_OK;
    const int descriptor = clt_descriptor_open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (descriptor < 0) return CLT_OK;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(path);
    close(descriptor);
    return CLT_OK;
}

enum clt_status clt_folder_remove_temporaries(const char *path)
{
    return for_each(path, remove_temporary);
}
