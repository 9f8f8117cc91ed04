/* run.h - a run: from its start or its checkpoint to its end, in a run directory of its own. */
#ifndef CLT_RUN_H
#define CLT_RUN_H

#include "experiment.h"
#include "record.h"

struct clt_report { /* a report point */
    uint64_t update, total;
    double epoch, seconds;
    double updates_per_second;          /* since the report before; 0 at the first */
    const struct clt_metrics_row *rows; /* of the members that go on */
    size_t n_rows;
};

/* What a caller wants to hear; each may be NULL. Called in the caller's thread. */
struct clt_observer {
    void *self;
    void (*started)(void *self, const char *folder, const struct clt_experiment *experiment);
    void (*report)(void *self, const struct clt_report *report);
    void (*advanced)(void *self, uint64_t update, uint64_t total); /* every few updates */
    void (*diverged)(void *self, size_t member, uint64_t update);
    bool (*should_stop)(void *self); /* asked every few updates */
};

struct clt_outcome {
    char *folder;
    struct clt_run_record record; /* points into what follows */
    struct clt_config *config;
    char *platform, *device, *driver;
    struct clt_expectation_result *expectations;
};

/* Trains `config`, which it takes over, in a fresh run directory (`folder`, or NULL: runs/NAME).
 * `selector`: which device; NULL: the config's. On success, which includes an interrupted run, *out
 * is the caller's, for clt_outcome_free(). CLT_E_DIVERGED: every member did; *out is set too. Other
 * failures leave *out NULL, and, where the run directory was made already, a run.json that says
 * why. */
enum clt_status clt_run_start(struct clt_outcome **out, struct clt_config *config,
                              const char *folder, const char *selector,
                              const struct clt_observer *observer);

/* Goes on with the run in `folder`. `sets` may only lengthen it, or name a new
 * train.stop_at_update. */
enum clt_status clt_run_resume(struct clt_outcome **out, const char *folder,
                               const char *const *sets, size_t n_sets, const char *selector,
                               const struct clt_observer *observer);
void clt_outcome_free(struct clt_outcome *outcome); /* NULL is fine */

enum clt_split { CLT_SPLIT_TRAIN, CLT_SPLIT_VALIDATION, CLT_SPLIT_TEST };

struct clt_evaluation {
    struct clt_config *config;
    struct clt_measure
        *members; /* [config->members]; not made where the member has no such checkpoint */
};

/* Measures a finished or interrupted run's networks. `which`: "last" or "best". CLT_E_DATA,
 * CLT_E_DEVICE. */
enum clt_status clt_run_evaluate(struct clt_evaluation **out, const char *folder,
                                 const char *selector, enum clt_split split, const char *which);
void clt_evaluation_free(struct clt_evaluation *evaluation); /* NULL is fine */

#endif
