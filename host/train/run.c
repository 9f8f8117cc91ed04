#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expectations.h"
#include "file.h"
#include "run_directory.h"
#include "trainer.h"

/* A run while it goes on. */
struct run {
    struct clt_outcome *outcome; /* owns the config that the others borrow */
    struct clt_experiment *experiment;
    struct clt_trainer *trainer;
    struct clt_run_directory *directory;
};

static void run_close(struct run *run)
{
    clt_trainer_free(run->trainer);
    clt_experiment_free(run->experiment);
    clt_run_directory_close(run->directory);
    clt_outcome_free(run->outcome);
}

void clt_outcome_free(struct clt_outcome *outcome)
{
    if (!outcome) return;
    free(outcome->record.members);
    free(outcome->expectations);
    free(outcome->platform);
    free(outcome->device);
    free(outcome->driver);
    free(outcome->folder);
    clt_config_free(outcome->config);
    free(outcome);
}

/* Takes `config` over, also when it fails. */
static enum clt_status outcome_create(struct clt_outcome **out, struct clt_config *config)
{
    *out = calloc(1, sizeof **out);
    if (!*out) {
        clt_config_free(config);
        return clt_fail(CLT_E_NOMEM, "no memory for the run");
    }
    (*out)->config = config;
    return CLT_OK;
}

static enum clt_status describe(struct run *run)
{
    struct clt_outcome *outcome = run->outcome;
    const struct clt_device_info *device = clt_device_describe(run->experiment->device);
    outcome->folder = strdup(clt_run_directory_path(run->directory));
    outcome->platform = strdup(device->platform_name);
    outcome->device = strdup(device->name);
    outcome->driver = strdup(device->driver);
    outcome->expectations = calloc(outcome->config->n_expect + 1, sizeof *outcome->expectations);
    outcome->record = (struct clt_run_record){
        .config = outcome->config,
        .platform = outcome->platform,
        .device = outcome->device,
        .driver = outcome->driver,
        .gemm_backend = clt_gemm_name(run->experiment->model->gemm),
        .total_updates = run->experiment->schedule.total,
        .members = calloc(outcome->config->members, sizeof *outcome->record.members),
        .expectations = outcome->expectations};
    if (outcome->folder && outcome->platform && outcome->device && outcome->driver &&
        outcome->expectations && outcome->record.members)
        return CLT_OK;
    return clt_fail(CLT_E_NOMEM, "no memory for the run's record");
}

static enum clt_status write_record(struct run *run, enum clt_run_status status, const char *reason)
{
    enum clt_status st = CLT_OK;
    struct clt_run_record *record = &run->outcome->record;
    const struct clt_trainer *trainer = run->trainer;
    record->status = status;
    record->reason = reason;
    record->updates = trainer->state.update;
    record->seconds = trainer->state.seconds;
    memcpy(record->members, trainer->results, record->config->members * sizeof *record->members);
    TRY(clt_record_write_results(run->outcome->folder, record));
    TRY(clt_record_write_json(run->outcome->folder, record));
done:
    return st;
}

/* Best effort, and without a word: what the caller hears is the failure itself. */
static enum clt_status record_failure(struct run *run, enum clt_status failure)
{
    char *message = strdup(clt_error_message());
    if (message) {
        write_record(run, CLT_RUN_FAILED, message);
        clt_fail(failure, "%s", message);
    }
    free(message);
    return failure;
}

static enum clt_status write_config(const char *folder, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    char *text = NULL, *path = clt_path_join(folder, "config.cfg");
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the config");
    TRY(clt_config_write(&text, config));
    TRY(clt_file_replace(path, text, strlen(text)));
done:
    free(text);
    free(path);
    return st;
}

/* The last measurements, the judgement, the files. */
static enum clt_status conclude(struct run *run)
{
    enum clt_status st = CLT_OK;
    struct clt_run_record *record = &run->outcome->record;
    const bool diverged = clt_trainer_all_diverged(run->trainer);
    if (!diverged && !clt_trainer_is_done(run->trainer))
        return write_record(run, CLT_RUN_INTERRUPTED, "asked to stop; `cltrain resume` goes on");
    TRY(clt_trainer_finish(run->trainer));
    clt_expectations_judge(run->outcome->expectations, record->config, run->trainer->results);
    record->n_expectations = record->config->n_expect;
    if (!diverged) return write_record(run, CLT_RUN_DONE, "all updates made");
    TRY(write_record(run, CLT_RUN_DIVERGED, "every member diverged"));
    st = clt_fail(CLT_E_DIVERGED,
                  "%s: every member diverged; choose a lower train.learning_rate or train.l2",
                  record->config->name);
done:
    return st;
}

