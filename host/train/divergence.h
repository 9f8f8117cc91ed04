/* divergence.h - members whose numbers are not finite any more, and where they ceased to be.
 *
 * What state.cause says of a frozen member: the mark of the tensor that overflowed (ops.h), or
 * CLT_CAUSE_LOSS and one more than the first layer whose output is not finite, 0 where none was
 * found. */
#ifndef CLT_DIVERGENCE_H
#define CLT_DIVERGENCE_H

#include "trainer.h"

#define CLT_CAUSE_LOSS ((uint64_t)1 << 32)

/* Asks the device which members have diverged since it was asked last. They are frozen and the
 * observer is told; or, with train.on_divergence = "rewind", all members go back to the last report
 * point, and the state on disk with them: *rewound. */
enum clt_status clt_divergence_settle(struct clt_trainer *trainer, bool *rewound);

/* At a report point that has been measured: with train.on_divergence = "rewind" a member whose loss
 * is not finite there has diverged by its last update, since no smaller rate would help it on from
 * here. */
enum clt_status clt_divergence_judge(struct clt_trainer *trainer, bool *rewound);

/* The marks of members that take no more updates, on the device. */
enum clt_status clt_trainer_write_frozen(struct clt_trainer *trainer);

/* The state's divergences and rewinds, into the results. */
void clt_divergence_results(struct clt_trainer *trainer);

#endif
