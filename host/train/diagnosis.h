/* diagnosis.h - which layer made a loss that is not finite. */
#ifndef CLT_DIAGNOSIS_H
#define CLT_DIAGNOSIS_H

#include "trainer.h"

/* Of a member that was frozen before update number `update` for its loss: the first layer whose
 * output is not finite, by that update's forward pass, layer by layer; *layer is the number of
 * layers where all are. The workspace and the order of samples on the device are others then.
 * Waits. */
enum clt_status clt_diagnose_loss(size_t *layer, struct clt_trainer *trainer, size_t member,
                                  uint64_t update);

#endif
