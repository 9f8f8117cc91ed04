/* conditions.h - what the bits of a run hang on, beside the version of cltrain: written into each
 * state, and compared before a run goes on from it. */
#ifndef CLT_CONDITIONS_H
#define CLT_CONDITIONS_H

#include "experiment.h"
#include "run.h"
#include "safetensors.h"

#define CLT_CONDITIONS 6

/* Texts, by the numbers of the table in conditions.c. */
struct clt_conditions {
    char *text[CLT_CONDITIONS];
};

/* Those of an experiment. CLT_E_NOMEM. */
enum clt_status clt_conditions_create(struct clt_conditions *out,
                                      const struct clt_experiment *experiment);
void clt_conditions_free(struct clt_conditions *conditions);

/* As metadata of a state. */
void clt_conditions_metadata(struct clt_metadata out[CLT_CONDITIONS],
                             const struct clt_conditions *conditions);

struct clt_condition_change {
    enum clt_allow kind;
    char *text; /* "train.l2 is 0.01, was 0.001" */
};
struct clt_condition_changes { /* start with {0} */
    struct clt_condition_change *change;
    size_t n;
};
void clt_condition_changes_free(struct clt_condition_changes *changes);

/* What is not as it was when the state in `file` was written. CLT_E_DATA: its config is damaged;
 * CLT_E_NOMEM. */
enum clt_status clt_conditions_compare(struct clt_condition_changes *out,
                                       const struct clt_conditions *now,
                                       const struct clt_safetensors *file);

/* CLT_E_DATA: a change is not among those that are allowed; a line each. */
enum clt_status clt_conditions_check(const struct clt_condition_changes *changes, unsigned allowed,
                                     const char *folder);

/* CLT_E_DATA: the config that a run directory has is not `config`; a line for each difference. */
enum clt_status clt_conditions_check_config(const struct clt_config *config, const char *folder);

/* "device", "driver", "data", "config", "gemm" */
const char *clt_allow_name(enum clt_allow kind);

#endif
