#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

/* Held for the moment in which the file of a process that is gone makes place for another. */
#define TAKEOVER CLT_LOCK_FILE ".takeover"

enum { RECORD_SIZE = 512 };

struct clt_lock {
    char *folder, *path, *takeover;
    int descriptor; /* -1: not held */
};

/* What a lock's file says. A lock by flock() has the process and the host only. */
struct holder {
    long process;
    char host[256];
    unsigned long long started; /* in ticks since the boot */
    char boot[40], namespace[64];
};

static enum clt_status no_memory(const char *folder)
{
    return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
}

static enum clt_status output_error(const char *path, const char *what)
{
    return clt_fail(CLT_E_OUTPUT,
                    "%s: %s: %s; free some space, check the permissions, or choose another folder "
                    "with --out",
                    path, what, strerror(errno));
}

/* ---- who holds it ---- */

/* The first `size` - 1 bytes of a file, without the end of its line. */
static void read_line(char *out, size_t size, const char *path)
{
    out[0] = '\0';
    FILE *file = fopen(path, "re");
    if (!file) return;
    const size_t length = fread(out, 1, size - 1, file);
    out[length] = '\0';
    out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

/* When the process started, in ticks since the boot; 0: there is none, or only what is left of one
 * that nobody has waited for. See proc(5): the name, in brackets, may have spaces and brackets. */
static unsigned long long start_of(long process)
{
    char path[64], line[1024];
    unsigned long long started = 0;
    char state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    read_line(line, sizeof line, path);
    const char *after_name = strrchr(line, ')');
    if (!after_name || sscanf(after_name,
                              ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                              "%*d %*d %*d %llu",
                              &state, &started) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : started;
}

static struct holder this_process(void)
{
    struct holder self = {.process = (long)getpid()};
    gethostname(self.host, sizeof self.host - 1);
    self.started = start_of(self.process);
    read_line(self.boot, sizeof self.boot, "/proc/sys/kernel/random/boot_id");
    const ssize_t length = readlink("/proc/self/ns/pid", self.namespace, sizeof self.namespace - 1);
    self.namespace[length > 0 ? length : 0] = '\0';
    return self;
}

/* The file's first bytes: an empty text where there are none. */
static void read_record(char text[RECORD_SIZE], int descriptor)
{
    const ssize_t length = pread(descriptor, text, RECORD_SIZE - 1, 0);
    text[length > 0 ? length : 0] = '\0';
}

/* Whether it is the record of a lock that holds by its file alone. */
static bool parse_exclusive(struct holder *holder, const char *text)
{
    return sscanf(text, "process %ld on %255[^\n]\nstarted %llu, boot %39[^,], namespace %63s",
                  &holder->process, holder->host, &holder->started, holder->boot,
                  holder->namespace) == 5;
}

/* Whether the holder ran here, where its number can be looked up, and does so no more. */
static bool is_gone(const struct holder *holder)
{
    const struct holder self = this_process();
    return self.started != 0 && strcmp(holder->host, self.host) == 0 &&
           strcmp(holder->boot, self.boot) == 0 && strcmp(holder->namespace, self.namespace) == 0 &&
           start_of(holder->process) != holder->started;
}

/* Its first line, which names the holder. */
static const char *name_of(char *record)
{
    record[strcspn(record, "\n")] = '\0';
    return *record ? record : "another run";
}

/* Who has just taken it may have to write its name yet. */
static enum clt_status held_by_flock(const struct clt_lock *lock, int descriptor)
{
    const struct timespec wait = {.tv_nsec = 1000000};
    char record[RECORD_SIZE];
    read_record(record, descriptor);
    for (int i = 0; i < 50 && !*record; i++) {
        nanosleep(&wait, NULL);
        read_record(record, descriptor);
    }
    return clt_fail(CLT_E_DATA, "%s: is in use by %s; wait for it or stop it", lock->folder,
                    name_of(record));
}

/* By a file that may outlive the process. */
static enum clt_status held_by_file(const struct clt_lock *lock, char *record, const char *path)
{
    return clt_fail(CLT_E_DATA,
                    "%s: is in use by %s; wait for it or stop it; this file system has no locks, "
                    "so if no such process runs any more, remove %s",
                    lock->folder, name_of(record), path);
}

static enum clt_status write_record(const struct clt_lock *lock, bool exclusive)
{
    enum clt_status st = CLT_OK;
    const struct holder self = this_process();
    struct clt_text text = {0};
    clt_text_add(&text, "process %ld on %s\n", self.process, self.host);
    if (exclusive)
        clt_text_add(&text, "started %llu, boot %s, namespace %s\n", self.started, self.boot,
                     self.namespace);
    if (text.failed)
        st = no_memory(lock->folder);
    else if (clt_descriptor_truncate(lock->descriptor, 0) < 0 ||
             clt_descriptor_write(lock->descriptor, text.bytes, text.length) < 0)
        st = output_error(lock->path, "cannot write it");
    clt_text_free(&text);
    return st;
}

/* ---- taking it ---- */

/* O_CLOEXEC: a compiler that the OpenCL driver starts would hold the lock as well. O_NOFOLLOW: the
 * file is written over, and may come with a stranger's folder; O_NONBLOCK: as a pipe, for one. */
static int open_file(const char *path, int flags)
{
    return clt_descriptor_open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0666);
}

/* Whether the descriptor is still what the path names: its holder may have removed it just then. */
static bool is_current(int descriptor, const char *path)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* Another user's file: it is in use, or in the way. */
static enum clt_status cannot_open(const struct clt_lock *lock)
{
    const int error = errno;
    const int descriptor = error == EACCES ? open_file(lock->path, O_RDONLY) : -1;
    const bool held =
        descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    const char *what = clt_file_exists(lock->path) ? "cannot open it" : "cannot create it";
    errno = error;
    const enum clt_status st =
        held ? held_by_flock(lock, descriptor) : output_error(lock->path, what);
    if (descriptor >= 0) close(descriptor);
    return st;
}

/* Removes the file of a process that is gone. Another process may have done so and be the holder
 * now, so it is looked at again, by one process at a time. */
static enum clt_status remove_stale(const struct clt_lock *lock)
{
    enum clt_status st = CLT_OK;
    char record[RECORD_SIZE] = "";
    struct holder holder;
    const int guard = open_file(lock->takeover, O_WRONLY | O_CREAT | O_EXCL);
    if (guard < 0 && errno == EEXIST) return held_by_file(lock, record, lock->takeover);
    if (guard < 0) return output_error(lock->takeover, "cannot create it");
    const int descriptor = open_file(lock->path, O_RDONLY);
    if (descriptor >= 0) {
        read_record(record, descriptor);
        if (!parse_exclusive(&holder, record) || !is_gone(&holder))
            st = held_by_file(lock, record, lock->path);
        else if (unlink(lock->path) < 0)
            st = output_error(lock->path, "cannot remove it");
        close(descriptor);
    }
    unlink(lock->takeover);
    close(guard);
    return st;
}

/* With the file open, by flock(): another process may see the folder through a mount that has no
 * locks and hold it by the file alone. */
static enum clt_status hold_by_flock(struct clt_lock *lock, int descriptor)
{
    char record[RECORD_SIZE];
    struct holder holder;
    read_record(record, descriptor);
    if (parse_exclusive(&holder, record) && !is_gone(&holder))
        return held_by_file(lock, record, lock->path);
    lock->descriptor = descriptor;
    return write_record(lock, false);
}

/* With the file open, where flock() does not work: whoever made it holds it. */
static enum clt_status hold_by_file(struct clt_lock *lock, int descriptor, bool made)
{
    char record[RECORD_SIZE];
    struct holder holder;
    if (made) {
        lock->descriptor = descriptor;
        return write_record(lock, true);
    }
    read_record(record, descriptor);
    if (!parse_exclusive(&holder, record) || !is_gone(&holder))
        return held_by_file(lock, record, lock->path);
    return remove_stale(lock);
}

/* As flock() for it alone. Who only looks has a shared lock for a moment, so it is tried twice. */
static int lock_alone(int descriptor)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK) return -1;
    nanosleep(&moment, NULL);
    return flock(descriptor, LOCK_EX | LOCK_NB);
}

