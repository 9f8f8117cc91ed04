/* gradient_dump.h - a checked gradient and all that it was computed from, for other programs. */
#ifndef CLT_GRADIENT_DUMP_H
#define CLT_GRADIENT_DUMP_H

#include "probe.h"

struct clt_gradient_vectors { /* flat parameter vectors */
    const double *point, *analytic, *numeric;
};

/* Writes into `folder`, which is created:
 *   model.json                          seed, l2 and layers of each member
 *   input.npy, labels.npy               the batch: double [samples][features], uint16 [samples]
 *   parameters/NAME.npy, analytic/NAME.npy, numeric/NAME.npy
 *                                       double [members][...] for each tensor; numeric has NaN
 *                                       where no difference was taken
 * CLT_E_OUTPUT, CLT_E_NOMEM, CLT_E_DEVICE. */
enum clt_status clt_gradient_dump(const char *folder, struct clt_probe *probe, size_t samples,
                                  const struct clt_gradient_vectors *vectors);

#endif
