/* file_faults.c - a library for LD_PRELOAD that stands between a program and the C library's calls
 * on files, and numbers from 1 those on paths in chosen folders. Other files (the OpenCL loader's,
 * the driver's) are left alone, and so is what stdio writes, which calls the system by itself.
 * Variables:
 *
 * - CLTRAIN_FAULT_FOLDERS=DIR[:DIR...]: absolute paths; calls on these and on what is below count.
 * - CLTRAIN_FAULT_LOG=FILE: a line for each call is appended, by tabs: number, function, path,
 * detail (bytes asked for, flags of open, the other path of a rename or link), result (a number, or
 * a name such as ENOSPC).
 * - CLTRAIN_FAULT=WHAT@N: what becomes of call N.
 *
 * WHAT is one of
 *
 * - NAME: it fails with that errno (a name of the table below) and does nothing, but for close,
 * which closes anyway.
 * - NAME with N+ for N: the same of every later call that takes up room on a disk.
 * - short: read and write calls take half of the bytes, one at least; others are as they are.
 * - kill-before: SIGKILL instead of the call.
 * - kill-after: SIGKILL once it has returned. */
#define _GNU_SOURCE
/* So that open() and open64() remain two functions. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 4096
#define VISIBLE     __attribute__((visibility("default")))

static const struct {
    const char *name;
    int value;
} errors[] = {{"EACCES", EACCES}, {"EDQUOT", EDQUOT}, {"EEXIST", EEXIST},
              {"EFBIG", EFBIG},   {"EINTR", EINTR},   {"EINVAL", EINVAL},
              {"EIO", EIO},       {"EMFILE", EMFILE}, {"ENOENT", ENOENT},
              {"ENOLCK", ENOLCK}, {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},
              {"EROFS", EROFS},   {"EXDEV", EXDEV},   {"ENOTEMPTY", ENOTEMPTY},
              {"EAGAIN", EAGAIN}};

enum fault { NONE, ERROR, SHORT, KILL_BEFORE, KILL_AFTER };

/* A preloaded library is called without an object of its own. */
static struct {
    pthread_once_t once;
    pthread_mutex_t mutex;
    const char *folders;
    int log;
    enum fault fault;
    int error;
    unsigned long at, count;
    bool lasts;
    char *paths[DESCRIPTORS]; /* of what is open; NULL where it does not count */
    DIR *streams[64];         /* of open folders, and their paths */
    char *stream_paths[64];
} self = {.once = PTHREAD_ONCE_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .log = -1};

/* One call that counts; number 0: it does not. */
struct call {
    const char *function;
    char *path; /* own */
    char detail[PATH_MAX + 32];
    unsigned long number;
    enum fault fault;
};

/* The function of that name in the C library. */
#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

static int error_of(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strlen(errors[i].name) == length && strncmp(errors[i].name, name, length) == 0)
            return errors[i].value;
    fprintf(stderr, "file_faults: unknown error in CLTRAIN_FAULT=%s\n", name);
    abort();
}

static void read_fault(const char *text)
{
    static const struct {
        const char *name;
        enum fault fault;
    } faults[] = {{"short@", SHORT}, {"kill-before@", KILL_BEFORE}, {"kill-after@", KILL_AFTER}};
    const char *at = strchr(text, '@');
    if (!at) abort();
    self.at = strtoul(at + 1, NULL, 10);
    self.lasts = text[strlen(text) - 1] == '+';
    self.fault = ERROR;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strncmp(text, faults[i].name, strlen(faults[i].name)) == 0)
            self.fault = faults[i].fault;
    if (self.fault == ERROR) self.error = error_of(text, (size_t)(at - text));
}

static void start(void)
{
    const char *log = getenv("CLTRAIN_FAULT_LOG"), *fault = getenv("CLTRAIN_FAULT");
    self.folders = getenv("CLTRAIN_FAULT_FOLDERS");
    if (log) self.log = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fault) read_fault(fault);
}

/* ---- which calls count ---- */

