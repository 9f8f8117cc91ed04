/* profile_part.h - where a run's time on the device went. */
#ifndef CLT_PROFILE_PART_H
#define CLT_PROFILE_PART_H

#include <cltrain/profile.h>

#include "figure.h"

/* A bar for each kernel, and one for the time without any. `profile` NULL: nothing. */
enum clt_status clt_profile_part_add(struct clt_figures *figures,
                                     const struct clt_profile *profile);
/* The section of the page: those figures, and a table of calls, times and rates. */
void clt_profile_part_add_html(struct clt_text *out, const struct clt_profile *profile,
                               const struct clt_figures *figures);

#endif
