/* snapshots.h - the networks at the ends of cycles. */
#ifndef CLT_SNAPSHOTS_H
#define CLT_SNAPSHOTS_H

#include "trainer.h"

/* Keeps the networks at the end of a cycle. They reach the disk before a state that is past them.
 */
enum clt_status clt_snapshots_take(struct clt_trainer *trainer);

/* The snapshots of each member together, into the results; the device has the last weights again
 * afterwards. */
enum clt_status clt_snapshots_measure(struct clt_trainer *trainer);

#endif