static bool is_inside(const char *path, const char *folder, size_t length)
{
    return length > 0 && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* A fresh absolute path; NULL where it lies in none of the folders. */
static char *counted_path(int folder, const char *path)
{
    char whole[2 * PATH_MAX];
    pthread_once(&self.once, start);
    if (!self.folders) return NULL;
    if (path[0] == '/')
        snprintf(whole, sizeof whole, "%s", path);
    else if (folder >= 0 && folder < DESCRIPTORS && self.paths[folder])
        snprintf(whole, sizeof whole, "%s/%s", self.paths[folder], path);
    else if (folder == AT_FDCWD && getcwd(whole, PATH_MAX))
        snprintf(whole + strlen(whole), PATH_MAX, "/%s", path);
    else
        return NULL;
    for (const char *next = self.folders; *next;) {
        const size_t length = strcspn(next, ":");
        if (is_inside(whole, next, length)) return strdup(whole);
        next += length + (next[length] == ':');
    }
    return NULL;
}

static char *descriptor_path(int descriptor)
{
    const char *path = descriptor >= 0 && descriptor < DESCRIPTORS ? self.paths[descriptor] : NULL;
    return path ? strdup(path) : NULL;
}

/* ---- before and after a call ---- */

static void write_line(const struct call *call, const char *result)
{
    char line[3 * PATH_MAX];
    const int length = snprintf(line, sizeof line, "%lu\t%s\t%s\t%s\t%s\n", call->number,
                                call->function, call->path, call->detail, result);
    if (self.log >= 0 && REAL(write)(self.log, line, (size_t)length) != length) abort();
}

static void write_error(const struct call *call, int error)
{
    char text[32];
    snprintf(text, sizeof text, "errno %d", error);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].value == error) snprintf(text, sizeof text, "%s", errors[i].name);
    write_line(call, text);
}

/* What an error that lasts meets after its first call. */
static bool takes_room(const struct call *call)
{
    static const char *const functions[] = {"write", "pwrite",  "writev", "mkdir",
                                            "link",  "symlink", "rename"};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(call->function, functions[i]) == 0) return true;
    return strcmp(call->function, "open") == 0 && strchr(call->detail, 'c');
}

static enum fault fault_of(const struct call *call)
{
    if (call->number == self.at) return self.fault;
    return self.lasts && call->number > self.at && takes_room(call) ? self.fault : NONE;
}

/* Whether the call shall be made; else errno is set. Takes `path`, which is NULL where the call
 * does not count. */
static bool begin(struct call *call, const char *function, char *path, const char *detail)
{
    *call = (struct call){.function = function, .path = path};
    if (!path) return true;
    if (detail) snprintf(call->detail, sizeof call->detail, "%s", detail);
    pthread_mutex_lock(&self.mutex);
    call->number = ++self.count;
    call->fault = fault_of(call);
    if (call->fault == KILL_BEFORE) {
        write_line(call, "killed before");
        kill(getpid(), SIGKILL);
    }
    if (call->fault != ERROR) return true;
    write_error(call, self.error);
    free(call->path);
    call->path = NULL;
    pthread_mutex_unlock(&self.mutex);
    errno = self.error;
    return false;
}

static void end(struct call *call, long result, bool failed)
{
    const int error = errno;
    char text[32];
    if (!call->path) return;
    snprintf(text, sizeof text, "%ld", result);
    if (failed)
        write_error(call, error);
    else
        write_line(call, call->fault == KILL_AFTER ? "killed after" : text);
    if (call->fault == KILL_AFTER) kill(getpid(), SIGKILL);
    free(call->path);
    pthread_mutex_unlock(&self.mutex);
    errno = error;
}

/* A function that returns -1 when it fails, within begin() and end(). */
#define CALL(type, name, path, detail, arguments)                                                  \
    do {                                                                                           \
        struct call call;                                                                          \
        type result = -1;                                                                          \
        if (begin(&call, #name, path, detail)) {                                                   \
            result = REAL(name) arguments;                                                         \
            end(&call, (long)result, result == -1);                                                \
        }                                                                                          \
        return result;                                                                             \
    } while (0)

/* ---- opening and closing ---- */

static const char *flags_text(int flags)
{
    if (flags & O_CREAT) return flags & O_TRUNC ? "create, truncate" : "create";
    return (flags & O_ACCMODE) == O_RDONLY ? "read" : "write";
}

static int open_as(const char *name, int folder, const char *path, int flags, mode_t mode)
{
    struct call call;
    int result = -1;
    if (begin(&call, name, counted_path(folder, path), flags_text(flags))) {
        result = REAL(openat)(folder, path, flags, mode);
        if (result >= 0 && result < DESCRIPTORS && call.path) {
            free(self.paths[result]);
            self.paths[result] = strdup(call.path);
        }
        end(&call, result, result < 0);
    }
    return result;
}

static mode_t mode_of(int flags, va_list list)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
    VISIBLE int name(const char *path, int flags, ...)                                             \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        const mode_t mode = mode_of(flags, list);                                                  \
        va_end(list);                                                                              \
        return open_as("open", AT_FDCWD, path, flags, mode);                                       \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
    VISIBLE int name(int folder, const char *path, int flags, ...)                                 \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        const mode_t mode = mode_of(flags, list);                                                  \
        va_end(list);                                                                              \
        return open_as("open", folder, path, flags, mode);                                         \
    }
