/* rewinds.h - the list of rewinds as it goes with a state: JSON, [[member, update, to_update],
 * ...].
 */
#ifndef CLT_REWINDS_H
#define CLT_REWINDS_H

#include "checkpoint.h"

/* NULL where memory is out. */
char *clt_rewinds_text(const struct clt_rewinds *rewinds, size_t members);
/* Into rewinds and factors of the state; NULL: there were none. CLT_E_DATA, CLT_E_NOMEM. */
enum clt_status clt_rewinds_read(struct clt_progress_state *state, size_t members,
                                 const char *text);

#endif
