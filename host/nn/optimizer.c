#include "optimizer.h"

#include <stdlib.h>

enum clt_update_rule clt_network_update_rule(const struct clt_network *network)
{
    const struct clt_optimizer_config *first = &network->configs[0]->train.optimizer;
    if (first->type == CLT_OPTIMIZER_ADAM) return CLT_UPDATE_ADAM;
    for (size_t p = 0; p < network->members; p++)
        if (network->configs[p]->train.optimizer.momentum > 0)
            return first->nesterov ? CLT_UPDATE_NESTEROV : CLT_UPDATE_MOMENTUM;
    return CLT_UPDATE_SGD;
}

/* As cl/optimizers.cl reads them. */
static void member_settings(double out[CLT_OPTIMIZER_SETTINGS],
                            const struct clt_optimizer_config *config)
{
    const bool adam = config->type == CLT_OPTIMIZER_ADAM;
    out[0] = adam ? 1 - config->beta1 : config->momentum;
    out[1] = 1 - config->beta2;
    out[2] = config->epsilon;
}

static enum clt_status create_settings(struct clt_optimizer *out, struct clt_device *device,
                                       const struct clt_network *network, enum clt_real real)
{
    enum clt_status st = CLT_OK;
    const size_t n = network->members * CLT_OPTIMIZER_SETTINGS;
    double *wide = calloc(n, sizeof *wide);
    float *narrow = calloc(n, sizeof *narrow);
    if (!wide || !narrow) TRY(clt_fail(CLT_E_NOMEM, "no memory for the optimiser's settings"));
    for (size_t p = 0; p < network->members; p++)
        member_settings(wide + p * CLT_OPTIMIZER_SETTINGS, &network->configs[p]->train.optimizer);
    for (size_t i = 0; i < n; i++) narrow[i] = (float)wide[i];
    TRY(real == CLT_DOUBLE
            ? clt_buffer_create_filled(&out->settings, device, wide, n * sizeof *wide)
            : clt_buffer_create_filled(&out->settings, device, narrow, n * sizeof *narrow));
done:
    free(wide);
    free(narrow);
    return st;
}

enum clt_status clt_optimizer_create(struct clt_optimizer *out, struct clt_device *device,
                                     const struct clt_network *network, enum clt_update_rule rule,
                                     enum clt_real real)
{
    enum clt_status st = CLT_OK;
    const size_t states = clt_optimizer_states(rule);
    out->rule = rule;
    for (size_t i = 0; i < states; i++) {
        TRY(clt_buffer_create(&out->state[i], device, network->n_parameters * clt_real_size(real)));
        TRY(clt_buffer_zero(&out->state[i]));
    }
    if (states) TRY(create_settings(out, device, network, real));
done:
    return st;
}

void clt_optimizer_free(struct clt_optimizer *optimizer)
{
    for (size_t i = 0; i < CLT_OPTIMIZER_STATES; i++) clt_buffer_free(&optimizer->state[i]);
    clt_buffer_free(&optimizer->settings);
}
