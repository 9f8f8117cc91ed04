/* file.h - whole files, written so that a crash leaves the old one or the new one. */
#ifndef CLT_FILE_H
#define CLT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "status.h"

/* What the system, by errno, has against an action on `path`, such as "cannot open it", and what
 * may help. CLT_E_OUTPUT; CLT_E_DATA. */
enum clt_status clt_file_cannot_write(const char *path, const char *what);
enum clt_status clt_file_cannot_read(const char *path, const char *what);

/* open, write, ftruncate and fsync, which a signal does not end and a short write does not either:
 * a descriptor, which programs that are started do not inherit, or 0; -1 and errno. */
int clt_descriptor_open(const char *path, int flags, mode_t mode);
int clt_descriptor_write(int descriptor, const void *bytes, size_t size);
int clt_descriptor_truncate(int descriptor, uint64_t length);
int clt_descriptor_sync(int descriptor);

/* A file being written beside its final place: PATH.tmp.PID until commit. Nothing that has that
 * name already, such as a link that somebody else has made, is written to. */
struct clt_file;

/* Starts writing `path`. CLT_E_OUTPUT, naming the path and the system's reason. */
enum clt_status clt_file_create(struct clt_file **out, const char *path);
/* The same for a file that no other user can read. */
enum clt_status clt_file_create_private(struct clt_file **out, const char *path);
enum clt_status clt_file_write(struct clt_file *file, const void *bytes, size_t size);
/* fsync, close, rename over `path`, fsync of its folder. Frees the file; on failure the temporary
 * file is removed and an older file at `path` is untouched. */
enum clt_status clt_file_commit(struct clt_file *file);
/* The same without waiting for the disk: whole whatever becomes of this process, but after a crash
 * of the machine the file may be missing, old or damaged. */
enum clt_status clt_file_commit_unsynced(struct clt_file *file);
void clt_file_abandon(struct clt_file *file); /* NULL is fine */

/* create + write + commit. */
enum clt_status clt_file_replace(const char *path, const void *bytes, size_t size);
/* FOLDER/NAME becomes `text`; CLT_E_NOMEM where that is NULL, as memory was out when it was made.
 */
enum clt_status clt_file_replace_text(const char *folder, const char *name, const char *text);

/* The whole file into fresh memory, with a '\0' behind it. CLT_E_DATA: it cannot be read, is a
 * device, a socket or a named pipe (on which a reader would wait), or larger than the machine's
 * memory. The caller frees *bytes. */
enum clt_status clt_file_read(uint8_t **bytes, size_t *size, const char *path);
/* The same of a file of at most `most` bytes. CLT_E_DATA for a larger one, before it is read. */
enum clt_status clt_file_read_up_to(uint8_t **bytes, size_t *size, const char *path, size_t most);
/* The same of a file that nobody but this user can have written: CLT_E_DATA for a link, a file of
 * another user's, or one that others may write. */
enum clt_status clt_file_read_own(uint8_t **bytes, size_t *size, const char *path, size_t most);
/* Opens a file to read it by other means. CLT_E_DATA, as above; -1 in *descriptor then. */
enum clt_status clt_file_open(int *descriptor, const char *path);

bool clt_file_exists(const char *path);
/* The same where a wrong "no" would do harm: CLT_E_DATA where the system cannot tell. */
enum clt_status clt_file_find(bool *exists, const char *path);
/* Makes a file, or a folder's entries, last through a crash of the machine. CLT_E_OUTPUT. */
enum clt_status clt_file_sync(const char *path);
/* The same for a new name in its folder. */
enum clt_status clt_file_sync_name(const char *path);

bool clt_folder_exists(const char *path);
/* mkdir -p, lasting; CLT_E_OUTPUT. */
enum clt_status clt_folder_create(const char *path);
/* rm -rf: with all that is in it, links themselves but nothing behind them. It need not exist.
 * CLT_E_OUTPUT. */
enum clt_status clt_folder_remove(const char *path);

/* What is in a folder, by name. Those of a failed call are none. CLT_E_DATA. */
struct clt_listing {
    char **name;
    size_t count;
};
enum clt_status clt_folder_list(struct clt_listing *out, const char *path);
void clt_listing_free(struct clt_listing *names);

/* Whether a file is in the folder or below it, but for those named `but` and temporary ones.
 * CLT_E_DATA. */
enum clt_status clt_folder_holds_files(bool *holds, const char *path, const char *but);

/* Whether it is named as the files that clt_file_create() makes. */
bool clt_file_is_temporary(const char *path);
/* Removes those that nobody is writing any more, in the folder and all below it. What cannot be
 * removed stays. CLT_E_DATA: a folder cannot be listed. */
enum clt_status clt_folder_remove_temporaries(const char *path);

/* Fresh strings, NULL when memory is out. */
char *clt_path_join(const char *folder, const char *name); /* `name` itself where it is absolute */
char *clt_path_folder(const char *path);                   /* "." for a bare name */

uint32_t clt_crc32(uint32_t crc, const void *bytes, size_t size); /* starts from 0 */

#endif
