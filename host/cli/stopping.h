/* stopping.h - what ends a training before its end: a signal, or the time that it was given. */
#ifndef CLT_STOPPING_H
#define CLT_STOPPING_H

#include <cltrain/run.h>

#include "interrupt.h"
#include "options.h"

struct clt_stopping {
    double start, limit; /* clock at the program's start; seconds from there on, 0: no limit */
    double reserve;      /* of these, for the last checkpoint and the report */
    bool spent;          /* the reserve may be used */
    char limit_reason[100], signal_reason[100]; /* whoever was told one may keep it */
    struct clt_stop stop;
};

void clt_stopping_start(struct clt_stopping *stopping, const struct clt_options *options);
/* NULL, or why to stop: from then on the same, or a signal that came after a time limit. */
const struct clt_stop *clt_stopping_ask(struct clt_stopping *stopping);
/* A checkpoint took so long. */
void clt_stopping_note_saving(struct clt_stopping *stopping, double seconds);
/* Whether what is kept back may be used, since training is over; another run keeps it back again.
 */
void clt_stopping_spend(struct clt_stopping *stopping, bool spend);
/* For what takes it. */
struct clt_interrupt clt_stopping_interrupt(struct clt_stopping *stopping);

#endif
