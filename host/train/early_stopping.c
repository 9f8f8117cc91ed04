#include "early_stopping.h"

#include <math.h>

#include "divergence.h"

/* Whether this report point is an improvement over the last one that was; then it is the new
 * one. */
static bool improves(struct clt_trainer *trainer, size_t member)
{
    const struct clt_early_stopping_config *stopping =
        &trainer->experiment->members[member]->train.early_stopping;
    const struct clt_measure *validation = &trainer->results[member].validation;
    const bool by_loss = stopping->by == CLT_STOPPING_VAL_LOSS;
    const double now = by_loss ? validation->loss : validation->accuracy;
    const double before = trainer->state.improved[member];
    const bool better =
        by_loss ? now < before - stopping->min_delta : now > before + stopping->min_delta;
    if (!isfinite(now) || !(isnan(before) || better)) return false;
    trainer->state.improved[member] = now;
    return true;
}

enum clt_status clt_early_stopping_apply(struct clt_trainer *trainer)
{
    struct clt_progress_state *state = &trainer->state;
    const struct clt_observer *observer = trainer->observer;
    const struct clt_config *config = trainer->experiment->config;
    const uint64_t patience = config->train.early_stopping.patience;
    bool any = false;
    if (patience == 0) return CLT_OK;
    for (size_t p = 0; p < config->members; p++) {
        if (clt_progress_ended(state, p)) continue;
        state->waited[p] = improves(trainer, p) ? 0 : state->waited[p] + 1;
        if (state->waited[p] < patience) continue;
        any = true;
        state->stopped[p] = trainer->results[p].stopped_at = state->update;
        if (observer->stopped) observer->stopped(observer->self, p, state->update);
    }
    return any ? clt_trainer_write_frozen(trainer) : CLT_OK;
}
