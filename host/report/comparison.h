/* comparison.h - two stages of a study side by side. */
#ifndef CLT_COMPARISON_H
#define CLT_COMPARISON_H

#include "run_figures.h"
#include "saved_study.h"

/* A panel for each stage, of the metric they are compared by, with the same axes; of a stage's best
 * setting where it has several. `stages`: the figures of the study's stages, whose seeds they
 * know. Adds nothing where a stage has not begun. CLT_E_NOMEM. */
enum clt_status clt_comparison_add(struct clt_figures *out, const struct clt_saved_study *study,
                                   const struct clt_saved_comparison *comparison,
                                   const struct clt_run_figures *stages);

/* A sentence with both means, their difference, its interval, and whether that is larger than the
 * spread over seeds. */
void clt_comparison_add_html(struct clt_text *out, const struct clt_saved_study *study,
                             const struct clt_saved_comparison *comparison);

#endif
