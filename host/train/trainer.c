#include "trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "divergence.h"
#include "early_stopping.h"
#include "ensemble.h"
#include "event.h"
#include "interrupt.h"
#include "resumes.h"
#include "snapshots.h"
#include "tuning.h"

static void free_plans(struct clt_trainer *trainer)
{
    if (trainer->last != trainer->full) clt_plan_free(trainer->last);
    clt_plan_free(trainer->full);
    trainer->full = trainer->last = NULL;
}

static enum clt_status create_plans(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const size_t rest = clt_schedule_last_batch(schedule);
    TRY(clt_plan_create(&trainer->full, trainer->experiment->model, true, schedule->batch_size));
    trainer->last = trainer->full;
    if (rest != schedule->batch_size) {
        trainer->last = NULL;
        TRY(clt_plan_create(&trainer->last, trainer->experiment->model, true, rest));
    }
done:
    return st;
}

enum clt_status clt_trainer_create(struct clt_trainer **out, struct clt_experiment *experiment,
                                   const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    const size_t members = experiment->config->members;
    struct clt_trainer *trainer = calloc(1, sizeof *trainer);
    *out = NULL;
    if (!trainer) return clt_fail(CLT_E_NOMEM, "no memory for training");
    trainer->experiment = experiment;
    trainer->observer = observer;
    trainer->ordered_epoch = trainer->measured_update = UINT64_MAX;
    trainer->session_start = clt_clock_seconds();
    trainer->results = calloc(members, sizeof *trainer->results);
    trainer->rows = calloc(members, sizeof *trainer->rows);
    trainer->rates = calloc(CLT_CHUNK * members * CLT_RATES, sizeof *trainer->rates);
    trainer->best_lost = calloc(members, sizeof *trainer->best_lost);
    if (!trainer->results || !trainer->rows || !trainer->rates || !trainer->best_lost) {
        st = clt_fail(CLT_E_NOMEM, "no memory for training");
        goto done;
    }
    TRY(clt_progress_state_create(&trainer->state, members));
    TRY(create_plans(trainer));
    TRY(clt_measurer_create(&trainer->measurer, experiment));
    *out = trainer;
    trainer = NULL;
done:
    clt_trainer_free(trainer);
    return st;
}

void clt_trainer_free(struct clt_trainer *trainer)
{
    if (!trainer) return;
    clt_metrics_file_close(trainer->metrics);
    clt_checkpoint_free(trainer->checkpoint);
    clt_measurer_free(trainer->measurer);
    free_plans(trainer);
    clt_progress_state_free(&trainer->state);
    for (size_t p = 0; trainer->results && p < trainer->experiment->config->members; p++)
        clt_ensemble_free(&trainer->results[p].ensemble);
    free(trainer->results);
    free(trainer->rows);
    free(trainer->rates);
    free(trainer->best_lost);
    free(trainer);
}

bool clt_trainer_is_done(const struct clt_trainer *trainer)
{
    return trainer->state.update >= trainer->experiment->schedule.total;
}

bool clt_trainer_all_diverged(const struct clt_trainer *trainer)
{
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        if (!trainer->state.frozen[p]) return false;
    return true;
}

bool clt_trainer_all_ended(const struct clt_trainer *trainer)
{
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        if (!clt_progress_ended(&trainer->state, p)) return false;
    return true;
}

bool clt_trainer_has_ended(const struct clt_trainer *trainer)
{
    return !trainer->state.report_due &&
           (clt_trainer_is_done(trainer) || clt_trainer_all_ended(trainer));
}

enum clt_status clt_trainer_tune(struct clt_trainer *trainer, double seconds)
{
    enum clt_status st = CLT_OK;
    struct clt_gemm *gemm = trainer->experiment->model->gemm;
    const double start = clt_clock_seconds();
    const struct clt_tuning_options options = {.seconds = seconds,
                                               .interrupt = trainer->experiment->interrupt,
                                               .self = trainer->observer->self,
                                               .progress = trainer->observer->tuning};
    if (seconds == 0) return CLT_OK;
    TRY(clt_measurer_prepare(trainer->measurer));
    if (clt_gemm_unmeasured(gemm) == 0) return CLT_OK;
    st = clt_gemm_tune(gemm, &options);
    if (st == CLT_E_OUTPUT) st = CLT_OK; /* the next run measures again, no more */
    if (st != CLT_OK) return st;
    clt_measurer_reset(trainer->measurer);
    free_plans(trainer);
    TRY(create_plans(trainer));
    trainer->session_start += clt_clock_seconds() - start; /* it is no time of training */
done:
    return st;
}

