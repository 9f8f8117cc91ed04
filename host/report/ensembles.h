/* ensembles.h - what the snapshots of a network's cycles say by themselves and together. */
#ifndef CLT_ENSEMBLES_H
#define CLT_ENSEMBLES_H

#include "figure.h"
#include "saved_run.h"

/* Test accuracy of the best member's snapshots over its cycles, and of all of them together, by
 * vote and by mean, as lines across. Without snapshots, nothing. CLT_E_NOMEM. */
enum clt_status clt_ensembles_add(struct clt_figures *figures, const struct clt_saved_run *run);

#endif
