/* resumes.h - the record of how a run was taken up again: a JSON list of
 *   {update, time, device, driver, allowed, differences}
 * that goes with the state from session to session, and into run.json. */
#ifndef CLT_RESUMES_H
#define CLT_RESUMES_H

#include "checkpoint.h"

/* Appends to state->resumes that the run goes on from `state` on this device, with these changes
 * allowed. CLT_E_NOMEM. */
enum clt_status clt_resumes_add(struct clt_progress_state *state,
                                const struct clt_device_info *device,
                                const struct clt_condition_changes *changes, unsigned allowed);

/* Appends the list `more` to the list *into (NULL: none). CLT_E_NOMEM. */
enum clt_status clt_resumes_join(char **into, const char *more);

#endif