/* --- a report point --- */

enum clt_status clt_trainer_measure(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = trainer->experiment;
    const size_t members = experiment->config->members;
    const size_t limit = experiment->config->report.train_samples;
    struct clt_range ranges[2] = {experiment->dataset->train, experiment->dataset->validation};
    struct clt_measure *measures = calloc(members * 2, sizeof *measures);
    if (!measures) return clt_fail(CLT_E_NOMEM, "no memory for measuring");
    if (limit && limit < ranges[0].count) ranges[0].count = limit;
    TRY(clt_measure_ranges(trainer->measurer, ranges, 2, measures));
    for (size_t p = 0; p < members; p++) {
        trainer->results[p].train = measures[p];
        trainer->results[p].validation = measures[members + p];
    }
    trainer->measured_update = trainer->state.update;
done:
    free(measures);
    return st;
}

static enum clt_status keep_best(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        const struct clt_measure *validation = &trainer->results[p].validation;
        struct clt_best *best = &trainer->state.best[p];
        if (!validation->made || clt_progress_ended(&trainer->state, p)) continue;
        if (!isfinite(validation->loss)) continue;
        if (best->exists && !(validation->accuracy > best->val_accuracy)) continue;
        TRY(clt_checkpoint_save_member(trainer->checkpoint, "best", p, trainer->state.update));
        trainer->best_lost[p] = false;
        *best = (struct clt_best){
            .exists = true, .update = trainer->state.update, .val_accuracy = validation->accuracy};
    }
done:
    return st;
}

/* Each with the number of the updates that it took part in. They reach the disk at the end of the
 * session: until then the state can give them again. */
static enum clt_status save_members(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const struct clt_progress_state *state = &trainer->state;
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        const uint64_t ended = clt_progress_ended(state, p);
        TRY(clt_checkpoint_save_member(trainer->checkpoint, "last", p,
                                       ended ? ended : state->update));
    }
done:
    return st;
}

static enum clt_status sync(const struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    TRY(clt_checkpoint_sync(trainer->checkpoint, "last"));
    TRY(clt_checkpoint_sync(trainer->checkpoint, "best"));
done:
    return st;
}

/* The state first: it outranks the member files, which can be written again from it. `wished`:
 * somebody asked for it, and wants all of it on the disk. */
static enum clt_status save(struct clt_trainer *trainer, bool wished)
{
    enum clt_status st = CLT_OK;
    const struct clt_observer *observer = trainer->observer;
    const double start = clt_clock_seconds();
    TRY(clt_checkpoint_save_state(trainer->checkpoint, &trainer->state));
    TRY(save_members(trainer));
    if (wished) TRY(sync(trainer));
    const struct clt_saving saving = {trainer->state.update, clt_clock_seconds() - start, wished};
    if (observer->saved) observer->saved(observer->self, &saving);
done:
    return st;
}

static bool wants_checkpoint(const struct clt_trainer *trainer)
{
    const struct clt_observer *observer = trainer->observer;
    return observer->should_save && observer->should_save(observer->self);
}

static double seconds_so_far(const struct clt_trainer *trainer)
{
    return trainer->earlier_seconds + clt_clock_seconds() - trainer->session_start;
}

/* Of the update that follows `update` ones. */
static double rate_of(const struct clt_trainer *trainer, size_t member, uint64_t update)
{
    const struct clt_experiment *experiment = trainer->experiment;
    return trainer->state.factor[member] *
           clt_learning_rate(&experiment->members[member]->train.learning_rate,
                             experiment->schedule.total, update);
}

static size_t fill_rows(struct clt_trainer *trainer)
{
    const struct clt_experiment *experiment = trainer->experiment;
    const uint64_t update = trainer->state.update;
    size_t n = 0;
    for (size_t p = 0; p < experiment->config->members; p++) {
        if (clt_progress_ended(&trainer->state, p)) continue;
        trainer->rows[n++] = (struct clt_metrics_row){
            .member = p,
            .update = update,
            .epoch = (double)update / (double)experiment->schedule.updates_per_epoch,
            .learning_rate = rate_of(trainer, p, update),
            .train = trainer->results[p].train,
            .validation = trainer->results[p].validation,
            .seconds = trainer->state.seconds};
    }
    return n;
}