OPENAT(openat)
OPENAT(openat64)

/* What _FORTIFY_SOURCE makes of open() without a mode. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
VISIBLE int __open_2(const char *path, int flags)
{
    return open_as("open", AT_FDCWD, path, flags, 0);
}
VISIBLE int __open64_2(const char *path, int flags)
{
    return open_as("open", AT_FDCWD, path, flags, 0);
}

VISIBLE int creat(const char *path, mode_t mode)
{
    return open_as("open", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

#define FOPEN(name)                                                                                \
    VISIBLE FILE *name(const char *path, const char *mode)                                         \
    {                                                                                              \
        struct call call;                                                                          \
        FILE *result = NULL;                                                                       \
        if (begin(&call, "fopen", counted_path(AT_FDCWD, path), mode)) {                           \
            result = REAL(name)(path, mode);                                                       \
            end(&call, 0, !result);                                                                \
        }                                                                                          \
        return result;                                                                             \
    }
FOPEN(fopen)
FOPEN(fopen64)

VISIBLE int close(int descriptor)
{
    struct call call;
    int result = -1;
    const bool made = begin(&call, "close", descriptor_path(descriptor), NULL);
    const int error = errno;
    result = REAL(close)(descriptor);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        free(self.paths[descriptor]);
        self.paths[descriptor] = NULL;
    }
    if (made) {
        end(&call, result, result < 0);
    } else {
        result = -1;
        errno = error;
    }
    return result;
}

/* ---- reading and writing ---- */

/* The bytes that the call shall ask for. */
static size_t size_of(const struct call *call, size_t size)
{
    return call->fault == SHORT && size > 1 ? size / 2 : size;
}

#define TRANSFER(symbol, name, constness, extra_parameter, extra_argument)                         \
    VISIBLE ssize_t symbol(int descriptor, constness void *bytes, size_t size extra_parameter)     \
    {                                                                                              \
        struct call call;                                                                          \
        char detail[32];                                                                           \
        ssize_t result = -1;                                                                       \
        snprintf(detail, sizeof detail, "%zu", size);                                              \
        if (begin(&call, #name, descriptor_path(descriptor), detail)) {                            \
            result = REAL(symbol)(descriptor, bytes, size_of(&call, size) extra_argument);         \
            end(&call, result, result < 0);                                                        \
        }                                                                                          \
        return result;                                                                             \
    }
#define NOTHING
#define COMMA ,
TRANSFER(read, read, , NOTHING, NOTHING)
TRANSFER(write, write, const, NOTHING, NOTHING)
TRANSFER(pread, pread, , COMMA off_t offset, COMMA offset)
TRANSFER(pread64, pread, , COMMA off64_t offset, COMMA offset)
TRANSFER(pwrite, pwrite, const, COMMA off_t offset, COMMA offset)
TRANSFER(pwrite64, pwrite, const, COMMA off64_t offset, COMMA offset)

/* What _FORTIFY_SOURCE makes of reads. */
ssize_t __read_chk(int descriptor, void *bytes, size_t size, size_t room);
ssize_t __pread_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room);
ssize_t __pread64_chk(int descriptor, void *bytes, size_t size, off64_t offset, size_t room);
VISIBLE ssize_t __read_chk(int descriptor, void *bytes, size_t size, size_t room)
{
    if (size > room) abort();
    return read(descriptor, bytes, size);
}
VISIBLE ssize_t __pread_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room)
{
    if (size > room) abort();
    return pread(descriptor, bytes, size, offset);
}
VISIBLE ssize_t __pread64_chk(int descriptor, void *bytes, size_t size, off64_t offset, size_t room)
{
    if (size > room) abort();
    return pread64(descriptor, bytes, size, offset);
}

VISIBLE ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    CALL(ssize_t, writev, descriptor_path(descriptor), NULL, (descriptor, parts, count));
}

VISIBLE int fsync(int descriptor)
{
    CALL(int, fsync, descriptor_path(descriptor), NULL, (descriptor));
}

VISIBLE int fdatasync(int descriptor)
{
    CALL(int, fdatasync, descriptor_path(descriptor), NULL, (descriptor));
}

VISIBLE int ftruncate(int descriptor, off_t length)
{
    CALL(int, ftruncate, descriptor_path(descriptor), NULL, (descriptor, length));
}

