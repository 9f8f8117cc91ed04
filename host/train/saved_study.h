/* saved_study.h - the directory of a study, read again from its files: each stage has a run
 * directory in it. */
#ifndef CLT_SAVED_STUDY_H
#define CLT_SAVED_STUDY_H

#include "saved_run.h"

struct clt_saved_stage {
    char *name, *folder; /* the folder's path */
    char *status;
    size_t members;
    double seconds;
    struct clt_saved_run *run; /* NULL: it has not begun */
};

/* One metric of two stages, over their members. */
struct clt_saved_comparison {
    size_t stage[2]; /* numbers of stages */
    char *metric;
    size_t n[2];
    double mean[2], deviation[2];
    double difference, low, high; /* second less first, and its interval; NaN: there is none */
    double level;                 /* of the interval */
    bool significant;
};

/* Texts are NULL where run.json has null or nothing. */
struct clt_saved_study {
    char *folder, *name, *version, *status, *reason;
    char *platform, *device, *driver;
    char *ended;
    char *config_text; /* of config.cfg */
    double seconds;
    struct clt_saved_stage *stages;
    size_t n_stages;
    struct clt_saved_expectation *expectations;
    size_t n_expectations;
    struct clt_saved_comparison *comparisons;
    size_t n_comparisons;
};

/* *out is NULL, without a failure, where `folder` is a run's directory and no study's. CLT_E_DATA:
 * neither, or a file is missing or damaged: names file and place. */
enum clt_status clt_saved_study_read(struct clt_saved_study **out, const char *folder);
void clt_saved_study_free(struct clt_saved_study *study); /* NULL is fine */

#endif
