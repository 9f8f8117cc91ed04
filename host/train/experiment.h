/* experiment.h - everything that a config names, built: data, device, network, model. */
#ifndef CLT_EXPERIMENT_H
#define CLT_EXPERIMENT_H

#include "config.h"
#include "dataset.h"
#include "feeder.h"
#include "interrupt.h"
#include "memory.h"
#include "model.h"
#include "plan.h"
#include "schedule.h"

struct clt_experiment {
    const struct clt_config *config; /* borrowed */
    enum clt_real real;
    struct clt_interrupt interrupt;
    struct clt_model_options model_options;
    struct clt_config **members; /* [config->members], each as a solo run's */
    struct clt_dataset *dataset;
    struct clt_network *network;
    struct clt_schedule schedule;
    struct clt_run_memory memory;           /* planned */
    size_t data_half;                       /* of clt_feeder_create(); 0: all samples stay there */
    struct clt_device *device, *own_device; /* the second: NULL where the caller opened it */
    struct clt_feeder *feeder;
    struct clt_model *model;
};

/* Samples that are measured at a time. */
#define CLT_EVALUATION_BATCH 500

/* All zero: a run's. */
struct clt_experiment_options {
    const char *device; /* selector; NULL: the config's */
    enum clt_real real; /* everything that the network computes with */
    bool plain_descent; /* whatever the config's optimiser; gradients are found as for that */
    size_t features;    /* the first so many values of each sample, no others; 0: all */
    bool as_they_are;   /* samples are not augmented */
    size_t samples;     /* the first so many of the training part, no others; 0: all */
    bool plans_only;    /* to be looked at: no images are read, no weights drawn */
    struct clt_interrupt interrupt; /* asked while it is built and wherever it is measured */
    struct clt_device *opened;      /* borrowed; NULL: the experiment opens and closes `device` */
    /* Taken over, also on failure, in place of the data that the config names; NULL: reads those */
    struct clt_dataset *dataset;
};

/* Reads the data, chooses the device, checks that all fits, allocates. Parameters have their
 * initial values. CLT_E_CONFIG, CLT_E_SHAPE, CLT_E_DATA, CLT_E_DEVICE, CLT_E_NOMEM; CLT_E_USAGE:
 * more features than the data has; CLT_E_STOPPED. On failure *out is NULL. */
enum clt_status clt_experiment_create(struct clt_experiment **out, const struct clt_config *config,
                                      const struct clt_experiment_options *options);
void clt_experiment_free(struct clt_experiment *experiment); /* NULL is fine */

enum clt_gemm_choice clt_experiment_gemm_choice(const struct clt_config *config);

/* Batch of a measurement, and of all its steps but the last. */
size_t clt_experiment_evaluation_batch(const struct clt_experiment *experiment);
/* The same where batches of that size are trained on. */
size_t clt_evaluation_batch(size_t batch_size);

/* The data that the config names. */
enum clt_status clt_experiment_read_data(struct clt_dataset **out, const struct clt_config *config,
                                         bool headers_only, struct clt_interrupt interrupt);
/* What the networks take on the device with these options, whose workspace it sets. CLT_E_SHAPE. */
enum clt_status clt_experiment_plan_memory(struct clt_memory *out,
                                           struct clt_model_options *options,
                                           const struct clt_network *network, size_t batch_size);

#endif
