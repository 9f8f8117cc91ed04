#include "diagnosis.h"

#include <math.h>
#include <stdlib.h>

/* The values of one member, padding left out. */
static enum clt_status check_values(bool *finite, const struct clt_plan_values *values,
                                    size_t member)
{
    enum clt_status st = CLT_OK;
    const size_t n = values->stride, first = values->view.offset + member * n;
    float *read = calloc(n, sizeof *read);
    if (!read) return clt_fail(CLT_E_NOMEM, "no memory to look for what diverged");
    TRY(clt_buffer_read(values->view.buffer, first * sizeof *read, read, n * sizeof *read));
    *finite = true;
    for (size_t f = 0; f < values->features; f++)
        for (size_t b = 0; b < values->batch.size; b++)
            if (!isfinite(read[clt_batch_at(&values->batch, values->features, f, b)]))
                *finite = false;
done:
    free(read);
    return st;
}

static enum clt_status check_layer(bool *finite, struct clt_trainer *trainer, size_t layer,
                                   size_t member, uint64_t update)
{
    enum clt_status st = CLT_OK;
    const struct clt_schedule *schedule = &trainer->experiment->schedule;
    const bool last = update % schedule->updates_per_epoch == 0;
    struct clt_plan *plan = NULL;
    TRY(clt_plan_create_forward(&plan, trainer->experiment->model, layer + 1,
                                last ? clt_schedule_last_batch(schedule) : schedule->batch_size));
    TRY(clt_trainer_announce(trainer, update - 1, 1));
    TRY(clt_plan_enqueue(plan));
    const struct clt_plan_values values = clt_plan_last(plan, layer + 1);
    TRY(check_values(finite, &values, member));
done:
    clt_plan_free(plan);
    return st;
}

enum clt_status clt_diagnose_loss(size_t *layer, struct clt_trainer *trainer, size_t member,
                                  uint64_t update)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = trainer->experiment->network;
    bool finite = true;
    for (*layer = 0; *layer < network->n_layers; ++*layer) {
        if (clt_layer_computes(network, *layer))
            TRY(check_layer(&finite, trainer, *layer, member, update));
        if (!finite) break;
    }
done:
    return st;
}
