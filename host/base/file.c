#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "checked.h"
#include "text.h"

#define BUFFER_SIZE ((size_t)64 << 10)

struct clt_file {
    int descriptor;
    char *path, *temporary;
    size_t gathered;             /* bytes in `buffer` that are still to be written */
    uint8_t buffer[BUFFER_SIZE]; /* a checkpoint has many small tensors */
};

/* What to do about `error`, as the end of a message. */
static const char *advice(int error)
{
    switch (error) {
    case EACCES:
    case EPERM: return "check its permissions";
    case EEXIST: return "a file of that name is in the way";
    case EROFS: return "choose a folder that can be written";
    case EDQUOT:
    case ENOSPC: return "free some space there or choose another place";
    case EFBIG: return "raise the limit on the size of files (ulimit -f)";
    case EMFILE: return "raise the limit of open files (ulimit -n)";
    case EIO: return "check the disk that it is on, then try again";
    default: return "check the path";
    }
}

enum clt_status clt_file_cannot_write(const char *path, const char *what)
{
    const int error = errno;
    return clt_fail(CLT_E_OUTPUT, "%s: %s: %s; %s", path, what, strerror(error), advice(error));
}

enum clt_status clt_file_cannot_read(const char *path, const char *what)
{
    const int error = errno;
    return clt_fail(CLT_E_DATA, "%s: %s: %s; %s", path, what, strerror(error), advice(error));
}

/* ---- calls of the system that go on after a signal ---- */

int clt_descriptor_open(const char *path, int flags, mode_t mode)
{
    int descriptor;
    do {
        descriptor = open(path, flags | O_CLOEXEC, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int clt_descriptor_write(int descriptor, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        const ssize_t written = write(descriptor, next, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        next += written;
        size -= (size_t)written;
    }
    return 0;
}

int clt_descriptor_truncate(int descriptor, uint64_t length)
{
    int result;
    do {
        result = ftruncate(descriptor, (off_t)length);
    } while (result < 0 && errno == EINTR);
    return result;
}

int clt_descriptor_sync(int descriptor)
{
    int result;
    do {
        result = fsync(descriptor);
    } while (result < 0 && errno == EINTR);
    return result;
}

/* ---- writing a file as a whole ---- */

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
    const int descriptor = clt_descriptor_open(path, flags, mode);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
    if (unlink(path) < 0) return -1;
    return clt_descriptor_open(path, flags, mode);
}

/* Locked where there are locks: clt_folder_remove_temporaries() removes only those that are not,
 * and may do so before this one is. */
static int open_locked(const char *path, mode_t mode)
{
    struct stat info;
    for (;;) {
        const int descriptor = open_new(path, mode);
        int locked = -1;
        while (descriptor >= 0 && (locked = flock(descriptor, LOCK_EX)) < 0 && errno == EINTR) {
        }
        if (locked < 0 || fstat(descriptor, &info) < 0 || info.st_nlink > 0) return descriptor;
        close(descriptor);
    }
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
    file->descriptor = open_locked(file->temporary, mode);
    if (file->descriptor < 0) {
        st = clt_file_cannot_write(path, "cannot create it");
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

static enum clt_status write_out(struct clt_file *file, const void *bytes, size_t size)
{
    if (clt_descriptor_write(file->descriptor, bytes, size) == 0) return CLT_OK;
    return clt_file_cannot_write(file->path, "cannot write it");
}

static enum clt_status write_gathered(struct clt_file *file)
{
    const size_t size = file->gathered;
    file->gathered = 0;
    return write_out(file, file->buffer, size);
}

enum clt_status clt_file_write(struct clt_file *file, const void *bytes, size_t size)
{
    enum clt_status st = CLT_OK;
    if (size > BUFFER_SIZE - file->gathered) TRY(write_gathered(file));
    if (size > BUFFER_SIZE) return write_out(file, bytes, size);
    if (size) memcpy(file->buffer + file->gathered, bytes, size);
    file->gathered += size;
done:
    return st;
}

enum clt_status clt_file_sync(const char *path)
{
    enum clt_status st = CLT_OK;
    const int descriptor = clt_descriptor_open(path, O_RDONLY, 0);
    /* EINVAL: a file system that cannot sync folders, and so has nothing to offer here. */
    if (descriptor < 0 || (clt_descriptor_sync(descriptor) < 0 && errno != EINVAL))
        st = clt_file_cannot_write(path, "cannot make it last on the disk");
    if (descriptor >= 0) close(descriptor);
    return st;
}

enum clt_status clt_file_sync_name(const char *path)
{
    char *folder = clt_path_folder(path);
    if (!folder) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    const enum clt_status st = clt_file_sync(folder);
    free(folder);
    return st;
}

/* close() is not repeated after EINTR: by then the descriptor is gone, the bytes are
 * safe. */
static enum clt_status put_in_place(struct clt_file *file)
{
    enum clt_status st = CLT_OK;
    /* close() may tell errors, so it comes before rename(); the lock lasts until after it. */
    const int lock = fcntl(file->descriptor, F_DUPFD_CLOEXEC, 0);
    if (close(file->descriptor) < 0 && errno != EINTR)
        st = clt_file_cannot_write(file->path, "cannot close it");
    else if (rename(file->temporary, file->path) < 0)
        st = clt_file_cannot_write(file->path, "cannot put the new file in its place");
    if (st != CLT_OK) unlink(file->temporary);
    if (lock >= 0) close(lock);
    return st;
}

static enum clt_status commit(struct clt_file *file, bool synced)
{
    enum clt_status st = CLT_OK;
    TRY(write_gathered(file));
    if (synced && clt_descriptor_sync(file->descriptor) < 0)
        TRY(clt_file_cannot_write(file->path, "cannot write it to the disk"));
    st = put_in_place(file);
    if (st == CLT_OK && synced) st = clt_file_sync_name(file->path);
    file_free(file);
    return st;
done:
    clt_file_abandon(file);
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
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0) return true;
    return strcmp(path, "/dev/stdin") == 0;
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
    *descriptor = clt_descriptor_open(path, O_RDONLY | waiting | flags, 0);
    if (*descriptor < 0 || fstat(*descriptor, info) < 0)
        st = clt_file_cannot_read(path, "cannot open it");
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
        if (got < 0) return clt_file_cannot_read(path, "cannot read it");
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

enum clt_status clt_file_find(bool *exists, const char *path)
{
    *exists = access(path, F_OK) == 0;
    if (*exists || errno == ENOENT || errno == ENOTDIR) return CLT_OK;
    return clt_file_cannot_read(path, "cannot tell whether it is there");
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