static void tell_report(struct clt_trainer *trainer, size_t n_rows)
{
    const struct clt_progress_state *state = &trainer->state;
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const double elapsed = state->seconds - trainer->reported_seconds;
    const uint64_t updates = state->update - trainer->reported_update;
    const struct clt_report report = {
        .update = state->update,
        .total = schedule->total,
        .epoch = (double)state->update / (double)schedule->updates_per_epoch,
        .seconds = state->seconds,
        .updates_per_second = updates && elapsed > 0 ? (double)updates / elapsed : 0,
        .rows = trainer->rows,
        .n_rows = n_rows};
    if (trainer->observer->report) trainer->observer->report(trainer->observer->self, &report);
    trainer->reported_seconds = seconds_so_far(trainer);
    trainer->reported_update = state->update;
}

static enum clt_status report(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    bool rewound;
    trainer->state.seconds = seconds_so_far(trainer);
    TRY(clt_trainer_measure(trainer)); /* a stop comes here or not at all: nothing is half done */
    TRY(clt_divergence_judge(trainer, &rewound));
    if (rewound) return CLT_OK;
    const size_t n_rows = fill_rows(trainer);
    TRY(clt_metrics_file_append(trainer->metrics, trainer->rows, n_rows));
    TRY(clt_checkpoint_read_device(trainer->checkpoint));
    TRY(keep_best(trainer));
    TRY(clt_early_stopping_apply(trainer));
    trainer->state.report_due = false;
    TRY(clt_metrics_file_sync(trainer->metrics, &trainer->state.metrics_length));
    if (trainer->experiment->config->train.on_divergence == CLT_DIVERGENCE_REWIND)
        TRY(clt_checkpoint_save_target(trainer->checkpoint, &trainer->state));
    TRY(save(trainer, wants_checkpoint(trainer)));
    tell_report(trainer, n_rows);
done:
    return st;
}

/* A checkpoint between report points, or of one that is not made yet. */
static enum clt_status pause(struct clt_trainer *trainer, bool wished)
{
    enum clt_status st = CLT_OK;
    bool rewound;
    TRY(clt_divergence_settle(trainer, &rewound));
    if (rewound) return CLT_OK;
    trainer->state.seconds = seconds_so_far(trainer);
    TRY(clt_checkpoint_read_device(trainer->checkpoint));
    TRY(save(trainer, wished));
done:
    return st;
}

/* The state, if it was made as this trainer goes on, or else than is allowed to. */
static enum clt_status load_state(struct clt_trainer *trainer, const char *folder, unsigned allowed)
{
    enum clt_status st = CLT_OK;
    struct clt_condition_changes changes = {0};
    TRY(clt_checkpoint_compare(&changes, trainer->checkpoint));
    TRY(clt_conditions_check(&changes, allowed, folder));
    TRY(clt_checkpoint_load_state(trainer->checkpoint, &trainer->state));
    TRY(clt_resumes_add(&trainer->state, clt_device_describe(trainer->experiment->device), &changes,
                        allowed));
done:
    clt_condition_changes_free(&changes);
    return st;
}

enum clt_status clt_trainer_restored(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    struct clt_progress_state *state = &trainer->state;
    TRY(clt_trainer_write_frozen(trainer));
    clt_divergence_results(trainer);
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        trainer->results[p].stopped_at = state->stopped[p];
    trainer->measured_update = UINT64_MAX;
    trainer->reported_update = state->update;
    state->seconds = trainer->reported_seconds = seconds_so_far(trainer);
    TRY(save_members(trainer)); /* those on disk may be of another update */
done:
    return st;
}

static enum clt_status restore(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    trainer->earlier_seconds = trainer->state.seconds;
    trainer->session_start = clt_clock_seconds();
    TRY(clt_checkpoint_write_device(trainer->checkpoint));
    trainer->restored = true;
    TRY(clt_trainer_restored(trainer));
    TRY(clt_checkpoint_save_state(trainer->checkpoint, &trainer->state)); /* with its resumes */
done:
    return st;
}

