#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "checked.h"
#include "text.h"

struct clt_file {
    int descriptor;
    char *path, *temporary;
};

/* What to do about `error`, as the end of a message. */
static const char *advice(int error)
{
    switch (error) {
    case EACCES:
    case EPERM: return "; check its permissions";
    case EEXIST: return "; a file of that name is in the way";
    case EROFS: return "; choose a folder that can be written";
    case EDQUOT:
    case ENOSPC: return "; free some space there or choose another place";
    case EMFILE: return "; raise the limit of open files (ulimit -n)";
    default: return "";
    }
}

static enum clt_status output_error(const char *what, const char *path, int error)
{
    return clt_fail(CLT_E_OUTPUT, "%s: %s: %s%s", path, what, strerror(error), advice(error));
}

static enum clt_status input_error(const char *what, const char *path, int error)
{
    return clt_fail(CLT_E_DATA, "%s: %s: %s%s", path, what, strerror(error), advice(error));
}

static int open_as(const char *path, int flags, mode_t mode)
{
    int descriptor;
    do {
        descriptor = open(path, flags | O_CLOEXEC, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

static int open_retrying(const char *path, int flags)
{
    return open_as(path, flags, 0666);
}

static int sync_retrying(int descriptor)
{
    int result;
    do {
        result = fsync(descriptor);
    } while (result < 0 && errno == EINTR);
    return result;
}

static void file_free(struct clt_file *file)
{
    if (!file) return;
    free(file->path);
    free(file->temporary);
    free(file);
}

/* A new file, in place of what a killed process of the same number left behind. In a folder that
 * others may write, the name may be a link of theirs: that is neither followed nor, in /tmp, ours
 * to remove. */
static int open_new(const char *path, mode_t mode)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const int descriptor = open_as(path, flags, mode);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
    if (unlink(path) < 0) return -1;
    return open_as(path, flags, mode);
}

static enum clt_status create(struct clt_file **out, const char *path, mode_t mode)
{
    enum clt_status st = CLT_OK;
    struct clt_text temporary = {0};
    *out = NULL;
    struct clt_file *file = calloc(1, sizeof *file);
    if (!file) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    clt_text_add(&temporary, "%s.tmp.%ld", path, (long)getpid());
    file->temporary = clt_text_take(&temporary);
    file->path = strdup(path);
    if (!file->temporary || !file->path) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
        goto done;
    }
    file->descriptor = open_new(file->temporary, mode);
    if (file->descriptor < 0) {
        st = output_error("cannot create it", path, errno);
        goto done;
    }
    *out = file;
    file = NULL;
done:
    file_free(file);
    return st;
}

enum clt_status clt_file_create(struct clt_file **out, const char *path)
{
    return create(out, path, 0666);
}

enum clt_status clt_file_create_private(struct clt_file **out, const char *path)
{
    return create(out, path, 0600);
}

enum clt_status clt_file_write(struct clt_file *file, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        const ssize_t written = write(file->descriptor, next, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return output_error("cannot write it", file->path, errno);
        next += written;
        size -= (size_t)written;
    }
    return CLT_OK;
}

enum clt_status clt_file_sync(const char *path)
{
    enum clt_status st = CLT_OK;
    const int descriptor = open_retrying(path, O_RDONLY);
    /* EINVAL: a file system that cannot sync folders, and so has nothing to offer here. */
    if (descriptor < 0 || (sync_retrying(descriptor) < 0 && errno != EINVAL))
        st = output_error("cannot make it last on the disk", path, errno);
    if (descriptor >= 0) close(descriptor);
    return st;
}

/* Makes a rename inside the folder of `path` last. */
static enum clt_status sync_folder(const char *path)
{
    char *folder = clt_path_folder(path);
    if (!folder) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    const enum clt_status st = clt_file_sync(folder);
    free(folder);
    return st;
}

static enum clt_status commit(struct clt_file *file, bool synced)
{
    enum clt_status st = CLT_OK;
    if (synced && sync_retrying(file->descriptor) < 0) {
        st = output_error("cannot write it to the disk", file->path, errno);
        clt_file_abandon(file);
        return st;
    }
    /* close() is not repeated after EINTR: by then the descriptor is gone, the bytes are safe. */
    if (close(file->descriptor) < 0 && errno != EINTR)
        st = output_error("cannot close it", file->path, errno);
    else if (rename(file->temporary, file->path) < 0)
        st = output_error("cannot put the new file in its place", file->path, errno);
    if (st != CLT_OK)
        unlink(file->temporary);
    else if (synced)
        st = sync_folder(file->path);
    file_free(file);
    return st;
}

enum clt_status clt_file_commit(struct clt_file *file)
{
    return commit(file, true);
}

enum clt_status clt_file_commit_unsynced(struct clt_file *file)
{
    return commit(file, false);
}

void clt_file_abandon(struct clt_file *file)
{
    if (!file) return;
    close(file->descriptor);
    unlink(file->temporary);
    file_free(file);
}

enum clt_status clt_file_replace(const char *path, const void *bytes, size_t size)
{
    enum clt_status st = CLT_OK;
    struct clt_file *file = NULL;
    TRY(clt_file_create(&file, path));
    TRY(clt_file_write(file, bytes, size));
    st = clt_file_commit(file);
    file = NULL; /* commit frees it either way */
done:
    clt_file_abandon(file);
    return st;
}

enum clt_status clt_file_replace_text(const char *folder, const char *name, const char *text)
{
    char *path = text ? clt_path_join(folder, name) : NULL;
    if (!path) return clt_fail(CLT_E_NOMEM, "%s/%s: out of memory", folder, name);
    const enum clt_status st = clt_file_replace(path, text, strlen(text));
    free(path);
    return st;
}

/* What a shell calls the pipe that it has opened for a program: `cltrain check <(generate)`. */
static bool is_given_pipe(const char *path)
{
    return strcmp(path, "/dev/stdin") == 0 || strncmp(path, "/dev/fd/", strlen("/dev/fd/")) == 0;
}

/* Folders pass: reading says what is wrong with them. */
static enum clt_status check_kind(const char *path, const struct stat *info)
{
    const mode_t mode = info->st_mode;
    if (S_ISREG(mode) || S_ISDIR(mode) || (S_ISFIFO(mode) && is_given_pipe(path))) return CLT_OK;
    return clt_fail(CLT_E_DATA, "%s: is %s; name a file", path,
                    S_ISFIFO(mode)   ? "a named pipe"
                    : S_ISSOCK(mode) ? "a socket"
                                     : "a device");
}

/* Never waits for somebody to write into a pipe. */
static enum clt_status open_to_read(int *descriptor, struct stat *info, const char *path, int flags)
{
    enum clt_status st = CLT_OK;
    const int waiting = is_given_pipe(path) ? 0 : O_NONBLOCK;
    *descriptor = open_retrying(path, O_RDONLY | waiting | flags);
    if (*descriptor < 0 || fstat(*descriptor, info) < 0)
        st = input_error("cannot open it", path, errno);
    else
        st = check_kind(path, info);
    if (st != CLT_OK && *descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    return st;
}

enum clt_status clt_file_open(int *descriptor, const char *path)
{
    struct stat info;
    return open_to_read(descriptor, &info, path, 0);
}

static enum clt_status too_large(const char *path, size_t most)
{
    return clt_fail(CLT_E_DATA,
                    "%s: has more than %zu bytes, the most that cltrain reads of such a file", path,
                    most);
}

/* To the end, without relying on a size: pipes and /proc have none. */
static enum clt_status read_all(struct clt_text *text, int descriptor, const char *path,
                                size_t most)
{
    char chunk[65536];
    for (;;) {
        const ssize_t got = read(descriptor, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return input_error("cannot read it", path, errno);
        if (got == 0) return CLT_OK;
        if ((size_t)got > most - text->length) return too_large(path, most);
        clt_text_add_bytes(text, chunk, (size_t)got);
        if (text->failed) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    }
}

static enum clt_status read_opened(uint8_t **bytes, size_t *size, int descriptor,
                                   const struct stat *info, const char *path, size_t most)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    if (S_ISREG(info->st_mode) && (uintmax_t)info->st_size > most) TRY(too_large(path, most));
    TRY(read_all(&text, descriptor, path, most));
    *size = text.length;
    *bytes = (uint8_t *)clt_text_take(&text);
    if (!*bytes) st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
done:
    clt_text_free(&text);
    return st;
}

enum clt_status clt_file_read_up_to(uint8_t **bytes, size_t *size, const char *path, size_t most)
{
    enum clt_status st = CLT_OK;
    struct stat info;
    int descriptor;
    *bytes = NULL;
    *size = 0;
    TRY(open_to_read(&descriptor, &info, path, 0));
    st = read_opened(bytes, size, descriptor, &info, path, most);
    close(descriptor);
done:
    return st;
}

enum clt_status clt_file_read(uint8_t **bytes, size_t *size, const char *path)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t memory;
    if (pages <= 0 || page <= 0 || !clt_multiply(&memory, (size_t)pages, (size_t)page))
        memory = SIZE_MAX;
    return clt_file_read_up_to(bytes, size, path, memory);
}

enum clt_status clt_file_read_own(uint8_t **bytes, size_t *size, const char *path, size_t most)
{
    enum clt_status st = CLT_OK;
    struct stat info;
    int descriptor;
    *bytes = NULL;
    *size = 0;
    TRY(open_to_read(&descriptor, &info, path, O_NOFOLLOW));
    if (info.st_uid != geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)))
        st = clt_fail(CLT_E_DATA, "%s: others may have written it", path);
    else
        st = read_opened(bytes, size, descriptor, &info, path, most);
    close(descriptor);
