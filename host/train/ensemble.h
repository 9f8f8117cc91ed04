/* ensemble.h - the networks that a member was at the ends of its cycles, as one classifier (Huang
 * et al., "Snapshot ensembles", ICLR 2017). */
#ifndef CLT_ENSEMBLE_H
#define CLT_ENSEMBLE_H

#include "checkpoint.h"

/* The snapshots of a member that trained for `updates`; accuracies are NaN. CLT_E_NOMEM. */
enum clt_status clt_ensemble_create(struct clt_ensemble *out, const struct clt_schedule *schedule,
                                    uint64_t updates);
void clt_ensemble_free(struct clt_ensemble *ensemble); /* NULL is fine */

/* The accuracies of results[p].ensemble of all members p, on validation and test samples. It leaves
 * the last snapshots on the device. CLT_E_DATA: a file of a snapshot is missing or damaged. */
enum clt_status clt_ensembles_measure(struct clt_member_result *results,
                                      struct clt_experiment *experiment,
                                      struct clt_checkpoint *checkpoint);

/* What the opinions of several networks on one sample come to. sums [classes]: of their
 * probabilities; votes [classes]. `classes` itself where there was none. */
size_t clt_ensemble_mean(const double *sums, const uint32_t *votes, size_t classes);
size_t clt_ensemble_vote(const double *sums, const uint32_t *votes, size_t classes);

#endif
