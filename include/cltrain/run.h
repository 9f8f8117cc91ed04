/* run.h - training a config's networks, in a run directory, and measuring them.
 *
 * Accuracies are fractions. A loss is the mean cross-entropy of a sample in nats (with
 * train.loss sigmoid the mean over its classes of a binary one); a cost is the
 * loss and l2 times the sum of squared weights. */
#ifndef CLTRAIN_RUN_H
#define CLTRAIN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cltrain/config.h>
#include <cltrain/device.h>
#include <cltrain/gradients.h>
#include <cltrain/profile.h>
#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what is measured ---- */

/* Of one member on one split. What was not made (no validation part, no time for it yet) has no
 * numbers; one that was may be NaN. */
struct clt_measure {
    bool made;
    double cost, loss, accuracy;
};

enum clt_split { CLT_SPLIT_TRAIN, CLT_SPLIT_VALIDATION, CLT_SPLIT_TEST };

/* One member at a report point: a row of metrics.csv. */
struct clt_metrics_row {
    size_t member;
    uint64_t update; /* made so far */
    double epoch;    /* fractional */
    double learning_rate;
    struct clt_measure train, validation;
    double seconds; /* of training, over all sessions */
};

/* ---- numbers that are not finite ---- */

enum clt_divergence_what {
    CLT_DIVERGED_BY_LOSS,     /* of the update's batch */
    CLT_DIVERGED_BY_GRADIENT, /* of a parameter; of running statistics: the batch's own */
    CLT_DIVERGED_BY_VALUE     /* that a parameter or running statistic would have taken */
};
/* Where a member ceased to be finite. Its weights are those before, element by element. */
struct clt_divergence {
    uint64_t update; /* its number; 0: it did not */
    enum clt_divergence_what what;
    long layer; /* the tensor's; of a loss, the first whose output is not finite; -1: not known */
    char type[16], tensor[32]; /* of the layer, "dense"; "3.weight", "" of a loss */
};
CLT_API const char *clt_divergence_what_name(enum clt_divergence_what what); /* "loss", ... */

/* train.on_divergence = "rewind": all members went back to update `to_update`. */
struct clt_rewind {
    uint64_t update; /* that diverged */
    uint64_t to_update;
    double factor; /* of the member's learning rate from there on */
};

/* ---- while it trains ---- */

struct clt_start {
    const char *folder, *name; /* of the run directory, of the config */
    const char *device, *gemm_backend;
    const char *const *skipped; /* a sentence on each device that was passed over */
    size_t n_skipped;
    size_t members, train_samples;
    size_t parameters;      /* of one member */
    uint64_t update;        /* made before: 0, or where a resumed run goes on */
    uint64_t total_updates; /* from the first, also where the run is resumed */
};

struct clt_report { /* a report point */
    uint64_t update, total;
    double epoch, seconds;
    double updates_per_second;          /* since the report before; 0 at the first */
    const struct clt_metrics_row *rows; /* of the members that go on */
    size_t n_rows;
};

/* Why a run is to stop. */
struct clt_stop {
    const char *reason; /* a line for run.json: "stopped by SIGTERM", "time limit of 30m reached" */
    int signal;         /* its number where it was one, else 0 */
};

struct clt_saving { /* a checkpoint that is on the disk */
    uint64_t update;
    double seconds; /* that it took */
    bool wished;    /* should_save() asked for it */
};

/* What a caller wants to hear; each may be NULL. Called in the thread that trains; what they are
 * given is theirs until they return. */
struct clt_observer {
    void *self; /* passed to each */
    void (*started)(void *self, const struct clt_start *start);
    void (*report)(void *self, const struct clt_report *report);
    void (*advanced)(void *self, uint64_t update, uint64_t total); /* every few updates */
    void (*diverged)(void *self, size_t member, const struct clt_divergence *divergence);
    void (*rewound)(void *self, size_t member, const struct clt_divergence *divergence,
                    const struct clt_rewind *rewind);
    void (*stopped)(void *self, size_t member, uint64_t update); /* early; its weights stay */
    void (*warning)(void *self, const char *text); /* what is lost, while the run goes on */
    /* Before training, while products are measured, `done` of `total` are. */
    void (*tuning)(void *self, size_t done, size_t total);
    void (*saved)(void *self, const struct clt_saving *saving);
    /* Asked every few updates and within whatever takes long; not NULL: a checkpoint, and the end.
     * From then on it is to give the same, which lives as long as the run. */
    const struct clt_stop *(*should_stop)(void *self);
    bool (*should_save)(void *self); /* asked every few updates; true: a checkpoint now */
};

