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

/* In a list of runs, one that has no result. */
static void print_no_result(const struct clt_options *options)
{
    if (options->json && options->n_operands > 1) fputs("null", stdout);
}

/* Prints the result, or the error; with --json, the record as it stands in run.json, and in a list
 * of runs null for one that has no result. */
static int tell(enum clt_status st, const struct clt_run *run, const struct clt_options *options)
{
    char *json = NULL;
    const bool reached = st == CLT_OK || st == CLT_E_DIVERGED;
    if (reached && !options->json) clt_result_print(run);
    if (!reached) print_no_result(options);
    if (reached && options->json) {
        const enum clt_status written = clt_run_json(&json, run);
        if (written != CLT_OK) return clt_exit_with(written);
        fputs(json, stdout);
        free(json);
    }
    if (st != CLT_OK) return clt_exit_with(st);
    clt_result_complain(run);
    return clt_result_exit_code(run);
}

/* Ends the run: what came of it, then its report, once the run has let go of the device. */
static int finish(enum clt_status st, struct clt_run *run, struct clt_device *device,
                  const struct clt_options *options)
{
    const bool reached = st == CLT_OK || st == CLT_E_DIVERGED;
    int code = tell(st, run, options);
    char *folder = reached ? strdup(clt_run_folder(run)) : NULL;
    clt_run_free(run);
    clt_device_close(device);
    if (folder)
        code = clt_report_ended_run(folder, options, code);
    else if (reached)
        code = clt_exit_with(clt_fail(CLT_E_NOMEM, "no memory for the report"));
    free(folder);
    return code;
}

/* NULL for the default place; with several configs, DIR/NAME. */
static enum clt_status choose_folder(char **out, const struct clt_config *config,
                                     const struct clt_options *options)
{
    *out = NULL;
    if (!options->out) return CLT_OK;
    *out = options->n_operands > 1 ? clt_path_join(options->out, clt_config_name(config))
                                   : strdup(options->out);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a path");
}

static enum clt_status train(struct clt_run *run, const char *folder,
                             const struct clt_options *options)
{
    struct clt_progress progress;
    clt_progress_start(&progress, options->quiet);
    const struct clt_observer observer = clt_progress_observer(&progress);
    const enum clt_status st = clt_run_train(run, folder, &observer);
    clt_progress_end(&progress);
    return st;
}

static int run_one(const char *path, const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_config *config = NULL;
    struct clt_run *run = NULL;
    char *folder = NULL;
    int code;
    TRY(clt_load_config(&config, path, options));
    code = clt_check_device(config, options);
    if (code != CLT_EXIT_OK) {
        print_no_result(options);
        clt_config_free(config);
        return code;
    }
    TRY(choose_folder(&folder, config, options));
    TRY(clt_load_training_device(&device, config, options));
    TRY(clt_run_create(&run, device, config));
    TRY(train(run, folder, options));
done:
    code = finish(st, run, device, options);
    clt_config_free(config);
    free(folder);
    return code;
}

int clt_command_run(const struct clt_options *options)
{
    const bool list = options->json && options->n_operands > 1;
    int worst = CLT_EXIT_OK;
    size_t i = 0;
    clt_stop_listen();
    if (list) printf("{\"runs\": [\n");
    for (; i < options->n_operands && !clt_stop_signal(); i++) {
        if (list && i > 0) printf(",\n");
        const int code = run_one(options->operands[i], options);
        if (code > worst) worst = code;
    }
    if (list) printf("]}\n");
    if (i == options->n_operands) return worst;
    fprintf(stderr, "cltrain: interrupted by signal %d; %s and what follows it was not run\n",
            clt_stop_signal(), options->operands[i]);
    return CLT_EXIT_SIGNAL + clt_stop_signal();
}

int clt_command_resume(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_run *run = NULL;
    int code;
    clt_stop_listen();
    TRY(clt_load_device(&device, options));
    TRY(clt_run_resume(&run, device, options->operands[0], options->sets, options->n_sets));
    TRY(train(run, NULL, options));
done:
    code = finish(st, run, device, options);
    return code;
}
