#include "run_directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "lock.h"
#include "text.h"

struct clt_run_directory {
    char *path;
    struct clt_lock *lock;
    bool made;   /* the folder was not there before */
    bool filled; /* with files of others */
};

static enum clt_status no_memory(const char *path)
{
    return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
}

/* ---- the folder ---- */

static enum clt_status directory_new(struct clt_run_directory **out, const char *path)
{
    struct clt_run_directory *directory = calloc(1, sizeof *directory);
    *out = directory;
    if (!directory) return no_memory(path);
    directory->filled = true; /* until it was looked at */
    directory->path = strdup(path);
    return directory->path ? CLT_OK : no_memory(path);
}

static enum clt_status make_folder_within(const struct clt_run_directory *directory,
                                          const char *name)
{
    char *path = clt_path_join(directory->path, name);
    if (!path) return no_memory(directory->path);
    const enum clt_status st = clt_folder_create(path);
    free(path);
    return st;
}

/* mkdir() and, before it, the folders above. *made tells whether it is new: mkdir() decides between
 * processes that want the same one. */
static enum clt_status make_folder(bool *made, const char *path)
{
    enum clt_status st = CLT_OK;
    *made = false;
    char *parent = clt_path_folder(path);
    if (!parent) return no_memory(path);
    TRY(clt_folder_create(parent));
    *made = mkdir(path, 0777) == 0;
    if (*made)
        st = clt_file_sync_name(path);
    else if (errno != EEXIST)
        st = clt_file_cannot_write(path, "cannot create this folder");
done:
    free(parent);
    return st;
}

/* runs/NAME, runs/NAME-2, ... */
static enum clt_status make_free_folder(char **out, const char *name)
{
    enum clt_status st = CLT_OK;
    bool made = false;
    *out = NULL;
    for (size_t i = 1; !made; i++) {
        struct clt_text path = {0};
        free(*out);
        clt_text_add(&path, "runs/%s", name);
        if (i > 1) clt_text_add(&path, "-%zu", i);
        *out = clt_text_take(&path);
        if (!*out) return no_memory(name);
        TRY(make_folder(&made, *out));
    }
done:
    return st;
}

/* No file but the lock, and what a run that was killed as it began may have left. */
static enum clt_status check_empty(struct clt_run_directory *directory)
{
    bool holds;
    const enum clt_status st = clt_folder_holds_files(&holds, directory->path, CLT_LOCK_FILE);
    if (st != CLT_OK) return st; /* it still counts as filled */
    directory->filled = holds;
    if (!holds) return CLT_OK;
    return clt_fail(CLT_E_DATA,
                    "%s: exists and is not empty; choose another folder with --out, or go on "
                    "with the run in it by `cltrain resume`",
                    directory->path);
}

static enum clt_status make_checkpoint_folders(const struct clt_run_directory *directory)
{
    enum clt_status st = CLT_OK;
    TRY(make_folder_within(directory, "checkpoint/last"));
    TRY(make_folder_within(directory, "checkpoint/best"));
done:
    return st;
}

static enum clt_status create(struct clt_run_directory **out, const char *folder, const char *name,
                              bool checkpoints)
{
    enum clt_status st = CLT_OK;
    struct clt_run_directory *directory = NULL;
    char *own_path = NULL;
    bool made = true;
    *out = NULL;
    if (!folder) {
        TRY(make_free_folder(&own_path, name));
        folder = own_path;
    } else {
        TRY(make_folder(&made, folder));
        if (!made) TRY(clt_folder_create(folder)); /* refuses what is no folder */
    }
    TRY(directory_new(&directory, folder));
    directory->made = made;
    TRY(clt_lock_take(&directory->lock, folder));
    TRY(check_empty(directory)); /* under the lock, so that another run cannot fill it in between */
    TRY(clt_folder_remove_temporaries(folder));
    if (checkpoints) TRY(make_checkpoint_folders(directory));
    *out = directory;
    directory = NULL;
done:
    clt_run_directory_discard(directory);
    free(own_path);
    return st;
}

enum clt_status clt_run_directory_create(struct clt_run_directory **out, const char *folder,
                                         const char *name)
{
    return create(out, folder, name, true);
}

enum clt_status clt_run_directory_create_bare(struct clt_run_directory **out, const char *folder,
                                              const char *name)
{
    return create(out, folder, name, false);
}

