/* command_run.c - cltrain run CONFIG..., cltrain resume RUNDIR */
#include <cltrain/cltrain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "events.h"
#include "file.h"
#include "load.h"
#include "progress.h"
#include "progress_events.h"
#include "result.h"
#include "stop.h"
#include "stopping.h"
#include "text.h"

/* The last words where a signal comes before there is anything to lose. */
static void tell_signal(int signal_number)
{
    clt_complain("stopped by %s before training began", clt_signal_name(signal_number));
}

/* What the runs of a command line share. */
struct shared {
    const struct clt_options *options;
    struct clt_stopping stopping;
    struct clt_progress progress; /* of the last one, which asks it to the end of its report */
    struct clt_text summary;      /* a line for each */
};

static void shared_start(struct shared *shared, const struct clt_options *options)
{
    *shared = (struct shared){.options = options};
    clt_stopping_start(&shared->stopping, options);
    clt_stop_listen(tell_signal);
}

/* In a list of runs, one that has no result. */
static void print_no_result(const struct clt_options *options)
{
    if (options->json && options->n_operands > 1) fputs("null", stdout);
}

/* Prints the result, or the error; with --json, the record as it stands in run.json, and in a list
 * of runs null for one that has no result. */
static int tell(enum clt_status st, const struct clt_study *study,
                const struct clt_options *options)
{
    char *json = NULL;
    const bool reached = st == CLT_OK || st == CLT_E_DIVERGED;
    if (reached && !options->json) clt_result_print(study);
    if (!reached) print_no_result(options);
    if (reached && options->json) {
        const enum clt_status read = clt_study_json(&json, study);
        if (read != CLT_OK) {
            print_no_result(options);
            return clt_exit_with(read);
        }
        fputs(json, stdout);
        free(json);
    }
    if (st != CLT_OK) return clt_exit_with(st);
    clt_result_complain(study);
    return clt_study_exit_code(clt_study_record_of(study));
}

/* A run that was asked to stop before it began. */
static int tell_not_begun(const char *what, struct clt_stopping *stopping)
{
    const struct clt_stop *stop = clt_stopping_ask(stopping);
    clt_complain("%s: %s before training began; nothing was written%s", what, stop->reason,
                 stop->signal ? "" : "; give it a longer --max-time");
    return stop->signal ? CLT_EXIT_SIGNAL + stop->signal : CLT_EXIT_USAGE;
}

/* Ends the run of `what`: what came of it, then its report. */
static int finish(enum clt_status st, struct clt_study *study, struct clt_device *device,
                  struct shared *shared, const char *what)
{
    const bool reached = st == CLT_OK || st == CLT_E_DIVERGED;
    int code = st == CLT_E_STOPPED ? tell_not_begun(what, &shared->stopping)
                                   : tell(st, study, shared->options);
    clt_stopping_spend(&shared->stopping, true);
    if (reached) code = clt_report_ended(study, code, clt_stopping_interrupt(&shared->stopping));
    clt_stopping_spend(&shared->stopping, false);
    if (reached) clt_result_summarize(&shared->summary, study);
    if (study && clt_study_folder(study)) clt_progress_ended_event(study, code);
    clt_study_free(study);
    clt_device_close(device);
    return code;
}

/* NULL for the default place; with several configs, DIR/NAME. */
static enum clt_status choose_folder(char **out, const struct clt_study_config *config,
                                     const struct clt_options *options)
{
    *out = NULL;
    if (!options->out) return CLT_OK;
    *out = options->n_operands > 1 ? clt_path_join(options->out, clt_study_config_name(config))
                                   : strdup(options->out);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a path");
}

static enum clt_status train(struct clt_study *study, const char *folder, struct shared *shared)
{
    struct clt_progress *progress = &shared->progress;
    clt_progress_start(progress, &shared->stopping, shared->options->quiet, !shared->options->json);
    const struct clt_study_observer observer = clt_progress_study_observer(progress);
    const enum clt_status st = clt_study_train(study, folder, &observer);
    clt_progress_end(progress);
    return st;
}

static int run_one(const char *path, struct shared *shared)
{
    const struct clt_options *options = shared->options;
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_study_config *config = NULL;
    struct clt_study *study = NULL;
    char *folder = NULL;
    int code;
    TRY(clt_load_study_config(&config, path, options));
    code = clt_check_device(config, options);
    if (code != CLT_EXIT_OK) {
        print_no_result(options);
        clt_study_config_free(config);
        return code;
    }
    TRY(choose_folder(&folder, config, options));
    TRY(clt_load_training_device(&device, config, options));
    TRY(clt_study_create(&study, device, config));
    TRY(train(study, folder, shared));
done:
    code = finish(st, study, device, shared, path);
    clt_study_config_free(config);
    free(folder);
    return code;
}

/* What came of several configs, a line each. */
static void print_summary(struct shared *shared)
{
    const struct clt_options *options = shared->options;
    char *lines = clt_text_take(&shared->summary);
    if (lines && options->n_operands > 1 && !options->json) printf("\n%s", lines);
    free(lines);
}

/* The configs from number `first` on were not run. */
static int tell_not_run(struct shared *shared, size_t first, int worst)
{
    const struct clt_options *options = shared->options;
    const struct clt_stop *stop = clt_stopping_ask(&shared->stopping);
    struct clt_text rest = {0};
    for (size_t i = first; i < options->n_operands; i++)
        clt_text_add(&rest, " %s", options->operands[i]);
    char *not_run = clt_text_take(&rest);
    if (stop->signal)
        clt_complain("%s; not run:%s", stop->reason, not_run ? not_run : "");
    else if (clt_events_wanted())
        clt_warn("%s; not run:%s", stop->reason, not_run ? not_run : "");
    else
        fprintf(options->json ? stderr : stdout, "%s; not run:%s\n", stop->reason,
                not_run ? not_run : "");
    free(not_run);
    return stop->signal ? CLT_EXIT_SIGNAL + stop->signal : worst;
}

int clt_command_run(const struct clt_options *options)
{
    const bool list = options->json && options->n_operands > 1;
    struct shared shared;
    int worst = CLT_EXIT_OK;
    size_t i = 0;
    shared_start(&shared, options);
    if (list) printf("{\"runs\": [\n");
    for (; i < options->n_operands && !(i > 0 && clt_stopping_ask(&shared.stopping)); i++) {
        if (list && i > 0) printf(",\n");
        const int code = run_one(options->operands[i], &shared);
        if (code > worst) worst = code;
    }
    if (list) printf("]}\n");
    print_summary(&shared);
    return i < options->n_operands ? tell_not_run(&shared, i, worst) : worst;
}

int clt_command_resume(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct shared shared;
    struct clt_device *device = NULL;
    struct clt_study *study = NULL;
    int code;
    const struct clt_resume_options resume = {options->sets, options->n_sets, options->allow};
    shared_start(&shared, options);
    TRY(clt_load_device(&device, options));
    TRY(clt_study_resume(&study, device, options->operands[0], &resume));
    TRY(train(study, NULL, &shared));
done:
    code = finish(st, study, device, &shared, options->operands[0]);
    clt_text_free(&shared.summary);
    return code;
}
