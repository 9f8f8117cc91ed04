/* study.h - what a study is behind <cltrain/study.h>. */
#ifndef CLT_STUDY_H
#define CLT_STUDY_H

#include <cltrain/study.h>

#include "run_directory.h"
#include "saved_run.h"
#include "study_config.h"

/* A stage whose run directory exists. */
struct clt_stage {
    struct clt_config *config; /* NULL before its turn */
    char *folder;
    struct clt_saved_run *saved; /* how it stands on disk */
    struct clt_expectation_result *expectations;
    struct clt_run_record record; /* of those two */
};

struct clt_study {
    const struct clt_study_config *config;
    struct clt_study_config *own_config; /* where the study has read it itself; else NULL */
    struct clt_device *device, *own_device;
    struct clt_run_directory *directory;       /* NULL: the run has it */
    struct clt_run *run;                       /* of a plain config whose members train together */
    const struct clt_study_observer *observer; /* of clt_study_train() */
    struct clt_stage *stages;                  /* [clt_study_config_count()] */
    struct clt_stage_record *records; /* [record.n_stages]: the stages as callers see them */
    struct clt_comparison_result *comparisons;
    char *failure; /* the record's reason after one */
    struct clt_study_record record;
    unsigned allow; /* of clt_allow: what a resume may find changed */
    bool resumed, trained;
};

void clt_stage_clear(struct clt_stage *stage);

/* Trains the config of stage `index` in its folder, or goes on there; then reads it. *ended: it
 * reached its end, and was not asked to stop. CLT_E_DIVERGED: every member did. */
enum clt_status clt_stage_train(struct clt_study *study, size_t index, bool *ended);

/* FOLDER/run.json of a study with stages. CLT_E_OUTPUT. */
enum clt_status clt_study_record_write(const struct clt_study *study);

#endif
