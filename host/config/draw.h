/* draw.h - what a stage of a study draws from an earlier one. */
#ifndef CLT_CONFIG_DRAW_H
#define CLT_CONFIG_DRAW_H

#include "errors.h"
#include "study_config.h"

/* Where a stage may draw from: the stages before it, as they ran. A stage whose `metric` is NULL
 * has not: its lowest and highest values then stand for a range, its first ones for the best. */
struct clt_sources {
    const char *const *names; /* [count] of all stages */
    size_t count;
    size_t stage;                           /* the one that draws */
    const struct clt_stage_trials *earlier; /* [stage] */
};

/* Whether a row of a population draws on a stage. */
bool clt_row_is_drawn(const struct clt_settings *row);

/* Puts values in place of every { from = ...; } of a population, whose rows are resolved. What is
 * wrong goes to `errors`; CLT_E_NOMEM. */
enum clt_status clt_draw_rows(struct clt_settings *population, const struct clt_sources *sources,
                              struct clt_errors *errors);

/* Gives `root` what the rows of `take` say, as clt_draw_rows() does. */
enum clt_status clt_draw_taken(struct clt_settings *root, const struct clt_settings *take,
                               const struct clt_sources *sources, struct clt_errors *errors);

#endif
