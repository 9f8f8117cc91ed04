/* schedule.h - how long a run is, and the learning rate of each update. */
#ifndef CLT_SCHEDULE_H
#define CLT_SCHEDULE_H

#include <stdbool.h>

#include "config.h"
#include "gemm.h"

struct clt_schedule {
    size_t samples, batch_size;
    uint64_t updates_per_epoch; /* the last, smaller batch counts */
    uint64_t total;             /* updates of the whole run */
    uint64_t report_every;
    uint64_t snapshot_every; /* 0: never */
};

/* CLT_E_CONFIG: the length does not fit 64 bits. */
enum clt_status clt_schedule_create(struct clt_schedule *out, const struct clt_config *config,
                                    size_t training_samples);
/* Samples of the epoch's last batch, batch_size where it divides. */
size_t clt_schedule_last_batch(const struct clt_schedule *schedule);
/* Whether train and validation are measured after `update` updates. */
bool clt_schedule_is_report(const struct clt_schedule *schedule, uint64_t update);
/* The first report point after `update`. */
uint64_t clt_schedule_next_report(const struct clt_schedule *schedule, uint64_t update);

/* Whether networks are kept after `update` updates, the end of a cycle; and how many times they
 * were by then. */
bool clt_schedule_is_snapshot(const struct clt_schedule *schedule, uint64_t update);
size_t clt_schedule_snapshots(const struct clt_schedule *schedule, uint64_t update);
/* The first update after `update` at which the host has something to do. */
uint64_t clt_schedule_next_stop(const struct clt_schedule *schedule, uint64_t update);

/* The rate of the update that follows `update` updates, in a run of `length`. The formulas stand in
 * the table of policies of config/schema.c. Cycles: Smith, "Cyclical learning rates", WACV 2017. */
double clt_learning_rate(const struct clt_rate_config *rate, uint64_t length, uint64_t update);

/* What an update of plain descent at learning rate `rate` reads (struct clt_feed, rates): the rate,
 * and what it multiplies weights by. The gradient of lambda * w^2 is 2 * lambda * w. */
void clt_descent_rates(double out[CLT_RATES], const struct clt_train_config *train, double rate);
/* The same of the config's optimiser, for the update that follows `update` updates. */
void clt_update_rates(double out[CLT_RATES], const struct clt_train_config *train, double rate,
                      uint64_t update);

#endif
