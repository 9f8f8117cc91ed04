/* cltrain.c - the public calls of include/cltrain/cltrain.h. */
#include <cltrain/cltrain.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

const char *clt_version(void)
{
    return CLTRAIN_VERSION;
}

/* What an observer of the run needs to call the caller's functions. */
struct caller {
    const struct clt_train_options *options;
    struct clt_train_row *rows; /* [members] */
    size_t capacity;
};

static void started(void *self, const char *folder, const struct clt_experiment *experiment)
{
    struct caller *caller = self;
    (void)folder;
    caller->rows = calloc(experiment->config->members, sizeof *caller->rows);
    caller->capacity = caller->rows ? experiment->config->members : 0;
}

static double made_or_nan(const struct clt_measure *measure, double value)
{
    return measure->made ? value : NAN;
}

static void report(void *self, const struct clt_report *report)
{
    struct caller *caller = self;
    const struct clt_train_options *options = caller->options;
    if (!options->report || report->n_rows > caller->capacity) return;
    for (size_t i = 0; i < report->n_rows; i++) {
        const struct clt_metrics_row *row = &report->rows[i];
        const struct clt_measure *train = &row->train, *validation = &row->validation;
        caller->rows[i] =
            (struct clt_train_row){.member = row->member,
                                   .update = row->update,
                                   .total_updates = report->total,
                                   .epoch = row->epoch,
                                   .learning_rate = row->learning_rate,
                                   .train_cost = train->cost,
                                   .train_loss = train->loss,
                                   .train_accuracy = train->accuracy,
                                   .val_cost = made_or_nan(validation, validation->cost),
                                   .val_loss = made_or_nan(validation, validation->loss),
                                   .val_accuracy = made_or_nan(validation, validation->accuracy),
                                   .seconds = row->seconds};
    }
    options->report(options->self, caller->rows, report->n_rows);
}

static bool should_stop(void *self)
{
    const struct clt_train_options *options = ((struct caller *)self)->options;
    return options->should_stop && options->should_stop(options->self);
}

static struct clt_observer observer_of(struct caller *caller)
{
    return (struct clt_observer){
        .self = caller, .started = started, .report = report, .should_stop = should_stop};
}

enum clt_status clt_train(char **folder, const char *path, const struct clt_train_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_outcome *outcome = NULL;
    struct caller caller = {.options = options};
    const struct clt_observer observer = observer_of(&caller);
    *folder = NULL;
    TRY(clt_config_load(&config, path, options->sets, options->n_sets));
    st = clt_run_start(&outcome, config, options->folder, options->device, &observer);
    if (outcome) *folder = strdup(outcome->folder);
    if (outcome && !*folder) st = clt_fail(CLT_E_NOMEM, "no memory for the run directory's path");
done:
    clt_outcome_free(outcome);
    free(caller.rows);
    return st;
}

enum clt_status clt_resume(const char *run_directory, const struct clt_train_options *options)
{
    struct clt_outcome *outcome = NULL;
    struct caller caller = {.options = options};
    const struct clt_observer observer = observer_of(&caller);
    const enum clt_status st = clt_run_resume(&outcome, run_directory, options->sets,
                                              options->n_sets, options->device, &observer);
    clt_outcome_free(outcome);
    free(caller.rows);
    return st;
}
