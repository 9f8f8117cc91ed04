#include "lr_range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trainer.h"

#define SMOOTHING     0.95 /* share of what was before in the average */
#define TOO_HIGH      4    /* times the lowest smoothed loss */
#define LEAST_UPDATES 10
#define DEFAULT_LEAST 100
#define START         10  /* the loss at the start is that of the points divided by this */
#define FALL          0.1 /* the part of the fall after which it has begun */

/* ---- a curve ---- */

bool clt_lr_curve_add(struct clt_lr_curve *curve, double rate, double loss)
{
    const size_t n = curve->n_points + 1;
    if (n == 1) curve->lowest = INFINITY;
    curve->average = SMOOTHING * curve->average + (1 - SMOOTHING) * loss;
    const double smoothed = curve->average / (1 - pow(SMOOTHING, (double)n));
    curve->ended = !(smoothed <= TOO_HIGH * curve->lowest) || !isfinite(loss);
    if (!isfinite(loss)) return false;
    curve->points[curve->n_points++] =
        (struct clt_lr_point){.rate = rate, .loss = loss, .smoothed = smoothed};
    if (smoothed < curve->lowest) curve->lowest = smoothed;
    return !curve->ended;
}

void clt_lr_curve_suggest(struct clt_lr_curve *curve)
{
    const size_t first = curve->n_points / START;
    size_t lowest = 0, begin;
    double start = 0;
    curve->min = curve->max = NAN;
    for (size_t i = 0; i < first; i++) start += curve->points[i].loss / (double)first;
    for (size_t i = 0; i < curve->n_points; i++)
        if (curve->points[i].smoothed < curve->points[lowest].smoothed) lowest = i;
    if (lowest <= first) return;
    const double begun = start - FALL * (start - curve->points[lowest].smoothed);
    for (begin = lowest; begin > 0 && curve->points[begin].smoothed <= begun;) begin--;
    curve->max = curve->points[lowest].rate / 2;
    curve->min = fmin(curve->points[begin].rate, curve->max);
    curve->still_falls = lowest + 1 == curve->n_points;
}

/* ---- the test ---- */

static enum clt_status check_options(const struct clt_lr_range *range)
{
    if (!(range->low > 0 && range->low < range->high))
        return clt_fail(CLT_E_USAGE, "the rate grows from %g to %g: --low must be below --high",
                        range->low, range->high);
    if (range->updates < LEAST_UPDATES)
        return clt_fail(CLT_E_USAGE, "--updates: a range test wants at least %d", LEAST_UPDATES);
    return CLT_OK;
}

static enum clt_status range_new(struct clt_lr_range **out, const struct clt_experiment *experiment,
                                 const struct clt_lr_range_options *options)
{
    enum clt_status st = CLT_OK;
    const struct clt_config *config = experiment->config;
    const uint64_t epoch = experiment->schedule.updates_per_epoch;
    struct clt_lr_range *range = calloc(1, sizeof *range);
    *out = range;
    if (!range) return clt_fail(CLT_E_NOMEM, "no memory for a range test");
    range->config = config;
    range->low = options->low > 0 ? options->low : 1e-6;
    range->high = options->high > 0 ? options->high : 1;
    range->updates = options->updates        ? options->updates
                     : epoch > DEFAULT_LEAST ? epoch
                                             : DEFAULT_LEAST;
    TRY(check_options(range));
    range->device = strdup(clt_device_describe(experiment->device)->name);
    range->curves = calloc(config->members, sizeof *range->curves);
    if (!range->device || !range->curves)
        return clt_fail(CLT_E_NOMEM, "no memory for a range test");
    for (size_t p = 0; p < config->members; p++) {
        range->curves[p].points = calloc(range->updates, sizeof *range->curves[p].points);
        if (!range->curves[p].points)
            return clt_fail(CLT_E_NOMEM, "no memory for %zu updates", (size_t)range->updates);
    }
done:
    return st;
}

/* In place of the config's own rates and length: rate(u) = low (high / low)^(u / (updates - 1)). */
static void set_rates(struct clt_experiment *experiment, const struct clt_lr_range *range)
{
    experiment->schedule.total = range->updates;
    experiment->schedule.snapshot_every = 0;
    for (size_t p = 0; p < experiment->config->members; p++)
        experiment->members[p]->train.learning_rate =
            (struct clt_rate_config){.policy = CLT_RATE_EXPONENTIAL,
                                     .value = range->low,
                                     .decay = range->high / range->low,
                                     .every = range->updates - 1};
}

/* One update of every member, and the losses of its batch. sums [members][2]: for reading them. */
static enum clt_status step(struct clt_lr_range *range, struct clt_trainer *trainer, float *sums)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = trainer->experiment;
    const struct clt_schedule *schedule = &experiment->schedule;
    struct clt_member_state *state = &experiment->model->state;
    const uint64_t update = trainer->state.update;
    const bool last = (update + 1) % schedule->updates_per_epoch == 0;
    const size_t samples = last ? clt_schedule_last_batch(schedule) : schedule->batch_size;
    const double rate =
        clt_learning_rate(&experiment->members[0]->train.learning_rate, schedule->total, update);
    TRY(clt_buffer_zero(&state->loss));
    TRY(clt_trainer_advance(trainer, 1));
    TRY(clt_buffer_read(&state->loss, 0, sums, state->members * 2 * sizeof *sums));
    for (size_t p = 0; p < state->members; p++)
        if (!range->curves[p].ended)
            clt_lr_curve_add(&range->curves[p], rate, (double)sums[2 * p] / (double)samples);
done:
    return st;
}

static bool all_ended(const struct clt_lr_range *range)
{
    for (size_t p = 0; p < range->config->members; p++)
        if (!range->curves[p].ended) return false;
    return true;
}

static enum clt_status run_test(struct clt_lr_range *range, struct clt_experiment *experiment,
                                const struct clt_lr_range_options *options)
{
    enum clt_status st = CLT_OK;
    const struct clt_observer nobody = {0};
    struct clt_trainer *trainer = NULL;
    float *sums = calloc(range->config->members * 2, sizeof *sums);
    if (!sums) return clt_fail(CLT_E_NOMEM, "no memory for a range test");
    set_rates(experiment, range);
    TRY(clt_trainer_create(&trainer, experiment, &nobody));
    for (uint64_t update = 0; update < range->updates && !all_ended(range); update++) {
        if (options->progress) options->progress(options->self, update, range->updates);
        TRY(step(range, trainer, sums));
    }
    for (size_t p = 0; p < range->config->members; p++) clt_lr_curve_suggest(&range->curves[p]);
done:
    clt_trainer_free(trainer);
    free(sums);
    return st;
}

enum clt_status clt_lr_range_create(struct clt_lr_range **out, const struct clt_config *config,
                                    const struct clt_lr_range_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_experiment *experiment = NULL;
    struct clt_lr_range *range = NULL;
    *out = NULL;
    TRY(clt_experiment_create(&experiment, config,
                              &(struct clt_experiment_options){.device = options->device}));
    TRY(range_new(&range, experiment, options));
    TRY(run_test(range, experiment, options));
    *out = range;
    range = NULL;
done:
    clt_lr_range_free(range);
    clt_experiment_free(experiment);
    return st;
}

void clt_lr_range_free(struct clt_lr_range *range)
{
    if (!range) return;
    for (size_t p = 0; range->curves && p < range->config->members; p++)
        free(range->curves[p].points);
    free(range->curves);
    free(range->device);
    free(range);
}