/* What clt_checkpoint_check_best() found wrong has its message. The state's own weights can be
 * written again; others are gone. */
static enum clt_status replace_best(struct clt_trainer *trainer, size_t member)
{
    const struct clt_observer *observer = trainer->observer;
    const uint64_t update = trainer->state.best[member].update;
    if (update == trainer->state.update)
        return clt_checkpoint_save_member(trainer->checkpoint, "best", member, update);
    trainer->best_lost[member] = true;
    clt_fail_within(CLT_E_DATA,
                    "member %zu has lost its best network, of update %" PRIu64
                    ", and goes on without",
                    member, update);
    if (observer->warning) observer->warning(observer->self, clt_error_message());
    return CLT_OK;
}

enum clt_status clt_trainer_check_best(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const struct clt_progress_state *state = &trainer->state;
    for (size_t p = 0; st == CLT_OK && p < trainer->experiment->config->members; p++) {
        if (!state->best[p].exists) continue;
        bool lost;
        st = clt_checkpoint_check_best(&lost, trainer->checkpoint, p, state);
        if (lost && st == CLT_E_DATA) st = replace_best(trainer, p);
    }
    return st;
}

enum clt_status clt_trainer_open(struct clt_trainer *trainer, const char *folder)
{
    enum clt_status st = CLT_OK;
    TRY(clt_checkpoint_create(&trainer->checkpoint, folder, trainer->experiment));
    trainer->state.report_due = true; /* of update 0 */
    TRY(clt_metrics_file_open(&trainer->metrics, folder, 0));
done:
    return st;
}

/* Whether a state to go back to is wanted and not there: the run did not rewind before. */
static enum clt_status lacks_target(bool *lacks, const struct clt_trainer *trainer)
{
    bool there = true;
    enum clt_status st = CLT_OK;
    if (trainer->experiment->config->train.on_divergence == CLT_DIVERGENCE_REWIND)
        st = clt_checkpoint_has_target(&there, trainer->checkpoint);
    *lacks = !there;
    return st;
}

enum clt_status clt_trainer_reopen(struct clt_trainer *trainer, const char *folder,
                                   unsigned allowed)
{
    enum clt_status st = CLT_OK;
    bool lacks;
    TRY(clt_checkpoint_create(&trainer->checkpoint, folder, trainer->experiment));
    TRY(load_state(trainer, folder, allowed));
    TRY(lacks_target(&lacks, trainer)); /* before anything is written */
    TRY(clt_checkpoint_make_folder(trainer->checkpoint, "best"));
    TRY(restore(trainer));
    if (lacks) TRY(clt_checkpoint_save_target(trainer->checkpoint, &trainer->state));
    TRY(clt_metrics_file_open(&trainer->metrics, folder, trainer->state.metrics_length));
done:
    return st;
}

/* --- steps --- */

static enum clt_status set_order(struct clt_trainer *trainer, uint64_t epoch)
{
    const struct clt_config *config = trainer->experiment->config;
    struct clt_feeder *feeder = trainer->experiment->feeder;
    const bool each = config->train.shuffle == CLT_SHUFFLE_EPOCH;
    if (trainer->ordered_epoch == epoch || (!each && trainer->ordered_epoch != UINT64_MAX))
        return CLT_OK;
    trainer->ordered_epoch = epoch;
    if (config->train.shuffle == CLT_SHUFFLE_NONE) return clt_feeder_unshuffled(feeder);
    return clt_feeder_shuffle(feeder, config->data.seed, each ? (uint32_t)epoch : 0);
}

/* Updates up to the next point where the host has something to do. */
static size_t chunk_length(const struct clt_trainer *trainer)
{
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const uint64_t update = trainer->state.update;
    const uint64_t stop = trainer->experiment->config->train.stop_at_update;
    const uint64_t in_epoch = schedule->updates_per_epoch - update % schedule->updates_per_epoch;
    uint64_t length = clt_plan_most_queued(trainer->full);
    const size_t chunk = clt_feeder_chunk(trainer->experiment->feeder, schedule->batch_size);
    if (length > chunk) length = chunk;
    if (length > in_epoch) length = in_epoch;
    const uint64_t to_stop = clt_schedule_next_stop(schedule, update) - update;
    if (length > to_stop) length = to_stop;
    if (stop > update && length > stop - update) length = stop - update;
    return (size_t)length;
}

