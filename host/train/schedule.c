#include "schedule.h"

#include <math.h>

enum clt_status clt_schedule_create(struct clt_schedule *out, const struct clt_config *config,
                                    size_t training_samples)
{
    const struct clt_train_config *train = &config->train;
    uint64_t total = train->updates;
    out->samples = training_samples;
    out->batch_size = train->batch_size;
    out->updates_per_epoch = (training_samples + train->batch_size - 1) / train->batch_size;
    const bool fits =
        train->epochs ? !__builtin_mul_overflow(train->epochs, out->updates_per_epoch, &total)
        : train->cycles
            ? !__builtin_mul_overflow(train->cycles, train->learning_rate.step_size, &total) &&
                  !__builtin_mul_overflow(total, (uint64_t)2, &total)
            : true;
    if (!fits)
        return clt_fail(CLT_E_CONFIG, "train: the run's length exceeds 2^64 updates; shorten it");
    out->total = total;
    out->report_every =
        config->report.every_updates ? config->report.every_updates : out->updates_per_epoch;
    out->snapshot_every = train->snapshots ? 2 * train->learning_rate.step_size : 0;
    if (out->snapshot_every > total)
        return clt_fail(CLT_E_CONFIG, "train.snapshots: the run ends before its first cycle does; "
                                      "lengthen it or set a smaller learning_rate.step_size");
    return CLT_OK;
}

size_t clt_schedule_last_batch(const struct clt_schedule *schedule)
{
    const size_t rest = schedule->samples % schedule->batch_size;
    return rest ? rest : schedule->batch_size;
}

bool clt_schedule_is_report(const struct clt_schedule *schedule, uint64_t update)
{
    return update % schedule->report_every == 0 || update == schedule->total;
}

uint64_t clt_schedule_next_report(const struct clt_schedule *schedule, uint64_t update)
{
    const uint64_t next = update - update % schedule->report_every + schedule->report_every;
    return next < schedule->total ? next : schedule->total;
}

bool clt_schedule_is_snapshot(const struct clt_schedule *schedule, uint64_t update)
{
    return schedule->snapshot_every && update > 0 && update % schedule->snapshot_every == 0;
}

size_t clt_schedule_snapshots(const struct clt_schedule *schedule, uint64_t update)
{
    return schedule->snapshot_every ? (size_t)(update / schedule->snapshot_every) : 0;
}

uint64_t clt_schedule_next_stop(const struct clt_schedule *schedule, uint64_t update)
{
    const uint64_t report = clt_schedule_next_report(schedule, update);
    const uint64_t every = schedule->snapshot_every;
    const uint64_t snapshot = every ? update - update % every + every : report;
    return snapshot < report ? snapshot : report;
}

/* How far from min to max, 0 to 1, a triangle is after `update` updates. */
static double triangle(const struct clt_rate_config *rate, uint64_t update)
{
    const uint64_t place = update % (2 * rate->step_size);
    const uint64_t distance = place < rate->step_size ? place : 2 * rate->step_size - place;
    return (double)distance / (double)rate->step_size;
}

/* min, and `share` of what is left of the distance to max. */
static double between(const struct clt_rate_config *rate, double left, double share)
{
    return rate->min + (rate->max - rate->min) * left * share;
}

static double cosine(const struct clt_rate_config *rate, uint64_t length, uint64_t update)
{
    static const double pi = 3.14159265358979323846;
    const uint64_t total = rate->total ? rate->total : length;
    const double part = update < total ? (double)update / (double)total : 1;
    return between(rate, 1, (1 + cos(pi * part)) / 2);
}

/* How many times `every` updates have been made. */
static double whole(uint64_t update, uint64_t every)
{
    const uint64_t times = update / every;
    return (double)times;
}

static double policy_rate(const struct clt_rate_config *rate, uint64_t length, uint64_t update)
{
    switch (rate->policy) {
    case CLT_RATE_CONSTANT: break;
    case CLT_RATE_TRIANGULAR: return between(rate, 1, triangle(rate, update));
    case CLT_RATE_TRIANGULAR2:
        return between(rate, pow(0.5, whole(update, 2 * rate->step_size)), triangle(rate, update));
    case CLT_RATE_EXP_RANGE:
        return between(rate, pow(rate->gamma, (double)update), triangle(rate, update));
    case CLT_RATE_STEP: return rate->value * pow(rate->factor, whole(update, rate->every));
    case CLT_RATE_EXPONENTIAL:
        return rate->value * pow(rate->decay, (double)update / (double)rate->every);
    case CLT_RATE_COSINE: return cosine(rate, length, update);
    }
    return rate->value;
}

double clt_learning_rate(const struct clt_rate_config *rate, uint64_t length, uint64_t update)
{
    const double full = policy_rate(rate, length, update);
    return update < rate->warm_up ? full * ((double)update / (double)rate->warm_up) : full;
}

void clt_descent_rates(double out[CLT_RATES], const struct clt_train_config *train, double rate)
{
    out[0] = rate;
    out[1] = 2 * train->l2;
    out[2] = 1;
}

void clt_update_rates(double out[CLT_RATES], const struct clt_train_config *train, double rate,
                      uint64_t update)
{
    const struct clt_optimizer_config *optimizer = &train->optimizer;
    const double number = (double)update + 1;
    clt_descent_rates(out, train, rate);
    if (optimizer->type != CLT_OPTIMIZER_ADAM) return;
    /* moments start at zero: Kingma and Ba, section 3 */
    out[0] /= 1 - pow(optimizer->beta1, number);
    out[2] = 1 / sqrt(1 - pow(optimizer->beta2, number));
}
