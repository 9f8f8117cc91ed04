/* command_run.c - cltrain run CONFIG..., cltrain resume RUNDIR */
#include <cltrain/cltrain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "file.h"
#include "load.h"
#include "progress.h"
#include "result.h"
#include "stop.h"
#include "text.h"

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
    return clt_result_exit_code(study);
}

/* Ends the run: what came of it, then its report. */
static int finish(enum clt_status st, struct clt_study *study, struct clt_device *device,
                  struct clt_text *summary, const struct clt_options *options)
{
    const bool reached = st == CLT_OK || st == CLT_E_DIVERGED;
    int code = tell(st, study, options);
    if (reached) code = clt_report_ended(study, code);
    if (reached) clt_result_summarize(summary, study);
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

static enum clt_status train(struct clt_study *study, const char *folder,
                             const struct clt_options *options)
{
    struct clt_progress progress;
    clt_progress_start(&progress, options->quiet, !options->json);
    const struct clt_study_observer observer = clt_progress_study_observer(&progress);
    const enum clt_status st = clt_study_train(study, folder, &observer);
    clt_progress_end(&progress);
    return st;
}

static int run_one(const char *path, struct clt_text *summary, const struct clt_options *options)
{
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
    TRY(train(study, folder, options));
done:
    code = finish(st, study, device, summary, options);
    clt_study_config_free(config);
    free(folder);
    return code;
}

/* What came of several configs, a line each. */
static void print_summary(struct clt_text *summary, const struct clt_options *options)
{
    char *lines = clt_text_take(summary);
    if (lines && options->n_operands > 1 && !options->json) printf("\n%s", lines);
    free(lines);
}

int clt_command_run(const struct clt_options *options)
{
    const bool list = options->json && options->n_operands > 1;
    struct clt_text summary = {0};
    int worst = CLT_EXIT_OK;
    size_t i = 0;
    clt_stop_listen();
    if (list) printf("{\"runs\": [\n");
    for (; i < options->n_operands && !clt_stop_signal(); i++) {
        if (list && i > 0) printf(",\n");
        const int code = run_one(options->operands[i], &summary, options);
        if (code > worst) worst = code;
    }
    if (list) printf("]}\n");
    print_summary(&summary, options);
    if (i == options->n_operands) return worst;
    fprintf(stderr, "cltrain: interrupted by signal %d; %s and what follows it was not run\n",
            clt_stop_signal(), options->operands[i]);
    return CLT_EXIT_SIGNAL + clt_stop_signal();
}

int clt_command_resume(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_text summary = {0};
    struct clt_device *device = NULL;
    struct clt_study *study = NULL;
    int code;
    const struct clt_resume_options resume = {options->sets, options->n_sets, options->allow};
    clt_stop_listen();
    TRY(clt_load_device(&device, options));
    TRY(clt_study_resume(&study, device, options->operands[0], &resume));
    TRY(train(study, NULL, options));
done:
    code = finish(st, study, device, &summary, options);
    clt_text_free(&summary);
    return code;
}
