/* optimizer.h - what an optimiser keeps on the device, made from the members' configs. */
#ifndef CLT_OPTIMIZER_H
#define CLT_OPTIMIZER_H

#include "model.h"

/* Start with {0}. Free it also after a failure. */
enum clt_status clt_optimizer_create(struct clt_optimizer *out, struct clt_device *device,
                                     const struct clt_network *network, enum clt_update_rule rule,
                                     enum clt_real real);
void clt_optimizer_free(struct clt_optimizer *optimizer);

#endif