done:
    return st;
}

bool clt_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum clt_status clt_folder_create(const char *path)
{
    enum clt_status st = CLT_OK;
    char *part = strdup(path);
    if (!part) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    for (char *end = part; *end; end++) {
        if (end[1] != '/' && end[1] != '\0') continue;
        const char after = end[1];
        end[1] = '\0';
        /* What counts is that the folder is there: mkdir names many reasons for one that exists. */
        if (mkdir(part, 0777) < 0) {
            const int error = errno;
            if (!is_folder(part)) {
                st = output_error("cannot create this folder", part, error);
                goto done;
            }
        }
        end[1] = after;
    }
done:
    free(part);
    return st;
}

enum clt_status clt_folder_remove(const char *path)
{
    enum clt_status st = CLT_OK;
    const struct dirent *entry;
    char *inner = NULL;
    struct stat info;
    DIR *stream = NULL;
    if (lstat(path, &info) < 0 && errno == ENOENT) return CLT_OK;
    if (S_ISDIR(info.st_mode)) stream = opendir(path);
    while (stream && (entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        inner = clt_path_join(path, entry->d_name);
        if (!inner) TRY(clt_fail(CLT_E_NOMEM, "%s: out of memory", path));
        TRY(clt_folder_remove(inner));
        free(inner);
        inner = NULL;
    }
    if (remove(path) < 0) st = output_error("cannot remove", path, errno);
done:
    if (stream) closedir(stream);
    free(inner);
    return st;
}

char *clt_path_join(const char *folder, const char *name)
{
    struct clt_text path = {0};
    const size_t length = strlen(folder);
    if (name[0] == '/' || length == 0)
        clt_text_add(&path, "%s", name);
    else
        clt_text_add(&path, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
    return clt_text_take(&path);
}

char *clt_path_folder(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    if (length == 0) return strdup(".");
    while (length > 1 && path[length - 1] == '/') length--;
    return strndup(path, length);
}

uint32_t clt_crc32(uint32_t crc, const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(crc, bytes, size);
}
