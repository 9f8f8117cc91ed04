/* progress_events.h - how a run goes, as events on standard error. */
#ifndef CLT_PROGRESS_EVENTS_H
#define CLT_PROGRESS_EVENTS_H

#include "progress.h"

/* Those calls of an observer that tell something become events; the others stay as they are. */
void clt_progress_tell_events(struct clt_study_observer *observer);
/* The end of a run, with its exit code. */
void clt_progress_ended_event(const struct clt_study *study, int exit_code);

#endif
