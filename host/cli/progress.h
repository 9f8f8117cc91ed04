/* progress.h - how a run goes, on standard error: a line that redraws on a terminal, elsewhere a
 * line per report point. */
#ifndef CLT_PROGRESS_H
#define CLT_PROGRESS_H

#include <cltrain/cltrain.h>

#include "stopping.h"

struct clt_progress {
    struct clt_stopping *stopping; /* borrowed */
    bool quiet, terminal;
    bool results; /* prints that of each stage of a study when it ends */
    size_t members;
    uint64_t total;
    char metrics[160];    /* of the last report point */
    double rate;          /* updates per second, lately */
    double last_drawn;    /* clock */
    uint64_t last_update; /* when the rate was taken */
    double last_time;
};

/* `stopping` may be NULL: nothing stops it. */
void clt_progress_start(struct clt_progress *progress, struct clt_stopping *stopping, bool quiet,
                        bool results);
/* An observer whose calls draw the progress, and which stops when `stopping` does. `progress` is
 * borrowed. */
struct clt_study_observer clt_progress_study_observer(struct clt_progress *progress);
/* As an observer's, of a struct clt_progress. */
void clt_progress_tuning(void *self, size_t done, size_t total);
/* Ends the line that redraws. */
void clt_progress_end(struct clt_progress *progress);

#endif
