/* run_directory.h - the folder a run owns, and its lock (base/lock.h). */
#ifndef CLT_RUN_DIRECTORY_H
#define CLT_RUN_DIRECTORY_H

#include "config.h"

/* Of the folders below it: STAGE/parts/01/checkpoint/last/ has the files that lie deepest. */
#define CLT_RUN_DIRECTORY_DEPTH 6

struct clt_run_directory; /* locked while it exists */

/* Makes `folder`, which must not exist or hold no file, but for what a run that was killed as it
 * began has left (NULL: runs/NAME, runs/NAME-2, ... the first
 * that does not exist), with the folders above it, takes its lock, makes checkpoint/last and
 * checkpoint/best. CLT_E_OUTPUT: it cannot be made; CLT_E_DATA: it is in use or not empty. */
enum clt_status clt_run_directory_create(struct clt_run_directory **out, const char *folder,
                                         const char *name);
/* The same without the checkpoint folders: for what leaves no networks. */
enum clt_status clt_run_directory_create_bare(struct clt_run_directory **out, const char *folder,
                                              const char *name);
/* CLT_E_DATA: `folder` is no run directory, or holds a link or something else that is neither a
 * file nor a folder: the message names it. `folder` itself may be a link. */
enum clt_status clt_run_directory_check(const char *folder);
/* Its config, with `sets` over it as clt_config_load() takes them. */
enum clt_status clt_run_directory_config(struct clt_config **out, const char *folder,
                                         const char *const *sets, size_t n_sets);
/* Writes FOLDER/config.cfg. CLT_E_OUTPUT. */
enum clt_status clt_run_directory_write_config(const char *folder, const struct clt_config *config);
/* Opens an existing one, takes its lock and removes temporary files that a killed process left.
 * CLT_E_DATA: no run directory (config.cfg missing), or in use: names the process and host that
 * hold it. CLT_E_OUTPUT: cannot be written. */
enum clt_status clt_run_directory_open(struct clt_run_directory **out, const char *folder);
const char *clt_run_directory_path(const struct clt_run_directory *directory);
/* Releases the lock. NULL is fine. */
void clt_run_directory_close(struct clt_run_directory *directory);
/* The same for one that was just made and whose config could not be written, or not made to last:
 * takes back what was made. Leaves clt_error_message() as it is. */
void clt_run_directory_discard(struct clt_run_directory *directory);

#endif
