/* doctor_folders.c - the folders that a run writes to. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cache.h"
#include "cache_folder.h"
#include "doctor.h"
#include "file.h"
#include "print.h"
#include "text.h"

#define LITTLE_ROOM ((uint64_t)256 << 20)
#define NO_ROOM     ((uint64_t)16 << 20)

void clt_doctor_walk(const char *path, unsigned depth,
                     void (*visit)(void *self, const char *path, const struct stat *info),
                     void *self)
{
    const struct dirent *entry;
    struct stat info;
    DIR *folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *inner = clt_path_join(path, entry->d_name);
        if (inner && lstat(inner, &info) == 0) {
            visit(self, inner, &info);
            if (S_ISDIR(info.st_mode) && depth > 0) clt_doctor_walk(inner, depth - 1, visit, self);
        }
        free(inner);
    }
    if (folder) closedir(folder);
}

/* ---- one folder ---- */

/* The first that exists, of the folder and those above it: where the missing ones would be made. */
static char *existing(const char *folder)
{
    char *path = strdup(folder);
    while (path && !clt_file_exists(path)) {
        char *above = clt_path_folder(path);
        const bool is_top = above && strcmp(above, path) == 0; /* which may not be searched */
        free(path);
        path = above;
        if (is_top) break;
    }
    return path;
}

/* What keeps a file from being made there, in errno's terms, or 0; *locked: what keeps flock() from
 * it. */
static int probe(const char *folder, int *locked)
{
    char *path = clt_path_join(folder, ".cltrain-doctor-XXXXXX");
    *locked = 0;
    if (!path) return ENOMEM;
    const int descriptor = mkstemp(path);
    const int error = descriptor < 0 ? errno : 0;
    if (descriptor >= 0) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) < 0) *locked = errno;
        unlink(path);
        close(descriptor);
    }
    free(path);
    return error;
}

static void check_room(struct clt_doctor *doctor, const char *what, const char *folder,
                       const char *place, const char *advice)
{
    struct statvfs disk;
    if (statvfs(place, &disk) < 0) {
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, advice, "%s, %s: its free space: %s", what,
                       folder, strerror(errno));
        return;
    }
    const uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    const enum clt_verdict verdict = room < NO_ROOM       ? CLT_VERDICT_PROBLEM
                                     : room < LITTLE_ROOM ? CLT_VERDICT_WARNING
                                                          : CLT_VERDICT_OK;
    clt_doctor_say(doctor, verdict, verdict == CLT_VERDICT_OK ? NULL : "free some space",
                   "%s, %s: can be written, %.0f MiB are free%s", what, folder, clt_mebibytes(room),
                   strcmp(folder, place) == 0 ? "" : "; it will be made");
}

void clt_doctor_check_folder(struct clt_doctor *doctor, const char *what, const char *folder,
                             enum clt_verdict verdict, const char *advice)
{
    int locked;
    char *place = existing(folder);
    if (!place) return;
    const int error = probe(place, &locked);
    if (error)
        clt_doctor_say(doctor, verdict, advice, "%s, %s: cannot be written: %s", what, folder,
                       strerror(error));
    else
        check_room(doctor, what, folder, place, advice);
    if (locked)
        clt_doctor_say(doctor, CLT_VERDICT_WARNING,
                       "prefer a file system that has locks: here a run that another host began "
                       "cannot be told from one that was killed",
                       "%s, %s: flock() does not work: %s", what, folder, strerror(locked));
    free(place);
}

/* ---- the caches ---- */

struct content {
    uint64_t bytes;
    size_t files;
};

static void add_content(void *self, const char *path, const struct stat *info)
{
    struct content *content = self;
    (void)path;
    if (!S_ISREG(info->st_mode)) return;
    content->files++;
    content->bytes += (uint64_t)info->st_size;
}

static void say_content(struct clt_doctor *doctor, const char *what, const char *folder)
{
    struct content content = {0};
    clt_doctor_walk(folder, 16, add_content, &content);
    clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "%s: %zu files, %.0f MiB", what, content.files,
                   clt_mebibytes(content.bytes));
}

static void check_pocl(struct clt_doctor *doctor)
{
    static const char what[] = "PoCL's compiled kernels";
    char *folder = NULL;
    if (clt_cache_folder_find(&folder) != CLT_OK || !folder) return;
    if (clt_cache_folder_check() != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, NULL, "%s", clt_error_message());
    } else {
        clt_doctor_check_folder(doctor, what, folder, CLT_VERDICT_PROBLEM,
                                "set POCL_CACHE_DIR to a folder of your own");
        say_content(doctor, what, folder);
    }
    free(folder);
}

/* The folder of the folders of all kinds. */
static char *own_cache(void)
{
    char *entry = clt_cache_path("programs", ""), *kind = entry ? clt_path_folder(entry) : NULL;
    char *folder = kind ? clt_path_folder(kind) : NULL;
    free(entry);
    free(kind);
    return folder;
}

static void check_own_cache(struct clt_doctor *doctor)
{
    static const char what[] = "cltrain's cache";
    char *folder = own_cache();
    if (!folder) {
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "set HOME or XDG_CACHE_HOME",
                       "%s: no folder, so that each run tunes, compiles and tests anew", what);
        return;
    }
    clt_doctor_check_folder(doctor, what, folder, CLT_VERDICT_WARNING,
                            "set XDG_CACHE_HOME to a folder of your own; until then each run "
                            "tunes, compiles and tests anew");
    if (clt_file_exists(folder)) say_content(doctor, what, folder);
    free(folder);
}

void clt_doctor_folders(struct clt_doctor *doctor)
{
    doctor->heading = "caches";
    check_pocl(doctor);
    check_own_cache(doctor);
    doctor->heading = "where runs go";
    clt_doctor_check_folder(doctor, "run directories", "runs", CLT_VERDICT_PROBLEM,
                            "work in a folder of your own, or name one with --out");
}
