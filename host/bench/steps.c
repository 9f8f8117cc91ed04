#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "trainer.h"

#define MOST_STEPS 100000 /* of a call; the feeder bounds what is queued */

static enum clt_status make_steps(void *self, size_t count)
{
    enum clt_status st = CLT_OK;
    struct clt_trainer *trainer = self;
    TRY(clt_trainer_advance(trainer, count));
    TRY(clt_device_finish(trainer->experiment->device));
done:
    return st;
}

/* Of each weight: 2 B in the forward pass, as many for its gradient, and as many for the gradient
 * of its layer's input, which the first layer does not need. */
static double count_operations(const struct clt_network *network, size_t batch)
{
    double operations = 0;
    bool first = true;
    for (size_t i = 0; i < network->n_segments; i++) {
        const struct clt_segment *segment = &network->segments[i];
        if (segment->kind != CLT_SEGMENT_WEIGHT) continue;
        operations += (first ? 4.0 : 6.0) * (double)segment->size * (double)batch;
        first = false;
    }
    return operations * (double)network->members;
}

enum clt_status clt_measure_steps(struct clt_benchmark_step *out, struct clt_device *device,
                                  const struct clt_config *config, struct clt_dataset *dataset,
                                  double seconds)
{
    enum clt_status st = CLT_OK;
    const struct clt_observer nobody = {0};
    struct clt_experiment *experiment = NULL;
    struct clt_trainer *trainer = NULL;
    TRY(clt_experiment_create(
        &experiment, config,
        &(struct clt_experiment_options){.opened = device, .dataset = dataset}));
    experiment->schedule.total = UINT64_MAX; /* the time ends it, not the config */
    TRY(clt_trainer_create(&trainer, experiment, &nobody));
    out->workload = strdup(config->name);
    if (!out->workload) TRY(clt_fail(CLT_E_NOMEM, "no memory for a name"));
    out->members = config->members;
    out->batch = config->train.batch_size;
    out->parameters = clt_network_parameter_count(experiment->network);
    out->launches = clt_plan_launches(trainer->full);
    out->operations = count_operations(experiment->network, out->batch);
    TRY(clt_rate_measure(&out->rate, make_steps, trainer, seconds, MOST_STEPS));
done:
    clt_trainer_free(trainer);
    clt_experiment_free(experiment);
    return st;
}
