/* divergence.h - members whose numbers are not finite any more. */
#ifndef CLT_DIVERGENCE_H
#define CLT_DIVERGENCE_H

#include "trainer.h"

/* Asks the device which members have diverged; tells the observer of those that are new. */
enum clt_status clt_divergence_find(struct clt_trainer *trainer);

/* The marks of members that take no more updates, on the device. */
enum clt_status clt_trainer_write_frozen(struct clt_trainer *trainer);

#endif
