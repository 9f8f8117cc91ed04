/* probe.h - one training step of a config at a chosen point, again and again: what it moves, what
 * it costs. It is a step of plain descent, whatever the config's optimiser makes of gradients. The
 * batch is the first samples of the training part, the update number is 0, so that dropout's masks
 * stay as they are. */
#ifndef CLT_PROBE_H
#define CLT_PROBE_H

#include "experiment.h"

struct clt_probe_options {
    const char *device;             /* selector; NULL: the config's */
    struct clt_device *opened;      /* borrowed; NULL: the probe opens and closes `device` */
    struct clt_interrupt interrupt; /* as an experiment's */
    enum clt_real real;
    size_t samples;  /* of the batch; at most train.batch_size */
    size_t features; /* 0: all */
};

struct clt_probe; /* owns an experiment; borrows the config */

/* As clt_experiment_create(); CLT_E_USAGE: more samples than train.batch_size, or a single one for
 * batch_norm. */
enum clt_status clt_probe_create(struct clt_probe **out, const struct clt_config *config,
                                 const struct clt_probe_options *options);
void clt_probe_free(struct clt_probe *probe); /* NULL is fine */
const struct clt_experiment *clt_probe_experiment(const struct clt_probe *probe);

/* moved = what one step at learning rate 1 takes from each parameter: the gradient of the cost,
 * weight decay included. parameters, moved [n_parameters]; the device has `parameters` afterwards.
 */
enum clt_status clt_probe_step(struct clt_probe *probe, double *moved, const double *parameters);

/* Changes one element of a segment, for each member to its value. */
enum clt_status clt_probe_set(struct clt_probe *probe, size_t segment, size_t element,
                              const double *values);
/* A step that moves nothing: losses [members], the mean over the batch. CLT_E_DIVERGED: one is not
 * finite. */
enum clt_status clt_probe_losses(struct clt_probe *probe, double *losses);

/* On which side of their kink all activations of the last step stand: [members][pattern_size]. */
size_t clt_probe_pattern_size(const struct clt_probe *probe);
enum clt_status clt_probe_pattern(struct clt_probe *probe, uint8_t *pattern);

/* The batch of the last step, [features][samples]. */
enum clt_status clt_probe_input(struct clt_probe *probe, double *input);

#endif