/* What a run directory of ours holds: files and folders. A link could lead a resume or a report out
 * of it, to read or overwrite a file of the user's; a reader would wait on a pipe. */
static enum clt_status check_entry(const char *path, const struct stat *info)
{
    if (S_ISREG(info->st_mode) || S_ISDIR(info->st_mode)) return CLT_OK;
    return clt_fail(CLT_E_DATA,
                    "%s: is %s, and a run directory holds none: put what it stands for in its "
                    "place, or remove it",
                    path, S_ISLNK(info->st_mode) ? "a link" : "no file");
}

static enum clt_status check_entries(const char *folder, unsigned depth);

static enum clt_status check_named(const char *folder, const char *name, unsigned depth)
{
    enum clt_status st = CLT_OK;
    struct stat info;
    char *path = clt_path_join(folder, name);
    if (!path) return no_memory(folder);
    if (lstat(path, &info) == 0) { /* else another process has just removed it */
        st = check_entry(path, &info);
        if (st == CLT_OK && S_ISDIR(info.st_mode) && depth > 0) st = check_entries(path, depth - 1);
    }
    free(path);
    return st;
}

/* Links themselves, not what they lead to; folders `depth` levels down. */
static enum clt_status check_entries(const char *folder, unsigned depth)
{
    enum clt_status st = CLT_OK;
    struct clt_listing names;
    st = clt_folder_list(&names, folder);
    if (st != CLT_OK) return clt_folder_exists(folder) ? st : CLT_OK; /* likewise */
    for (size_t i = 0; i < names.count && st == CLT_OK; i++)
        st = check_named(folder, names.name[i], depth);
    clt_listing_free(&names);
    return st;
}

enum clt_status clt_run_directory_check(const char *folder)
{
    char *config = clt_path_join(folder, "config.cfg");
    if (!config) return no_memory(folder);
    bool exists;
    const enum clt_status st = clt_file_find(&exists, config);
    free(config);
    if (st != CLT_OK) return st;
    if (exists) return check_entries(folder, CLT_RUN_DIRECTORY_DEPTH);
    return clt_fail(CLT_E_DATA,
                    "%s: is no run directory: it has no config.cfg; name the folder that `cltrain "
                    "run` has printed, and start anew a run that was killed as it began",
                    folder);
}

enum clt_status clt_run_directory_config(struct clt_config **out, const char *folder,
                                         const char *const *sets, size_t n_sets)
{
    char *path = clt_path_join(folder, "config.cfg");
    *out = NULL;
    if (!path) return no_memory(folder);
    const enum clt_status st = clt_config_load(out, path, sets, n_sets);
    free(path);
    return st;
}

enum clt_status clt_run_directory_write_config(const char *folder, const struct clt_config *config)
{
    char *text;
    enum clt_status st = clt_config_write(&text, config);
    if (st == CLT_OK) st = clt_file_replace_text(folder, "config.cfg", text);
    free(text);
    return st;
}

enum clt_status clt_run_directory_open(struct clt_run_directory **out, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_run_directory *directory = NULL;
    *out = NULL;
    TRY(clt_run_directory_check(folder));
    TRY(directory_new(&directory, folder));
    TRY(clt_lock_take(&directory->lock, folder));
    TRY(clt_folder_remove_temporaries(folder)); /* of a process that was killed */
    *out = directory;
    directory = NULL;
done:
    clt_run_directory_close(directory);
    return st;
}

const char *clt_run_directory_path(const struct clt_run_directory *directory)
{
    return directory->path;
}

void clt_run_directory_close(struct clt_run_directory *directory)
{
    if (!directory) return;
    clt_lock_release(directory->lock);
    free(directory->path);
    free(directory);
}

/* What was made in it. */
static void empty(const struct clt_run_directory *directory)
{
    static const char *const made[] = {"config.cfg", "checkpoint", "parts"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char *path = clt_path_join(directory->path, made[i]);
        if (path) clt_folder_remove(path);
        free(path);
    }
}

void clt_run_directory_discard(struct clt_run_directory *directory)
{
    if (!directory) return;
    char *reason = strdup(clt_error_message());
    char *folder = directory->made ? strdup(directory->path) : NULL;
    if (directory->lock && !directory->filled) empty(directory);
    clt_run_directory_close(directory);
    if (folder) rmdir(folder); /* takes no folder that another filled */
    if (reason)
        clt_fail(CLT_OK, "%s", reason); /* what the caller hears is what went wrong before */
    free(folder);
    free(reason);
}
