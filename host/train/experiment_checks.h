/* experiment_checks.h - what only data and config together can show to be wrong. */
#ifndef CLT_EXPERIMENT_CHECKS_H
#define CLT_EXPERIMENT_CHECKS_H

#include "experiment.h"

/* Of an experiment whose data, network and schedule are there: said before the training, since it
 * could only fail or be missed later. CLT_E_CONFIG, naming the key. */
enum clt_status clt_experiment_check(const struct clt_experiment *experiment,
                                     const struct clt_experiment_options *options);

#endif
