/* finish.c - what a run measures when its training has ended. */
#include <math.h>
#include <stdlib.h>

#include "divergence.h"
#include "snapshots.h"
#include "trainer.h"

static enum clt_status measure_test(struct clt_trainer *trainer, struct clt_measure *out)
{
    return clt_measure_ranges(trainer->measurer, &trainer->experiment->dataset->test, 1, out);
}

static bool has_best(const struct clt_trainer *trainer, size_t member)
{
    return trainer->state.best[member].exists && !trainer->best_lost[member];
}

/* Test accuracy of the best weights; the device has the last ones again afterwards. */
static enum clt_status measure_best(struct clt_trainer *trainer, struct clt_measure *measures)
{
    enum clt_status st = CLT_OK;
    const struct clt_progress_state *state = &trainer->state;
    const size_t members = trainer->experiment->config->members;
    bool different = false;
    for (size_t p = 0; p < members; p++)
        if (has_best(trainer, p) && state->best[p].update != state->update) different = true;
    if (different) {
        TRY(clt_checkpoint_read_device(trainer->checkpoint));
        for (size_t p = 0; p < members; p++)
            if (has_best(trainer, p))
                TRY(clt_checkpoint_load_member(trainer->checkpoint, "best", p));
        TRY(clt_checkpoint_write_device(trainer->checkpoint));
        TRY(measure_test(trainer, measures));
        TRY(clt_checkpoint_load_state(trainer->checkpoint, &trainer->state));
        TRY(clt_checkpoint_write_device(trainer->checkpoint));
    }
    for (size_t p = 0; p < members; p++)
        trainer->state.best[p].test_accuracy =
            measures[p].made && !trainer->best_lost[p] ? measures[p].accuracy : NAN;
done:
    return st;
}

enum clt_status clt_trainer_finish(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const size_t members = trainer->experiment->config->members;
    struct clt_measure *measures = calloc(members, sizeof *measures);
    if (!measures) return clt_fail(CLT_E_NOMEM, "no memory for measuring");
    if (trainer->measured_update != trainer->state.update) TRY(clt_trainer_measure(trainer));
    TRY(measure_test(trainer, measures));
    for (size_t p = 0; p < members; p++) {
        struct clt_member_result *result = &trainer->results[p];
        result->test = measures[p];
        if (result->diverged_at)
            result->train.made = result->validation.made = result->test.made = false;
    }
    TRY(clt_snapshots_measure(trainer));
    TRY(measure_best(trainer, measures));
    for (size_t p = 0; p < members; p++) {
        trainer->results[p].best = trainer->state.best[p];
        if (trainer->state.frozen[p]) trainer->results[p].best.test_accuracy = NAN;
    }
done:
    free(measures);
    return st;
}
