/* trial.h - one product on scratch memory: results compared bit for bit, and times. */
#ifndef CLT_TRIAL_H
#define CLT_TRIAL_H

#include "method.h"

/* The product's operands and result, random, in their real shapes; of an update, parameters that
 * nobody trains. Borrows the device. */
struct clt_trial;

/* Bytes that a trial takes on the device; false: more than size_t holds. */
bool clt_trial_memory(size_t *out, const struct clt_asked_product *work);
enum clt_status clt_trial_create(struct clt_trial **out, struct clt_device *device,
                                 const struct clt_asked_product *work);
void clt_trial_free(struct clt_trial *trial); /* NULL is fine */

/* A launch of the method, its kernel built; borrows the trial. */
enum clt_status clt_trial_prepare(struct clt_launch_list **out, struct clt_trial *trial,
                                  const struct clt_method *method);
/* Runs the launch, and keeps its result as the one that others have to equal; *is_chain: samples of
 * it equal the order class's chain. */
enum clt_status clt_trial_set_reference(bool *is_chain, struct clt_trial *trial,
                                        const struct clt_launch_list *launch);
/* Whether the launch gives that result, bit for bit. */
enum clt_status clt_trial_is_equal(bool *out, struct clt_trial *trial,
                                   const struct clt_launch_list *launch);
/* The mean time of `repeats` launches. */
enum clt_status clt_trial_time(double *seconds, struct clt_trial *trial,
                               const struct clt_launch_list *launch, size_t repeats);

#endif
