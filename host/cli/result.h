/* result.h - a run's result on standard output. */
#ifndef CLT_RESULT_H
#define CLT_RESULT_H

#include <cltrain/cltrain.h>

/* A table of members, the expectations' verdicts, where the run directory is. */
void clt_result_print(const struct clt_run *run);
/* A line on standard error for what the exit code stands for: the signal, each expectation missed.
 */
void clt_result_complain(const struct clt_run *run);
/* Exit code for a result that was reached: expectations, or the signal that stopped it. */
int clt_result_exit_code(const struct clt_run *run);

#endif