/* One attempt; CLT_OK without a lock: the file went away meanwhile, or a signal came, so that
 * another is due. */
static enum clt_status try_once(struct clt_lock *lock)
{
    enum clt_status st = CLT_OK;
    int descriptor = open_file(lock->path, O_RDWR | O_CREAT | O_EXCL);
    const bool made = descriptor >= 0;
    const bool was_there = !made && errno == EEXIST;
    if (was_there) descriptor = open_file(lock->path, O_RDWR);
    if (descriptor < 0) return was_there && errno == ENOENT ? CLT_OK : cannot_open(lock);
    if (lock_alone(descriptor) == 0) {
        if (is_current(descriptor, lock->path)) st = hold_by_flock(lock, descriptor);
    } else if (errno == EWOULDBLOCK) {
        st = held_by_flock(lock, descriptor);
    } else if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP) {
        st = hold_by_file(lock, descriptor, made);
    } else if (errno != EINTR) {
        st = output_error(lock->path, "cannot lock it");
    }
    if (lock->descriptor < 0) close(descriptor);
    return st;
}

/* Not held yet; on failure the caller releases *out as well. */
static enum clt_status lock_new(struct clt_lock **out, const char *folder)
{
    struct clt_lock *lock = calloc(1, sizeof *lock);
    *out = lock;
    if (!lock) return no_memory(folder);
    lock->descriptor = -1;
    lock->folder = strdup(folder);
    lock->path = clt_path_join(folder, CLT_LOCK_FILE);
    lock->takeover = clt_path_join(folder, TAKEOVER);
    return lock->folder && lock->path && lock->takeover ? CLT_OK : no_memory(folder);
}

