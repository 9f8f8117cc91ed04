/* comparison.h - whether two stages differ by more than their seeds do. */
#ifndef CLT_COMPARISON_H
#define CLT_COMPARISON_H

#include <cltrain/study.h>

#include "study_config.h"

/* Of two stages among `stages`, as struct clt_comparison_result says. CLT_E_NOMEM. */
enum clt_status clt_comparison_make(struct clt_comparison_result *out,
                                    const struct clt_comparison *comparison,
                                    const struct clt_stage_record *stages, size_t n_stages);

#endif