/* ---- what comes of it ---- */

struct clt_best { /* the report point of highest validation accuracy, the first of equals */
    bool exists;
    uint64_t update;
    double val_accuracy, test_accuracy;
};

/* Fractions; NaN where the split is empty. */
struct clt_accuracies {
    double validation, test;
};

struct clt_snapshot { /* the network at the end of a cycle */
    uint64_t update;
    struct clt_accuracies accuracy;
};

struct clt_ensemble { /* train.snapshots: a member's snapshots, which classify together */
    struct clt_snapshot *snapshots; /* [n_snapshots], the first cycle's first */
    size_t n_snapshots;             /* 0: none, and nothing was measured */
    struct clt_accuracies vote;     /* the class that most name; of equals the one of higher mean */
    struct clt_accuracies mean;     /* the class of highest mean probability */
};

struct clt_member_result {                      /* at the end of training */
    struct clt_measure train, validation, test; /* not made where the member diverged */
    struct clt_best best;
    uint64_t diverged_at; /* the number of that update; 0: it did not */
    struct clt_divergence divergence;
    const struct clt_rewind *rewinds; /* [n_rewinds] that the member was the reason of */
    size_t n_rewinds;
    struct clt_ensemble ensemble;
    uint64_t stopped_at; /* the update after which it stopped early; 0: it did not */
};

struct clt_expectation_result {
    const struct clt_expectation *expectation; /* of the config */
    size_t member;                             /* the one judged, or the best where it is a mean */
    double measured;                           /* NaN: nothing was measured */
    bool met;
};

enum clt_run_status {
    CLT_RUN_RUNNING, /* or not begun */
    CLT_RUN_DONE,
    CLT_RUN_INTERRUPTED,
    CLT_RUN_DIVERGED,
    CLT_RUN_FAILED
};
CLT_API const char *clt_run_status_name(enum clt_run_status status); /* "running", ... */

/* A matrix product of the networks, and how it was computed. */
struct clt_run_product {
    char name[128];                  /* "forward 50x100x3072 members 1 shared 1 update 0" */
    char method[128];                /* "clblast", or "native" and the tile */
    bool measured;                   /* by this run or an earlier one; else it is the default */
    double seconds, default_seconds; /* 0: not measured */
};

/* What run.json says. */
struct clt_run_record {
    const struct clt_config *config;
    enum clt_run_status status;
    const char *reason;      /* why it ended, one line; NULL before that */
    enum clt_status failure; /* of one that failed */
    int signal;              /* that interrupted it; 0: none */
    const char *platform, *device, *driver, *gemm_backend;
    const struct clt_run_product *products; /* those that have a choice of methods */
    size_t n_products;
    uint64_t updates, total_updates; /* made, planned */
    double seconds;
    time_t ended;                                      /* when training ended; 0 while it goes on */
    struct clt_member_result *members;                 /* [clt_config_members(config)] */
    const struct clt_expectation_result *expectations; /* judged at the end */
    size_t n_expectations;
    const struct clt_gradients *gradients; /* of the check that the config asks for, once training
                                              has ended; NULL: of none */
    const char *resumes; /* JSON: a list of how the run was taken up again; NULL: it was not */
    const struct clt_profile *profile; /* of all that the device did, once training has ended; NULL:
                                          it was not opened to be profiled */
};

/* What `cltrain run` leaves with for it: 0; 1 where an expectation was missed or the check of
 * gradients failed; 6 where it diverged; 128 and the signal's number; or what the failure stands
 * for. 0 too while it is running. */
CLT_API int clt_run_exit_code(const struct clt_run_record *record);

/* Of the accuracies at the end of members that did not diverge; NaN where there are none. */
struct clt_spread {
    double mean;
    double deviation; /* divided by n - 1; NaN below two */
    double low, high;
};