/* A shared lock for the moment: where there is none, an exclusive one is held. */
static enum clt_status look(const struct clt_lock *lock, int descriptor)
{
    char record[RECORD_SIZE];
    struct holder holder;
    if (flock(descriptor, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return held_by_flock(lock, descriptor);
    flock(descriptor, LOCK_UN); /* at once: who wants it may be trying */
    read_record(record, descriptor);
    if (parse_exclusive(&holder, record) && !is_gone(&holder))
        return held_by_file(lock, record, lock->path);
    return CLT_OK;
}

enum clt_status clt_lock_look(const char *folder)
{
    struct clt_lock *lock;
    enum clt_status st = lock_new(&lock, folder);
    const int descriptor = st == CLT_OK ? open_file(lock->path, O_RDONLY) : -1;
    if (descriptor >= 0) {
        st = look(lock, descriptor);
        close(descriptor);
    }
    clt_lock_release(lock);
    return st;
}

enum clt_status clt_lock_take(struct clt_lock **out, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_lock *lock;
    *out = NULL;
    TRY(lock_new(&lock, folder));
    while (lock->descriptor < 0) TRY(try_once(lock));
    *out = lock;
    lock = NULL;
done:
    clt_lock_release(lock);
    return st;
}

void clt_lock_release(struct clt_lock *lock)
{
    if (!lock) return;
    if (lock->descriptor >= 0) {
        /* While it is held it is nobody else's, unless somebody has removed it by hand. */
        if (is_current(lock->descriptor, lock->path)) unlink(lock->path);
        close(lock->descriptor);
    }
    free(lock->folder);
    free(lock->path);
    free(lock->takeover);
    free(lock);
}
