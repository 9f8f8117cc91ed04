/* differences.h - the gradient of a config's cost by central differences. */
#ifndef CLT_DIFFERENCES_H
#define CLT_DIFFERENCES_H

#include "probe.h"

/* numeric [n_parameters] = (J(w + h) - J(w - h)) / 2h at `point`, J = mean loss + lambda * sum of
 * squared weights, in `coordinates` elements of each segment, spread over it, the same ones for
 * every member; NaN elsewhere, and where an activation passes its kink between the two points:
 * left_out [n_segments][members] counts those. Costs two steps a coordinate, for all members
 * together; the probe stands at `point` before and after. */
enum clt_status clt_differences(struct clt_probe *probe, double *numeric, size_t *left_out,
                                const double *point, double step, size_t coordinates);

#endif
