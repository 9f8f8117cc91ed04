#include "divergence.h"

#include <stdlib.h>

enum clt_status clt_divergence_find(struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const size_t members = trainer->experiment->config->members;
    uint64_t *frozen = calloc(members, sizeof *frozen);
    if (!frozen) return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
    TRY(clt_model_read_frozen(trainer->experiment->model, frozen, trainer->state.update));
    for (size_t p = 0; p < members; p++) {
        if (trainer->state.stopped[p]) continue; /* what froze it was that */
        if (frozen[p] && !trainer->state.frozen[p] && trainer->observer->diverged)
            trainer->observer->diverged(trainer->observer->self, p, frozen[p]);
        trainer->state.frozen[p] = trainer->results[p].diverged_at = frozen[p];
    }
done:
    free(frozen);
    return st;
}

enum clt_status clt_trainer_write_frozen(struct clt_trainer *trainer)
{
    const size_t members = trainer->experiment->config->members;
    uint64_t *marks = calloc(members, sizeof *marks);
    if (!marks) return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
    for (size_t p = 0; p < members; p++) marks[p] = clt_progress_ended(&trainer->state, p);
    const enum clt_status st = clt_buffer_write(&trainer->experiment->model->state.frozen, 0, marks,
                                                members * sizeof *marks);
    free(marks);
    return st;
}
