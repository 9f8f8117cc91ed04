/* command.h - the subcommands. Each returns the program's exit code. */
#ifndef CLT_COMMAND_H
#define CLT_COMMAND_H

#include <cltrain/config.h>

#include "exit_code.h"
#include "interrupt.h"
#include "options.h"

struct clt_study;

int clt_command_run(const struct clt_options *options);
int clt_command_resume(const struct clt_options *options);
int clt_command_eval(const struct clt_options *options);
int clt_command_predict(const struct clt_options *options);
int clt_command_report(const struct clt_options *options);
int clt_command_study(const struct clt_options *options);
int clt_command_check(const struct clt_options *options);
int clt_command_gradcheck(const struct clt_options *options);
int clt_command_tune(const struct clt_options *options);
int clt_command_lr_range(const struct clt_options *options);
int clt_command_devices(const struct clt_options *options);
int clt_command_doctor(const struct clt_options *options);
int clt_command_selftest(const struct clt_options *options);
int clt_command_bench(const struct clt_options *options);
int clt_command_config(const struct clt_options *options);
int clt_command_manual(const struct clt_options *options);
int clt_command_completion(const struct clt_options *options);

/* Before a training: the brief self-test, where the config's device and driver have not passed it
 * yet. An exit code; what is wrong has been printed. */
int clt_check_device(const struct clt_study_config *study, const struct clt_options *options);
/* Writes the report of what has ended with the exit code `code`; gives the code to leave
 * with. What fails here takes nothing from the run; `interrupt` cuts it short. */
int clt_report_ended(const struct clt_study *study, int code, struct clt_interrupt interrupt);

/* Prints the last error to standard error, "cltrain: " before each of its lines; the exit code for
 * `status`. */
int clt_exit_with(enum clt_status status);

#endif
