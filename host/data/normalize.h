/* normalize.h - mean and scale of the training part. */
#ifndef CLT_NORMALIZE_H
#define CLT_NORMALIZE_H

#include "dataset.h"

/* Sets dataset->mean and ->scale from the images of its training part. CLT_E_NOMEM. */
enum clt_status clt_normalize(struct clt_dataset *dataset, enum clt_dataset_scaling scaling);

#endif