/* What a new run and a resumed one share once the directory is theirs. */
static enum clt_status train(struct run *run, const struct clt_observer *observer, bool resume)
{
    enum clt_status st = CLT_OK;
    const char *folder = clt_run_directory_path(run->directory);
    bool may_write = !resume; /* a checkpoint that cannot be read leaves the folder as it is */
    TRY(describe(run));
    TRY(clt_trainer_open(run->trainer, folder, resume));
    may_write = true;
    TRY(write_config(folder, run->outcome->config));
    TRY(write_record(run, CLT_RUN_RUNNING, NULL));
    if (observer->started) observer->started(observer->self, folder, run->experiment);
    if (!resume) TRY(clt_trainer_begin(run->trainer));
    TRY(clt_trainer_run(run->trainer));
    TRY(conclude(run));
done:
    if (st != CLT_OK && st != CLT_E_DIVERGED && may_write && run->outcome->record.members)
        record_failure(run, st);
    return st;
}

static enum clt_status prepare(struct run *run, const char *selector,
                               const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    const struct clt_config *config = run->outcome->config;
    TRY(clt_experiment_create(&run->experiment, config,
                              &(struct clt_experiment_options){.device = selector}));
    TRY(clt_trainer_create(&run->trainer, run->experiment, observer));
done:
    return st;
}

/* Hands the outcome to the caller where there is one worth having. */
static enum clt_status hand_over(struct clt_outcome **out, struct run *run, enum clt_status st)
{
    if (st == CLT_OK || st == CLT_E_DIVERGED) {
        *out = run->outcome;
        run->outcome = NULL;
    }
    run_close(run);
    return st;
}

enum clt_status clt_run_start(struct clt_outcome **out, struct clt_config *config,
                              const char *folder, const char *selector,
                              const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    struct run run = {0};
    *out = NULL;
    TRY(outcome_create(&run.outcome, config));
    TRY(prepare(&run, selector, observer));
    TRY(clt_run_directory_create(&run.directory, folder, config->name));
    TRY(train(&run, observer, false));
done:
    return hand_over(out, &run, st);
}

/* --- resume --- */

static enum clt_status load_config(struct clt_config **out, const char *folder,
                                   const char *const *sets, size_t n_sets)
{
    char *path = clt_path_join(folder, "config.cfg");
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the config");
    const enum clt_status st = clt_config_load(out, path, sets, n_sets);
    free(path);
    return st;
}

/* The config of a run with `sets` over it and `last` over those; the stop that it recorded is
 * forgotten. */
static enum clt_status load_resumed(struct clt_config **out, const char *folder,
                                    const char *const *sets, size_t n_sets, const char *const *last,
                                    size_t n_last)
{
    const char **all = calloc(n_sets + n_last + 1, sizeof *all);
    size_t n = 0;
    *out = NULL;
    if (!all) return clt_fail(CLT_E_NOMEM, "no memory for the config");
    all[n++] = "train.stop_at_update=0";
    for (size_t i = 0; i < n_sets; i++) all[n++] = sets[i];
    for (size_t i = 0; i < n_last; i++) all[n++] = last[i];
    const enum clt_status st = load_config(out, folder, all, n);
    free(all);
    return st;
}

static enum clt_status check_equal(const struct clt_config *a, const struct clt_config *b)
{
    enum clt_status st = CLT_OK;
    char *text_a = NULL, *text_b = NULL;
    TRY(clt_config_write(&text_a, a));
    TRY(clt_config_write(&text_b, b));
    if (strcmp(text_a, text_b) != 0)
        st = clt_fail(CLT_E_USAGE, "resume: --set may only lengthen the run (train.epochs, "
                                   "train.cycles, train.updates) or set train.stop_at_update; "
                                   "start a new run for anything else");
done:
    free(text_a);
    free(text_b);
    return st;
}

/* With the old length put back, the sets of a resume must change nothing. */
static enum clt_status check_only_longer(const struct clt_config *before,
                                         const struct clt_config *after, const char *folder,
                                         const char *const *sets, size_t n_sets)
{
    enum clt_status st = CLT_OK;
    const struct clt_train_config *was = &before->train, *is = &after->train;
    struct clt_config *restored = NULL;
    char epochs[48], cycles[48], updates[48];
    snprintf(epochs, sizeof epochs, "train.epochs=%" PRIu64 "L", was->epochs);
    snprintf(cycles, sizeof cycles, "train.cycles=%" PRIu64 "L", was->cycles);
    snprintf(updates, sizeof updates, "train.updates=%" PRIu64 "L", was->updates);
    const char *const last[] = {epochs, cycles, updates, "train.stop_at_update=0"};
    TRY(load_resumed(&restored, folder, sets, n_sets, last, sizeof last / sizeof *last));
    TRY(check_equal(before, restored));
    if (was->epochs > is->epochs || was->cycles > is->cycles || was->updates > is->updates)
        st = clt_fail(CLT_E_USAGE, "resume: --set may lengthen the run, not shorten it or count "
                                   "its length otherwise");
done:
    clt_config_free(restored);
    return st;
}

