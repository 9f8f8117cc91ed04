/* curves.h - what was measured while runs trained, over their updates. */
#ifndef CLT_CURVES_H
#define CLT_CURVES_H

#include "figure.h"
#include "saved_run.h"

/* Accuracy, loss, cost and learning rate of all members, the best one emphasised. */
enum clt_status clt_curves_add(struct clt_figures *figures, const struct clt_saved_run *run);
/* The same of each run's best member, one beside the other. */
enum clt_status clt_curves_compare(struct clt_figures *figures, struct clt_saved_run *const *runs,
                                   size_t n_runs);

#endif
