/* result.h - what came of a training, on standard output. */
#ifndef CLT_RESULT_H
#define CLT_RESULT_H

#include <cltrain/cltrain.h>

#include "text.h"

/* A run: a table of members, what replicas say, the expectations' verdicts. */
void clt_result_print_run(const struct clt_run_record *record);
/* All of it, but for the stages of a study: those were printed as they ended. Where the run
 * directory is. */
void clt_result_print(const struct clt_study *study);
/* A line of the list that several configs end with. */
void clt_result_summarize(struct clt_text *lines, const struct clt_study *study);
/* A line on standard error for what the exit code stands for: the signal, each expectation missed.
 */
void clt_result_complain(const struct clt_study *study);

#endif
