/* command_selftest.c - cltrain selftest, and its brief form before a first training. */
#include <jansson.h>
#include <stdio.h>

#include "command.h"
#include "events.h"
#include "experiment.h"
#include "gemm_option.h"
#include "json.h"
#include "print.h"
#include "selftest.h"
#include "study_config.h"

static const char *type_name(const struct clt_selftest_row *row)
{
    return row->real == CLT_DOUBLE ? "double" : "float";
}

static void print_table(const struct clt_selftest *test, const struct clt_device *device)
{
    printf("%s: every kernel against the reference on the host\n\n",
           clt_device_describe(device)->name);
    printf("%-24s  %-6s  %5s  %11s  %11s\n", "kernel", "type", "cases", "worst error", "bound");
    for (size_t i = 0; i < test->n_rows; i++) {
        const struct clt_selftest_row *row = &test->rows[i];
        printf("%-24s  %-6s  %5zu  %7.2f ulp  %7.0f ulp%s\n", row->kernel, type_name(row),
               row->cases, row->error, row->bound, clt_selftest_row_passed(row) ? "" : "  wrong");
    }
}

static enum clt_status print_json(const struct clt_selftest *test, const struct clt_device *device)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < test->n_rows; i++) {
        const struct clt_selftest_row *row = &test->rows[i];
        json_t *json = clt_json_set(json_object(), "kernel", json_string(row->kernel));
        json = clt_json_set(json, "type", json_string(type_name(row)));
        json = clt_json_set(json, "cases", json_integer((json_int_t)row->cases));
        json = clt_json_set(json, "error", clt_json_real(row->error));
        json = clt_json_set(json, "bound", clt_json_real(row->bound));
        json = clt_json_set(json, "passed", json_boolean(clt_selftest_row_passed(row)));
        rows = clt_json_append(rows, json);
    }
    json_t *all =
        clt_json_set(json_object(), "device", clt_json_string(clt_device_describe(device)->name));
    all = clt_json_set(all, "kernels", rows);
    return clt_print_json(clt_json_set(all, "passed", json_boolean(test->passed)));
}

static void complain(const struct clt_selftest *test)
{
    for (size_t i = 0; i < test->n_rows; i++) {
        const struct clt_selftest_row *row = &test->rows[i];
        if (!clt_selftest_row_passed(row))
            clt_complain("%s in %s is off by %.3g units of the last place, more than %.0f; "
                         "choose another --device or driver",
                         row->kernel, type_name(row), row->error, row->bound);
    }
}

int clt_command_selftest(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_selftest *test = NULL;
    int code = CLT_EXIT_OK;
    TRY(clt_device_open(&device, options->device));
    TRY(clt_selftest_run(&test, device,
                         &(struct clt_selftest_options){.gemm = clt_gemm_option(options)}));
    if (options->json)
        TRY(print_json(test, device));
    else
        print_table(test, device);
    if (!test->passed) {
        complain(test);
        code = CLT_EXIT_MISSED;
    }
done:
    clt_selftest_free(test);
    clt_device_close(device);
    return st == CLT_OK ? code : clt_exit_with(st);
}

/* By the first stage: its config depends on no other, and the others share its device. */
int clt_check_device(const struct clt_study_config *study, const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_selftest *test = NULL;
    struct clt_config *config = NULL;
    int code = CLT_EXIT_OK;
    TRY(clt_study_config_stage(&config, study, 0, NULL));
    TRY(clt_selftest_once(&test, options->device ? options->device : config->device,
                          clt_experiment_gemm_choice(config)));
    if (test && !test->passed) {
        complain(test);
        code = CLT_EXIT_MISSED;
    }
done:
    clt_selftest_free(test);
    clt_config_free(config);
    return st == CLT_OK ? code : clt_exit_with(st);
}
