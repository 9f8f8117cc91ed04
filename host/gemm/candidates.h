/* candidates.h - the methods that the tuner tries. */
#ifndef CLT_CANDIDATES_H
#define CLT_CANDIDATES_H

#include "method.h"

/* What a group of candidates differs in. The first two need no new program. */
enum clt_axis { CLT_AXIS_RUN, CLT_AXIS_WIDTH, CLT_AXIS_REGISTERS, CLT_AXIS_DEPTH, CLT_AXES };

#define CLT_CANDIDATES_MOST 24
/* Legal methods near `from`, the most promising first; their number. */
size_t clt_candidates(struct clt_method out[CLT_CANDIDATES_MOST], const struct clt_device *device,
                      enum clt_family family, const struct clt_asked_product *work,
                      const struct clt_method *from, enum clt_axis axis);

#endif