enum clt_status clt_run_resume(struct clt_outcome **out, const char *folder,
                               const char *const *sets, size_t n_sets, const char *selector,
                               const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    struct run run = {0};
    struct clt_config *before = NULL, *after = NULL;
    *out = NULL;
    TRY(clt_run_directory_open(&run.directory, folder));
    TRY(load_resumed(&before, folder, NULL, 0, NULL, 0));
    TRY(load_resumed(&after, folder, sets, n_sets, NULL, 0));
    TRY(check_only_longer(before, after, folder, sets, n_sets));
    TRY(outcome_create(&run.outcome, after));
    after = NULL;
    TRY(prepare(&run, selector, observer));
    TRY(train(&run, observer, true));
done:
    clt_config_free(before);
    clt_config_free(after);
    return hand_over(out, &run, st);
}

/* --- evaluate --- */

static struct clt_range split_range(const struct clt_dataset *dataset, enum clt_split split)
{
    switch (split) {
    case CLT_SPLIT_TRAIN: return dataset->train;
    case CLT_SPLIT_VALIDATION: return dataset->validation;
    case CLT_SPLIT_TEST: break;
    }
    return dataset->test;
}

/* Puts the weights of `which` on the device; loaded[p] tells which members have such a checkpoint.
 */
static enum clt_status load_weights(struct clt_experiment *experiment, const char *folder,
                                    const char *which, bool *loaded)
{
    enum clt_status st = CLT_OK;
    const bool best = strcmp(which, "best") == 0;
    struct clt_checkpoint *checkpoint = NULL;
    struct clt_progress_state state = {0};
    TRY(clt_progress_state_create(&state, experiment->config->members));
    TRY(clt_checkpoint_create(&checkpoint, folder, experiment));
    TRY(clt_checkpoint_load_state(checkpoint, &state));
    for (size_t p = 0; p < experiment->config->members; p++) {
        loaded[p] = !best || state.best[p].exists;
        if (best && loaded[p]) TRY(clt_checkpoint_load_member(checkpoint, which, p));
    }
    TRY(clt_checkpoint_write_device(checkpoint));
done:
    clt_checkpoint_free(checkpoint);
    clt_progress_state_free(&state);
    return st;
}

enum clt_status clt_run_evaluate(struct clt_evaluation **out, const char *folder,
                                 const char *selector, enum clt_split split, const char *which)
{
    enum clt_status st = CLT_OK;
    struct clt_experiment *experiment = NULL;
    struct clt_measurer *measurer = NULL;
    bool *loaded = NULL;
    struct clt_evaluation *evaluation = calloc(1, sizeof *evaluation);
    *out = NULL;
    if (!evaluation) return clt_fail(CLT_E_NOMEM, "no memory for the evaluation");
    TRY(clt_run_directory_check(folder));
    TRY(load_config(&evaluation->config, folder, NULL, 0));
    const struct clt_config *config = evaluation->config;
    evaluation->members = calloc(config->members, sizeof *evaluation->members);
    loaded = calloc(config->members, sizeof *loaded);
    if (!evaluation->members || !loaded) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the evaluation");
        goto done;
    }
    TRY(clt_experiment_create(&experiment, config,
                              &(struct clt_experiment_options){.device = selector}));
    TRY(load_weights(experiment, folder, which, loaded));
    TRY(clt_measurer_create(&measurer, experiment));
    TRY(clt_measure_range(measurer, split_range(experiment->dataset, split), evaluation->members));
    for (size_t p = 0; p < config->members; p++)
        if (!loaded[p]) evaluation->members[p].made = false;
    *out = evaluation;
    evaluation = NULL;
done:
    free(loaded);
    clt_measurer_free(measurer);
    clt_experiment_free(experiment);
    clt_evaluation_free(evaluation);
    return st;
}

void clt_evaluation_free(struct clt_evaluation *evaluation)
{
    if (!evaluation) return;
    free(evaluation->members);
    clt_config_free(evaluation->config);
    free(evaluation);
}