/* Members that agree in every key but `seed` and `data.seed`: repetitions of one setting. */
struct clt_setting {
    size_t first, members; /* the first one's number; how many there are */
    struct clt_spread train, validation, test;
};
/* *out [*n_settings] in the order of their first members, for the caller to free. CLT_E_NOMEM. */
CLT_API enum clt_status clt_run_settings(struct clt_setting **out, size_t *n_settings,
                                         const struct clt_run_record *record);

/* ---- the run ---- */

/* A config's networks and its data on a device. It borrows config and device. */
struct clt_run;

/* Reads the data, builds networks and kernels, draws the initial weights; touches no file. `device`
 * NULL: the run opens what the config names and closes it. On success *out is the caller's, for
 * clt_run_free(); on failure it is NULL. CLT_E_CONFIG, CLT_E_SHAPE: layers or batches do not fit;
 * CLT_E_DATA, CLT_E_DEVICE (also where the device's memory is too small), CLT_E_NOMEM. */
CLT_API enum clt_status clt_run_create(struct clt_run **out, struct clt_device *device,
                                       const struct clt_config *config);
/* What a run's bits hang on, and may have changed since its last checkpoint. */
enum clt_allow {
    CLT_ALLOW_DEVICE = 1,
    CLT_ALLOW_DRIVER = 2,
    CLT_ALLOW_DATA = 4,   /* the content of a file, wherever it lies */
    CLT_ALLOW_CONFIG = 8, /* a key that a resume may not set */
    CLT_ALLOW_GEMM = 16   /* the order of sums in matrix products */
};

struct clt_resume_options {
    const char *const *sets; /* may only lengthen the run, or name a new train.stop_at_update */
    size_t n_sets;
    unsigned allow; /* of clt_allow: changes that are recorded instead of refused */
};
/* The same from the run directory `folder`, at its last checkpoint, to go on; a run that was killed
 * before its first one begins again. The directory stays locked until the run is freed.
 * CLT_E_USAGE: other sets; CLT_E_DATA: no run directory, or in use, or something has changed that
 * is not allowed to: a line for each. */
CLT_API enum clt_status clt_run_resume(struct clt_run **out, struct clt_device *device,
                                       const char *folder,
                                       const struct clt_resume_options *options);
/* The same to measure only: with the weights of `which` checkpoint, "last" or "best". Needs no lock
 * and changes nothing. */
CLT_API enum clt_status clt_run_open(struct clt_run **out, struct clt_device *device,
                                     const char *folder, const char *which);
CLT_API void clt_run_free(struct clt_run *run); /* NULL is fine */

/* Trains to the end, or until observer->should_stop(), in the fresh run directory `folder` (NULL:
 * runs/NAME, runs/NAME-2, ...; of a resumed run: the one it came from). A run is trained once, and
 * an opened one never: CLT_E_USAGE. CLT_E_DIVERGED: every member did; the directory is complete.
 * CLT_E_DATA: the directory is not empty, or in use; CLT_E_OUTPUT, CLT_E_DEVICE, CLT_E_NOMEM. After
 * a failure run.json says why, where there is a directory already. A run that was asked to stop
 * gives CLT_OK and has the status CLT_RUN_INTERRUPTED. */
CLT_API enum clt_status clt_run_train(struct clt_run *run, const char *folder,
                                      const struct clt_observer *observer);

/* out [members]: loss and accuracy of the weights that the run has now. Not made: the split is
 * empty, or the member has no such checkpoint. CLT_E_DEVICE, CLT_E_NOMEM. */
CLT_API enum clt_status clt_run_evaluate(struct clt_measure *out, struct clt_run *run,
                                         enum clt_split split);
/* Writes one member's network, all that clt_classifier_load() needs, in place of the file `path`.
 * CLT_E_USAGE: no such member; CLT_E_OUTPUT, CLT_E_DEVICE, CLT_E_NOMEM. */
CLT_API enum clt_status clt_run_save(struct clt_run *run, const char *path, size_t member);

/* The run directory; NULL before there is one. */
CLT_API const char *clt_run_folder(const struct clt_run *run);
/* Up to date once clt_run_train() has returned; lives as long as the run. */
CLT_API const struct clt_run_record *clt_run_record_of(const struct clt_run *run);
/* The text of run.json; the caller frees *out. CLT_E_NOMEM. */
CLT_API enum clt_status clt_run_json(char **out, const struct clt_run *run);

#ifdef __cplusplus
}
#endif
#endif