VISIBLE int ftruncate64(int descriptor, off64_t length)
{
    CALL(int, ftruncate64, descriptor_path(descriptor), NULL, (descriptor, length));
}

VISIBLE int flock(int descriptor, int operation)
{
    CALL(int, flock, descriptor_path(descriptor), NULL, (descriptor, operation));
}

#define MMAP(symbol, offset_type)                                                                  \
    VISIBLE void *symbol(void *address, size_t size, int protection, int flags, int descriptor,    \
                         offset_type offset)                                                       \
    {                                                                                              \
        struct call call;                                                                          \
        void *result = MAP_FAILED;                                                                 \
        if (flags & MAP_ANONYMOUS) /* taken by the allocator, which the rest here calls */         \
            return REAL(symbol)(address, size, protection, flags, descriptor, offset);             \
        if (begin(&call, "mmap", descriptor_path(descriptor), NULL)) {                             \
            result = REAL(symbol)(address, size, protection, flags, descriptor, offset);           \
            end(&call, 0, result == MAP_FAILED);                                                   \
        }                                                                                          \
        return result;                                                                             \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

/* ---- names ---- */

VISIBLE int access(const char *path, int mode)
{
    CALL(int, access, counted_path(AT_FDCWD, path), NULL, (path, mode));
}

VISIBLE int mkdir(const char *path, mode_t mode)
{
    CALL(int, mkdir, counted_path(AT_FDCWD, path), NULL, (path, mode));
}

VISIBLE int rmdir(const char *path)
{
    CALL(int, rmdir, counted_path(AT_FDCWD, path), NULL, (path));
}

VISIBLE int unlink(const char *path)
{
    CALL(int, unlink, counted_path(AT_FDCWD, path), NULL, (path));
}

VISIBLE int unlinkat(int folder, const char *path, int flags)
{
    CALL(int, unlinkat, counted_path(folder, path), NULL, (folder, path, flags));
}

VISIBLE int remove(const char *path)
{
    CALL(int, remove, counted_path(AT_FDCWD, path), NULL, (path));
}

VISIBLE int rename(const char *from, const char *to)
{
    CALL(int, rename, counted_path(AT_FDCWD, from), to, (from, to));
}

VISIBLE int link(const char *from, const char *to)
{
    CALL(int, link, counted_path(AT_FDCWD, from), to, (from, to));
}

VISIBLE int symlink(const char *target, const char *path)
{
    CALL(int, symlink, counted_path(AT_FDCWD, path), target, (target, path));
}

/* ---- reading folders ---- */

static int find_stream(const DIR *stream)
{
    for (int i = 0; i < (int)(sizeof self.streams / sizeof *self.streams); i++)
        if (self.streams[i] == stream) return i;
    return -1;
}

VISIBLE DIR *opendir(const char *path)
{
    struct call call;
    DIR *result = NULL;
    if (begin(&call, "opendir", counted_path(AT_FDCWD, path), NULL)) {
        result = REAL(opendir)(path);
        const int place = result && call.path ? find_stream(NULL) : -1;
        if (place >= 0) {
            self.streams[place] = result;
            self.stream_paths[place] = strdup(call.path);
        }
        end(&call, 0, !result);
    }
    return result;
}

/* Counts once a folder, at its first entry: how many entries there are is not what varies here. */
#define READDIR(symbol, type)                                                                      \
    VISIBLE struct type *symbol(DIR *stream)                                                       \
    {                                                                                              \
        struct call call = {0};                                                                    \
        struct type *result = NULL;                                                                \
        const int place = find_stream(stream);                                                     \
        const bool counts = place >= 0 && self.stream_paths[place];                                \
        char *path = counts ? self.stream_paths[place] : NULL;                                     \
        if (counts) self.stream_paths[place] = NULL;                                               \
        if (begin(&call, "readdir", path, NULL)) {                                                 \
            const int before = errno;                                                              \
            errno = 0;                                                                             \
            result = REAL(symbol)(stream);                                                         \
            const bool failed = !result && errno != 0;                                             \
            if (!failed) errno = before;                                                           \
            end(&call, 0, failed);                                                                 \
        }                                                                                          \
        return result;                                                                             \
    }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

VISIBLE int closedir(DIR *stream)
{
    const int place = find_stream(stream);
    if (place >= 0) {
        self.streams[place] = NULL;
        free(self.stream_paths[place]);
        self.stream_paths[place] = NULL;
    }
    const int result = REAL(closedir)(stream);
    return result;
}