static void fill_rates(struct clt_trainer *trainer, uint64_t made, size_t count)
{
    const struct clt_experiment *experiment = trainer->experiment;
    const size_t members = experiment->config->members;
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < members; p++)
            clt_update_rates(trainer->rates + (i * members + p) * CLT_RATES,
                             &experiment->members[p]->train, rate_of(trainer, p, made + i),
                             made + i);
}

enum clt_status clt_trainer_announce(struct clt_trainer *trainer, uint64_t made, size_t count)
{
    enum clt_status st = CLT_OK;
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const uint64_t epoch = made / schedule->updates_per_epoch;
    const uint64_t place = made % schedule->updates_per_epoch;
    struct clt_feed_row rows[CLT_CHUNK];
    TRY(set_order(trainer, epoch));
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct clt_feed_row){.first = (place + i) * schedule->batch_size,
                                        .update = made + i,
                                        .epoch = epoch,
                                        .place = (place + i) * schedule->batch_size};
    fill_rates(trainer, made, count);
    TRY(clt_feeder_announce(trainer->experiment->feeder, rows, trainer->rates, count,
                            schedule->batch_size));
done:
    return st;
}

static enum clt_status step_chunk(struct clt_trainer *trainer, size_t most)
{
    enum clt_status st = CLT_OK;
    const uint64_t each = trainer->experiment->schedule.updates_per_epoch;
    const uint64_t place = trainer->state.update % each;
    const size_t length = chunk_length(trainer), count = length < most ? length : most;
    TRY(clt_trainer_announce(trainer, trainer->state.update, count));
    for (size_t i = 0; i < count; i++)
        TRY(clt_plan_enqueue(place + i + 1 == each ? trainer->last : trainer->full));
    TRY(clt_device_flush(trainer->experiment->device));
    trainer->state.update += count;
done:
    return st;
}

enum clt_status clt_trainer_advance(struct clt_trainer *trainer, size_t updates)
{
    enum clt_status st = CLT_OK;
    const uint64_t end = trainer->state.update + updates;
    while (trainer->state.update < end)
        TRY(step_chunk(trainer, (size_t)(end - trainer->state.update)));
done:
    return st;
}

/* At the update that the config names. */
static bool is_at_stop(const struct clt_trainer *trainer)
{
    const uint64_t stop = trainer->experiment->config->train.stop_at_update;
    return stop && trainer->state.update == stop;
}

/* Up to the next report point at most. */
static enum clt_status advance(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    bool rewound = false;
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const struct clt_observer *observer = trainer->observer;
    TRY(step_chunk(trainer, CLT_CHUNK));
    const bool snapshot = clt_schedule_is_snapshot(schedule, trainer->state.update);
    const bool reports = clt_schedule_is_report(schedule, trainer->state.update);
    if (snapshot || reports) TRY(clt_divergence_settle(trainer, &rewound));
    if (snapshot && !rewound) TRY(clt_snapshots_take(trainer));
    trainer->state.report_due = reports && !rewound;
    if (observer->advanced)
        observer->advanced(observer->self, trainer->state.update, schedule->total);
done:
    return st;
}

/* To the end, or until asked to stop: CLT_E_STOPPED. *saved: the state is on the disk. */
static enum clt_status train_on(struct clt_trainer *trainer, bool *saved)
{
    enum clt_status st = CLT_OK;
    for (;;) {
        TRY(clt_interrupt_check(&trainer->experiment->interrupt));
        if (trainer->state.report_due) {
            TRY(report(trainer));
            *saved = true;
        } else if (wants_checkpoint(trainer)) {
            TRY(pause(trainer, true));
            *saved = true;
        }
        if (clt_trainer_has_ended(trainer) || is_at_stop(trainer)) break;
        *saved = false;
        TRY(advance(trainer));
    }
done:
    return st;
}

enum clt_status clt_trainer_run(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    bool saved = trainer->restored;
    st = train_on(trainer, &saved);
    if (st != CLT_E_STOPPED) TRY(st);
    if (!saved) TRY(pause(trainer, false));
    TRY(sync(trainer));
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        trainer->results[p].best = trainer->state.best[p];
        trainer->results[p].best.test_accuracy = NAN; /* until the run is finished */
    }
done:
    return st;
}
