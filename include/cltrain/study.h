/* study.h - whatever `cltrain run` trains: a run, a population that has to train in parts, or the
 * stages of a study, one after another, in one folder.
 *
 * A plain config's run directory is the folder itself. Members that cannot train together (other
 * shapes or lengths, or more than fit the device's memory) train in parts below FOLDER/parts, each
 * a run directory; the folder has their results, metrics and networks together. Each stage of a
 * study is a run directory FOLDER/STAGE, with or without parts. */
#ifndef CLTRAIN_STUDY_H
#define CLTRAIN_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include <cltrain/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- while it trains ---- */

struct clt_stage_start {
    const char *name, *folder; /* of the stage, "" for a plain config; of its run directory */
    size_t index, count;       /* of the study's stages */
    size_t members, groups;    /* groups: members that differ in shape, length or order of data */
    size_t n_parts;            /* 1: all train together */
    const size_t *parts;       /* [n_parts]: members of each */
    size_t capacity;           /* members of one part at most: what fits the memory */
    size_t memory;             /* bytes that so many take, without the samples */
};

struct clt_stage_record {
    const char *name, *folder;
    const struct clt_run_record *run;
};

/* Each may be NULL. */
struct clt_study_observer {
    /* Of each run: a part's members have their numbers in the whole. */
    struct clt_observer run;
    /* These are passed run.self as well. */
    void (*stage)(void *self, const struct clt_stage_start *start);
    void (*part)(void *self, size_t part, size_t n_parts, size_t members);
    void (*stage_ended)(void *self, const struct clt_stage_record *stage);
};

/* ---- what comes of it ---- */

/* Two stages, each as its replicas say: the members that differ from its best one (by validation)
 * in nothing but seeds. */
struct clt_comparison_result {
    const char *stages[2], *metric;
    size_t n[2]; /* replicas */
    double mean[2], deviation[2];
    double difference, low, high; /* second less first, and its interval (Welch); NaN: fewer than
                                     two replicas on a side */
    double level;                 /* of the interval: 0.95 */
    bool significant;             /* 0 is outside the interval */
};

struct clt_study_record {
    const char *name;
    bool has_stages; /* false: a plain config, one stage without a name */
    enum clt_run_status status;
    const char *reason;
    enum clt_status failure; /* as of a run, like the next */
    int signal;
    double seconds;                        /* of training, over all stages */
    const struct clt_stage_record *stages; /* [n_stages]: those that were begun */
    size_t n_stages;
    const struct clt_comparison_result *comparisons; /* once all stages are done */
    size_t n_comparisons;
};

/* As clt_run_exit_code(), over all stages. */
CLT_API int clt_study_exit_code(const struct clt_study_record *record);

/* ---- the study ---- */

/* Borrows its config and device. */
struct clt_study;

/* `device` NULL: opens what the config names. Touches no file. On success *out is the caller's, for
 * clt_study_free(); on failure it is NULL. CLT_E_DEVICE, CLT_E_NOMEM. */
CLT_API enum clt_status clt_study_create(struct clt_study **out, struct clt_device *device,
                                         const struct clt_study_config *config);
/* The same from the folder of an interrupted one: what is done stays, what was begun goes on from
 * its last checkpoint, to the bits of a study never stopped. Sets are for a plain
 * config whose members train together. CLT_E_USAGE: other sets; CLT_E_DATA: no run directory, or in
 * use, or changed as clt_run_resume() says; of a stage or part that was begun, this is found by
 * clt_study_train(). */
CLT_API enum clt_status clt_study_resume(struct clt_study **out, struct clt_device *device,
                                         const char *folder,
                                         const struct clt_resume_options *options);
CLT_API void clt_study_free(struct clt_study *study); /* NULL is fine */

/* Trains all of it in `folder`, as clt_run_train() does; once. CLT_E_DIVERGED: in a stage every
 * member did; the stages after it are not begun. A stage's config may turn out to be impossible
 * only when those before it are done: CLT_E_CONFIG. CLT_E_STOPPED: it was asked to stop before
 * there was a run directory. */
CLT_API enum clt_status clt_study_train(struct clt_study *study, const char *folder,
                                        const struct clt_study_observer *observer);

CLT_API const char *clt_study_folder(const struct clt_study *study); /* NULL before there is one */
/* Up to date once clt_study_train() has returned; lives as long as the study. */
CLT_API const struct clt_study_record *clt_study_record_of(const struct clt_study *study);
/* The text of the folder's run.json; the caller frees *out. CLT_E_DATA: there is none. */
CLT_API enum clt_status clt_study_json(char **out, const struct clt_study *study);
/* The run of a plain config whose members train together, as long as the study lives; else NULL. */
CLT_API const struct clt_run *clt_study_run(const struct clt_study *study);

struct clt_evaluation {
    char *name; /* of the config */
    size_t n_members;
    struct clt_measure *members; /* [n_members] */
};
/* As clt_run_open() and clt_run_evaluate(), for a run directory with or without parts. On success
 * what *out holds is the caller's, for clt_evaluation_free(). CLT_E_DATA: a study's folder has no
 * members of its own. */
CLT_API enum clt_status clt_study_evaluate(struct clt_evaluation *out, struct clt_device *device,
                                           const char *folder, const char *which,
                                           enum clt_split split);
CLT_API void clt_evaluation_free(struct clt_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
