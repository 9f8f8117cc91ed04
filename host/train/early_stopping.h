/* early_stopping.h - members that end because they no longer improve. */
#ifndef CLT_EARLY_STOPPING_H
#define CLT_EARLY_STOPPING_H

#include "trainer.h"

/* At a report point that has been measured: ends the members whose patience is at its end. */
enum clt_status clt_early_stopping_apply(struct clt_trainer *trainer);

#endif
