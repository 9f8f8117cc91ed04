/* combine.h - what the parts of a run come to, put together in its run directory. */
#ifndef CLT_COMBINE_H
#define CLT_COMBINE_H

#include "config.h"
#include "parts.h"
#include "record.h"

/* The run directory `folder` of `config`: metrics.csv and result.csv of all members, their networks
 * (links to those of the parts) and, at the end, run.json. `status`: CLT_RUN_DONE, where every part
 * is and expectations are judged, or CLT_RUN_INTERRUPTED by `stop`, where some have not begun.
 * Doing it again changes nothing. CLT_E_DIVERGED: every member did; the folder is complete.
 * CLT_E_DATA: a part is damaged; CLT_E_OUTPUT, CLT_E_NOMEM. */
enum clt_status clt_combine(const char *folder, const struct clt_config *config,
                            const struct clt_parts *parts, enum clt_run_status status,
                            struct clt_stop stop);
/* metrics.csv, if there is none, without rows, and run.json without results, of a run that goes on
 * or, where `failure` is not CLT_OK, has failed. `reason` may be NULL. */
enum clt_status clt_combine_nothing(const char *folder, const struct clt_config *config,
                                    enum clt_status failure, const char *reason);

#endif
