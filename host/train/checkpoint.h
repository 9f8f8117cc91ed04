/* checkpoint.h - a run's state on disk, and each member's network by itself.
 *
 *   checkpoint/last/state.safetensors        all that a resume needs; outranks the member files
 *   checkpoint/{last,best}/member-000...     one network each, PyTorch's names and layouts
 *   checkpoint/snapshot-01/member-000...     the same at the end of each cycle */
#ifndef CLT_CHECKPOINT_H
#define CLT_CHECKPOINT_H

#include "conditions.h"
#include "experiment.h"
#include "record.h"

struct clt_rewinds {
    struct clt_rewind *list;
    size_t n;
};

/* Where training stands, beside the device's vectors. */
struct clt_progress_state {
    size_t members;
    uint64_t update;             /* made */
    double seconds;              /* of training, over all sessions */
    uint64_t metrics_length;     /* bytes of metrics.csv that belong to this state */
    bool report_due;             /* the report point of this update is still to be made */
    uint64_t *frozen;            /* [members]: 0, or the number of the update that diverged */
    uint64_t *stopped;           /* [members]: 0, or the update at which the member stopped early */
    uint64_t *waited;            /* [members]: report points since the last improvement */
    double *improved;            /* [members]: what is to be improved on; NaN: nothing yet */
    struct clt_best *best;       /* [members] */
    uint64_t *cause;             /* [members]: of what is frozen; see divergence.h */
    double *factor;              /* [members]: of the learning rate; below 1 after a rewind */
    struct clt_rewinds *rewinds; /* [members] */
    char *resumes;               /* JSON: how it was taken up again, see resumes.h; NULL: never */
};

/* "snapshot-01": what the folder of the networks after `cycle` cycles is called. */
#define CLT_SNAPSHOT_NAME 40
void clt_snapshot_name(char out[CLT_SNAPSHOT_NAME], size_t cycle);

/* "FOLDER/WHICH/member-007.safetensors" for member 7. NULL where memory is out. */
char *clt_member_path(const char *folder, const char *which, size_t member);

struct clt_checkpoint; /* borrows its experiment */

/* `folder`: the run directory. */
enum clt_status clt_checkpoint_create(struct clt_checkpoint **out, const char *folder,
                                      struct clt_experiment *experiment);
/* False where the run in `folder` has not come to its first one: its folder is there, and empty.
 * CLT_E_DATA: that cannot be told. */
enum clt_status clt_checkpoint_find(bool *exists, const char *folder);
void clt_checkpoint_free(struct clt_checkpoint *checkpoint); /* NULL is fine */

/* Copies the device's vectors to the host (waits), and back. */
enum clt_status clt_checkpoint_read_device(struct clt_checkpoint *checkpoint);
enum clt_status clt_checkpoint_write_device(struct clt_checkpoint *checkpoint);

/* These write what clt_checkpoint_read_device() copied. CLT_E_OUTPUT. */
enum clt_status clt_checkpoint_save_state(const struct clt_checkpoint *checkpoint,
                                          const struct clt_progress_state *state);
/* Whether there is what clt_checkpoint_save_target() writes. CLT_E_DATA: the file is damaged, or
 * nobody can tell. */
enum clt_status clt_checkpoint_has_target(bool *has, const struct clt_checkpoint *checkpoint);
/* A second copy of the state, of a report point or of where a resume began to keep one, that a
 * population which diverges goes back to: checkpoint/rewind/state.safetensors. */
enum clt_status clt_checkpoint_save_target(const struct clt_checkpoint *checkpoint,
                                           const struct clt_progress_state *state);
/* Does not wait for the disk: clt_checkpoint_sync() does, for all members that have such a file. */
enum clt_status clt_checkpoint_save_member(const struct clt_checkpoint *checkpoint,
                                           const char *which, size_t member, uint64_t update);
enum clt_status clt_checkpoint_sync(const struct clt_checkpoint *checkpoint, const char *which);
/* checkpoint/WHICH, if it is not there. */
enum clt_status clt_checkpoint_make_folder(const struct clt_checkpoint *checkpoint,
                                           const char *which);
/* A network in place of the file `path`, on the disk before it returns. */
enum clt_status clt_checkpoint_write_member(const struct clt_checkpoint *checkpoint,
                                            const char *path, size_t member, uint64_t update);

/* These fill the host's vectors, for clt_checkpoint_write_device(). CLT_E_DATA. */
enum clt_status clt_checkpoint_load_state(struct clt_checkpoint *checkpoint,
                                          struct clt_progress_state *state);
/* From the second copy; seconds, resumes, rewinds and factors stay as they are. */
enum clt_status clt_checkpoint_load_target(struct clt_checkpoint *checkpoint,
                                           struct clt_progress_state *state);
enum clt_status clt_checkpoint_load_member(struct clt_checkpoint *checkpoint, const char *which,
                                           size_t member);

/* What has changed since the state was written. CLT_E_DATA: it is missing or damaged. */
enum clt_status clt_checkpoint_compare(struct clt_condition_changes *out,
                                       const struct clt_checkpoint *checkpoint);

/* CLT_E_DATA: the member's best network cannot be read or, *lost, is missing, damaged or not the
 * one that `state` tells of. A later one is none of these: the run will come to write it again. */
enum clt_status clt_checkpoint_check_best(bool *lost, const struct clt_checkpoint *checkpoint,
                                          size_t member, const struct clt_progress_state *state);

enum clt_status clt_progress_state_create(struct clt_progress_state *out, size_t members);
/* A member was the reason to rewind: adds it to its list, and halves its factor. CLT_E_NOMEM. */
enum clt_status clt_progress_add_rewind(struct clt_progress_state *state, size_t member,
                                        uint64_t update, uint64_t to_update);
void clt_progress_state_free(struct clt_progress_state *state);
/* 0, or the update after which the member made no more. */
uint64_t clt_progress_ended(const struct clt_progress_state *state, size_t member);

#endif
