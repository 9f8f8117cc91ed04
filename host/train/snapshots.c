#include "snapshots.h"

#include "ensemble.h"

enum clt_status clt_snapshots_take(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const uint64_t update = trainer->state.update;
    char which[CLT_SNAPSHOT_NAME];
    clt_snapshot_name(which, clt_schedule_snapshots(&trainer->experiment->schedule, update));
    TRY(clt_checkpoint_read_device(trainer->checkpoint));
    TRY(clt_checkpoint_make_folder(trainer->checkpoint, which));
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        if (!clt_progress_ended(&trainer->state, p))
            TRY(clt_checkpoint_save_member(trainer->checkpoint, which, p, update));
    TRY(clt_checkpoint_sync(trainer->checkpoint, which));
done:
    return st;
}

enum clt_status clt_snapshots_measure(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = trainer->experiment;
    const struct clt_progress_state *state = &trainer->state;
    if (!experiment->config->train.snapshots) return CLT_OK;
    for (size_t p = 0; p < experiment->config->members; p++) {
        const uint64_t end = state->stopped[p] ? state->stopped[p] : state->update;
        TRY(clt_ensemble_create(&trainer->results[p].ensemble, &experiment->schedule,
                                state->frozen[p] ? 0 : end));
    }
    TRY(clt_ensembles_measure(trainer->results, trainer->experiment, trainer->checkpoint));
    TRY(clt_checkpoint_load_state(trainer->checkpoint, &trainer->state));
    TRY(clt_checkpoint_write_device(trainer->checkpoint));
done:
    return st;
}
