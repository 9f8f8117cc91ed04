/* run.c - a run from its start to its end, in a run directory of its own. */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "divergence.h"
#include "expectations.h"
#include "gradcheck.h"
#include "gradients.h"
#include "profile.h"
#include "trainer.h"
#include "tuning.h"

void clt_run_free(struct clt_run *run)
{
    if (!run) return;
    clt_trainer_free(run->trainer);
    clt_experiment_free(run->experiment);
    clt_run_directory_close(run->directory);
    free(run->record.members);
    free(run->expectations);
    free(run->products);
    clt_gradients_free(run->gradients);
    free(run->failure);
    free(run->loaded);
    clt_config_free(run->own_config);
    free(run);
}

enum clt_status clt_run_new(struct clt_run **out, const struct clt_config *config)
{
    struct clt_run *run = calloc(1, sizeof *run);
    *out = NULL;
    if (!run) return clt_fail(CLT_E_NOMEM, "no memory for the run");
    run->config = config;
    run->expectations = calloc(config->n_expect + 1, sizeof *run->expectations);
    run->loaded = calloc(config->members, sizeof *run->loaded);
    run->record.members = calloc(config->members, sizeof *run->record.members);
    if (!run->expectations || !run->loaded || !run->record.members) {
        clt_run_free(run);
        return clt_fail(CLT_E_NOMEM, "no memory for the run");
    }
    for (size_t p = 0; p < config->members; p++) run->loaded[p] = true;
    *out = run;
    return CLT_OK;
}

static bool is_asked_to_stop(void *self)
{
    const struct clt_observer *observer = &((const struct clt_run *)self)->observer;
    return observer->should_stop && observer->should_stop(observer->self);
}

enum clt_status clt_run_build(struct clt_run *run, const struct clt_experiment_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_experiment_options interruptible = *options;
    if (!options->interrupt.asked)
        interruptible.interrupt = (struct clt_interrupt){is_asked_to_stop, run};
    TRY(clt_experiment_create(&run->experiment, run->config, &interruptible));
    const struct clt_device_info *device = clt_device_describe(run->experiment->device);
    run->record =
        (struct clt_run_record){.config = run->config,
                                .platform = device->platform_name,
                                .device = device->name,
                                .driver = device->driver,
                                .gemm_backend = clt_gemm_name(run->experiment->model->gemm),
                                .total_updates = run->experiment->schedule.total,
                                .members = run->record.members,
                                .expectations = run->expectations};
done:
    return st;
}

enum clt_status clt_run_add_trainer(struct clt_run *run)
{
    return clt_trainer_create(&run->trainer, run->experiment, &run->observer);
}

enum clt_status clt_run_create_observed(struct clt_run **out, struct clt_device *device,
                                        const struct clt_config *config,
                                        const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    struct clt_run *run = NULL;
    *out = NULL;
    TRY(clt_run_new(&run, config));
    if (observer) run->observer = *observer;
    TRY(clt_run_build(run, &(struct clt_experiment_options){.opened = device}));
    TRY(clt_run_add_trainer(run));
    *out = run;
    run = NULL;
done:
    clt_run_free(run);
    return st;
}

enum clt_status clt_run_create(struct clt_run **out, struct clt_device *device,
                               const struct clt_config *config)
{
    return clt_run_create_observed(out, device, config, NULL);
}

const char *clt_run_folder(const struct clt_run *run)
{
    return run->directory ? clt_run_directory_path(run->directory) : NULL;
}

const struct clt_run_record *clt_run_record_of(const struct clt_run *run)
{
    return &run->record;
}

enum clt_status clt_run_json(char **out, const struct clt_run *run)
{
    return clt_record_json(out, &run->record);
}

/* ---- training ---- */

/* The products that the backend was asked for so far. */
static enum clt_status list_products(struct clt_run *run)
{
    size_t count;
    const struct clt_tuned *tuned = clt_gemm_tuned(run->experiment->model->gemm, &count);
    free(run->products);
    run->record.products = run->products = calloc(count + 1, sizeof *run->products);
    run->record.n_products = count;
    if (!run->products) return clt_fail(CLT_E_NOMEM, "no memory for the record of the run");
    for (size_t i = 0; i < count; i++) {
        struct clt_run_product *product = &run->products[i];
        clt_asked_product_format(product->name, sizeof product->name, &tuned[i].work);
        clt_method_format(product->method, sizeof product->method, &tuned[i].method);
        product->measured = tuned[i].measured;
        product->seconds = tuned[i].seconds;
        product->default_seconds = tuned[i].default_seconds;
    }
    return CLT_OK;
}

static enum clt_status write_record(struct clt_run *run, enum clt_run_status status,
                                    const char *reason)
{
    enum clt_status st = CLT_OK;
    struct clt_run_record *record = &run->record;
    struct clt_trainer *trainer = run->trainer;
    record->status = status;
    record->reason = reason;
    record->updates = trainer->state.update;
    record->seconds = trainer->state.seconds;
    record->resumes = trainer->state.resumes;
    record->ended = status == CLT_RUN_RUNNING ? 0 : time(NULL);
    clt_divergence_results(trainer); /* a state that was read since then has other lists */
    memcpy(record->members, trainer->results, run->config->members * sizeof *record->members);
    TRY(list_products(run));
    TRY(clt_record_write_results(clt_run_folder(run), record));
    TRY(clt_record_write_json(clt_run_folder(run), record));
done:
    return st;
}

