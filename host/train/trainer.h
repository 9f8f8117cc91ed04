/* trainer.h - the loop: steps, report points, checkpoints. */
#ifndef CLT_TRAINER_H
#define CLT_TRAINER_H

#include "checkpoint.h"
#include "measure.h"
#include "run.h"

struct clt_trainer {
    struct clt_experiment *experiment;   /* borrowed */
    const struct clt_observer *observer; /* borrowed */
    struct clt_metrics_file *metrics;
    struct clt_plan *full,
        *last; /* of a batch, and of an epoch's last; the same where they are equal */
    struct clt_measurer *measurer;
    struct clt_checkpoint *checkpoint;
    struct clt_progress_state state;
    struct clt_member_result *results;     /* [members] */
    struct clt_metrics_row *rows;          /* [members] */
    double *rates;                         /* [CLT_CHUNK][members][CLT_RATES] */
    bool restored;                         /* the state came from the disk */
    bool *best_lost;                       /* [members]: its file is not what the state tells of */
    uint64_t ordered_epoch;                /* whose order the device has; UINT64_MAX: none */
    uint64_t measured_update;              /* of the results; UINT64_MAX: none */
    double session_start, earlier_seconds; /* clock; seconds of sessions before this */
    double reported_seconds;
    uint64_t reported_update;
};

/* Builds all kernels and plans; touches no file. */
enum clt_status clt_trainer_create(struct clt_trainer **out, struct clt_experiment *experiment,
                                   const struct clt_observer *observer);
void clt_trainer_free(struct clt_trainer *trainer); /* NULL is fine */

/* Opens metrics and checkpoints in the run directory `folder`. */
enum clt_status clt_trainer_open(struct clt_trainer *trainer, const char *folder);
/* The same to take up the state of its checkpoint. `allowed`: of clt_allow. CLT_E_DATA: something
 * else has changed since it was written. */
enum clt_status clt_trainer_reopen(struct clt_trainer *trainer, const char *folder,
                                   unsigned allowed);
/* Measures the matrix products that are in no table yet, for so long; plans are built anew for what
 * was found. */
enum clt_status clt_trainer_tune(struct clt_trainer *trainer, double seconds);
/* Of a resumed run: looks whether the best networks are those that its state tells of. One of the
 * state's own update is written again; the observer is told of any other, and the run goes on
 * without.
 */
enum clt_status clt_trainer_check_best(struct clt_trainer *trainer);
/* Trains to the end, or until asked to stop; leaves a checkpoint, from which the report point that
 * a stop has cut short is made by who resumes. */
enum clt_status clt_trainer_run(struct clt_trainer *trainer);
/* Steps alone, for timing: enqueues `updates` of those that are left; measures, tells and saves
 * nothing, and does not wait for the last of them. Needs no open trainer. */
enum clt_status clt_trainer_advance(struct clt_trainer *trainer, size_t updates);
/* The next `count` updates after `made` ones, as the device's next steps. */
enum clt_status clt_trainer_announce(struct clt_trainer *trainer, uint64_t made, size_t count);
/* What hangs on the state, once it and the device's vectors are those of another update. */
enum clt_status clt_trainer_restored(struct clt_trainer *trainer);
/* Train (or the part of it that the config names) and validation, into the results. */
enum clt_status clt_trainer_measure(struct clt_trainer *trainer);
/* Measures train, validation and test at the end, and test with the best weights. */
enum clt_status clt_trainer_finish(struct clt_trainer *trainer);

bool clt_trainer_is_done(const struct clt_trainer *trainer);
/* Nothing is left to train or to report. */
bool clt_trainer_has_ended(const struct clt_trainer *trainer);
bool clt_trainer_all_diverged(const struct clt_trainer *trainer);
bool clt_trainer_all_ended(const struct clt_trainer *trainer); /* diverged, or stopped early */

#endif
