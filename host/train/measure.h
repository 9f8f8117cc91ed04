/* measure.h - loss and accuracy of every member on a range of samples, in evaluation mode. */
#ifndef CLT_MEASURE_H
#define CLT_MEASURE_H

#include "experiment.h"
#include "record.h"

struct clt_measurer; /* borrows its experiment; keeps the plans of the batch sizes that it met */

enum clt_status clt_measurer_create(struct clt_measurer **out, struct clt_experiment *experiment);
void clt_measurer_free(struct clt_measurer *measurer); /* NULL is fine */

/* Builds the plan of full batches, where there will be any, ahead of its first use. */
enum clt_status clt_measurer_prepare(struct clt_measurer *measurer);
/* Forgets the plans: they are built anew. */
void clt_measurer_reset(struct clt_measurer *measurer);

/* out [n][members], of the same weights. Where a range is empty, nothing is measured (`made` is
 * false). CLT_E_STOPPED: the experiment's interrupt was asked and said so. */
enum clt_status clt_measure_ranges(struct clt_measurer *measurer, const struct clt_range *ranges,
                                   size_t n, struct clt_measure *out);

#endif