/* Best effort, and without a word: what the caller hears is the failure itself. */
static void record_failure(struct clt_run *run, enum clt_status failure)
{
    run->failure = strdup(clt_error_message());
    if (!run->failure) return;
    run->record.failure = failure;
    write_record(run, CLT_RUN_FAILED, run->failure);
    clt_fail(failure, "%s", run->failure);
}

/* Where the time went, if the device tells. */
static enum clt_status add_profile(struct clt_run *run)
{
    struct clt_profiler *profiler = clt_device_profiler(run->experiment->device);
    return profiler ? clt_profiler_read(&run->record.profile, profiler) : CLT_OK;
}

static enum clt_status interrupt(struct clt_run *run)
{
    enum clt_status st = CLT_OK;
    const struct clt_stop stop = clt_stop_of(&run->observer);
    run->record.signal = stop.signal;
    TRY(add_profile(run));
    TRY(write_record(run, CLT_RUN_INTERRUPTED, stop.reason));
done:
    return st;
}

static enum clt_status check_gradients(struct clt_run *run)
{
    enum clt_status st = CLT_OK;
    if (run->config->gradcheck.samples == 0) return CLT_OK;
    TRY(clt_gradients_check(&run->gradients, run->config, run->experiment->device,
                            run->experiment->interrupt));
    run->record.gradients = run->gradients;
    TRY(clt_gradients_write(clt_run_folder(run), run->gradients));
done:
    return st;
}

/* The last measurements, the judgement, the files. */
static enum clt_status conclude(struct clt_run *run)
{
    enum clt_status st = CLT_OK;
    const bool diverged = clt_trainer_all_diverged(run->trainer);
    const bool whole = clt_trainer_is_done(run->trainer);
    if (!clt_trainer_has_ended(run->trainer)) return interrupt(run);
    TRY(clt_trainer_finish(run->trainer));
    TRY(add_profile(run));
    TRY(check_gradients(run));
    clt_expectations_judge(run->expectations, run->config, run->trainer->results, run->gradients);
    run->record.n_expectations = run->config->n_expect;
    if (!diverged)
        return write_record(run, CLT_RUN_DONE,
                            whole ? "all updates made" : "every member has stopped or diverged");
    TRY(write_record(run, CLT_RUN_DIVERGED, "every member diverged"));
    st = clt_fail(CLT_E_DIVERGED, CLT_ALL_DIVERGED, run->config->name);
done:
    return st;
}

static void tell_start(const struct clt_run *run)
{
    const struct clt_experiment *experiment = run->experiment;
    size_t n_skipped;
    const char *const *skipped = clt_device_skipped(experiment->device, &n_skipped);
    const struct clt_start start = {
        .folder = clt_run_folder(run),
        .name = run->config->name,
        .device = run->record.device,
        .gemm_backend = run->record.gemm_backend,
        .skipped = skipped,
        .n_skipped = n_skipped,
        .members = run->config->members,
        .train_samples = experiment->dataset->train.count,
        .parameters = clt_network_parameter_count(experiment->network),
        .update = run->trainer->state.update,
        .total_updates = experiment->schedule.total,
    };
    if (run->observer.started) run->observer.started(run->observer.self, &start);
}

static enum clt_status train(struct clt_run *run)
{
    enum clt_status st = CLT_OK;
    tell_start(run);
    if (!run->resumed) TRY(clt_trainer_open(run->trainer, clt_run_folder(run)));
    TRY(write_record(run, CLT_RUN_RUNNING, NULL));
    TRY(clt_trainer_tune(run->trainer, run->config->gemm.tune_seconds));
    if (run->resumed) TRY(clt_trainer_check_best(run->trainer));
    TRY(clt_trainer_run(run->trainer));
    TRY(conclude(run));
done:
    if (st == CLT_E_STOPPED)
        st = interrupt(run); /* the last checkpoint holds all that is trained */
    if (st != CLT_OK && st != CLT_E_DIVERGED) record_failure(run, st);
    return st;
}

/* The run directory that is taken up, or a new one; with the config, which may be longer now. */
static enum clt_status enter(struct clt_run *run, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_run_directory *fresh = NULL;
    if (run->directory) return clt_run_directory_write_config(clt_run_folder(run), run->config);
    TRY(clt_run_directory_create(&fresh, folder, run->config->name));
    TRY(clt_run_directory_write_config(clt_run_directory_path(fresh), run->config));
    run->directory = fresh;
    fresh = NULL;
done:
    clt_run_directory_discard(fresh);
    return st;
}

enum clt_status clt_run_train(struct clt_run *run, const char *folder,
                              const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    if (!run->trainer || run->trained)
        return clt_fail(CLT_E_USAGE, "%s: this run %s; create or resume another", run->config->name,
                        run->trained ? "has been trained" : "is open to be measured only");
    TRY(enter(run, folder));
    run->trained = true;
    run->observer = *observer;
    TRY(train(run));
done:
    return st;
}
