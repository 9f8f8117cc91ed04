/* part_observer.h - what callers hear of a part: its members by their numbers in the whole. */
#ifndef CLT_PART_OBSERVER_H
#define CLT_PART_OBSERVER_H

#include <cltrain/run.h>

#include "parts.h"

struct clt_part_observer { /* all borrowed */
    const struct clt_observer *outer;
    const struct clt_part *part;
    struct clt_metrics_row *rows; /* [part->n_members], for reports on their way */
};
/* Passes all on to observer->outer. */
struct clt_observer clt_part_observer(struct clt_part_observer *observer);

#endif
