/* run.h - what a run is behind <cltrain/run.h>. */
#ifndef CLT_RUN_H
#define CLT_RUN_H

#include "experiment.h"
#include "record.h"
#include "run_directory.h"

struct clt_trainer;

struct clt_run {
    const struct clt_config *config;
    struct clt_config *own_config; /* where the run has read it itself; else NULL */
    struct clt_experiment *experiment;
    struct clt_trainer *trainer; /* NULL: opened to measure only */
    struct clt_run_directory *directory;
    struct clt_observer observer; /* of clt_run_train(); the trainer borrows it from the start */
    struct clt_run_record record;
    struct clt_expectation_result *expectations; /* [config->n_expect] */
    struct clt_run_product *products;            /* the record's, as what follows */
    struct clt_gradients *gradients;
    char *failure; /* the record's reason after one */
    bool *loaded;  /* [members]: has the weights that were asked for; else others */
    bool resumed, trained;
};

/* clt_run_create(), which `observer` can stop: CLT_E_STOPPED. NULL: nobody. */
enum clt_status clt_run_create_observed(struct clt_run **out, struct clt_device *device,
                                        const struct clt_config *config,
                                        const struct clt_observer *observer);
/* The same of clt_run_resume(). */
enum clt_status clt_run_resume_observed(struct clt_run **out, struct clt_device *device,
                                        const char *folder,
                                        const struct clt_resume_options *options,
                                        const struct clt_observer *observer);
/* An empty run of `config`. CLT_E_NOMEM. */
enum clt_status clt_run_new(struct clt_run **out, const struct clt_config *config);
/* Its experiment, by `options`, which the run's observer can stop where they name nobody else, and
 * what the record says about that. */
enum clt_status clt_run_build(struct clt_run *run, const struct clt_experiment_options *options);
/* All that trains, once it is built. */
enum clt_status clt_run_add_trainer(struct clt_run *run);

/* clt_run_open() on the device that `options` names. */
enum clt_status clt_run_open_with(struct clt_run **out, const char *folder, const char *which,
                                  const struct clt_experiment_options *options);
/* CLT_E_USAGE: there is no such member; CLT_E_DATA: it has no such checkpoint. */
enum clt_status clt_run_check_member(const struct clt_run *run, size_t member);
struct clt_range clt_run_range(const struct clt_run *run, enum clt_split split);

#endif
