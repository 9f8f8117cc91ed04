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

double clt_learning_rate(const struct clt_rate_config *rate, uint64_t update)
{
    if (rate->policy == CLT_RATE_CONSTANT) return rate->value;
    const uint64_t place = update % (2 * rate->step_size);
    const uint64_t distance = place < rate->step_size ? place : 2 * rate->step_size - place;
    return rate->min + (rate->max - rate->min) * ((double)distance / (double)rate->step_size);
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
