#include "cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "room.h"
#include "text.h"

/* More than the programs of a run take. */
#define PROBE_SIZE ((off_t)8 << 20)

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "the name of PoCL's cache folder");
}

/* Whether the driver that `path`, an .icd file or a library, brings is PoCL. */
static bool is_pocl(const char *path)
{
    uint8_t *text = NULL;
    size_t size;
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".icd") != 0 || clt_file_read(&text, &size, path) != CLT_OK)
        return strstr(path, "pocl") != NULL;
    const bool found = strstr((const char *)text, "pocl") != NULL;
    free(text);
    return found;
}

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* Where ocl-icd looks, see libOpenCL(7); other loaders know the last place at least. */
const char *clt_icd_place(void)
{
    return variable("OCL_ICD_VENDORS", variable("OPENCL_VENDOR_PATH", "/etc/OpenCL/vendors"));
}

static enum clt_status find_pocl(bool *found)
{
    const char *where = clt_icd_place();
    enum clt_status st = CLT_OK;
    DIR *folder = opendir(where);
    *found = !folder && is_pocl(where);
    while (folder && !*found) {
        const struct dirent *entry = readdir(folder);
        if (!entry) break;
        if (!strstr(entry->d_name, ".icd")) continue;
        char *path = clt_path_join(where, entry->d_name);
        if (!path) TRY(no_memory());
        *found = is_pocl(path);
        free(path);
    }
done:
    if (folder) closedir(folder);
    return st;
}

/* A fresh string: the folder that PoCL 3.1 takes. */
static char *cache_folder(void)
{
    const char *own = getenv("POCL_CACHE_DIR"), *home = getenv("HOME");
    const char *xdg = variable("XDG_CACHE_HOME", NULL);
    struct clt_text text = {0};
    if (own)
        clt_text_add(&text, "%s", own);
    else if (xdg)
        clt_text_add(&text, "%s/pocl/kcache", xdg);
    else if (home)
        clt_text_add(&text, "%s/.cache/pocl/kcache", home);
    else
        clt_text_add(&text, "/tmp/pocl/kcache");
    return clt_text_take(&text);
}

/* Whoever else could write there could make this process run his programs. */
static bool is_own(const char *folder)
{
    struct stat info;
    return stat(folder, &info) == 0 && info.st_uid == geteuid() && !(info.st_mode & S_IWOTH);
}

/* Gives a file there room on the disk, and removes it: 0, or the reason in errno's terms. */
static int probe(const char *folder)
{
    char *path = clt_path_join(folder, "probe-XXXXXX");
    if (!path) return ENOMEM;
    const int fd = mkstemp(path);
    int error = fd < 0 ? errno : 0;
    if (fd >= 0) {
        error = posix_fallocate(fd, 0, PROBE_SIZE);
        close(fd);
        unlink(path);
    }
    free(path);
    /* A file system that knows no such request tells nothing about its room. */
    return error == EOPNOTSUPP || error == EINVAL ? 0 : error;
}

static enum clt_status unusable(const char *folder, const char *reason)
{
    return clt_fail(CLT_E_DEVICE,
                    "PoCL cannot keep its compiled kernels in \"%s\": %s; set POCL_CACHE_DIR to a "
                    "folder that can be written and has %d MiB free",
                    folder, reason, (int)(PROBE_SIZE >> 20));
}

enum clt_status clt_cache_folder_find(char **out)
{
    bool found = false;
    *out = NULL;
    const enum clt_status st = find_pocl(&found);
    if (st != CLT_OK || !found) return st;
    *out = cache_folder();
    return *out ? CLT_OK : no_memory();
}

enum clt_status clt_cache_folder_check(void)
{
    enum clt_status st = CLT_OK;
    char *folder = NULL;
    TRY(clt_cache_folder_find(&folder));
    if (!folder) goto done;
    TRY(clt_room_check_driver());
    if (!*folder) TRY(unusable(folder, "it has no name"));
    if (clt_folder_create(folder) != CLT_OK) TRY(unusable(folder, clt_error_message()));
    if (!is_own(folder)) TRY(unusable(folder, "it is not this user's alone"));
    const int error = probe(folder);
    if (error) TRY(unusable(folder, strerror(error)));
done:
    free(folder);
    return st;
}
