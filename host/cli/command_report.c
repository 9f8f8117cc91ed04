/* command_report.c - cltrain report RUNDIR... */
#include <stdio.h>
#include <stdlib.h>

#include <cltrain/study.h>

#include "command.h"
#include "file.h"
#include "json.h"
#include "print.h"
#include "report.h"

#define COMPARISON "comparison.html"

/* Where the page is, or an object that says so. */
static enum clt_status tell(const char *page, const struct clt_options *options)
{
    if (options->json)
        return clt_print_json(clt_json_set(json_object(), "report", clt_json_string(page)));
    printf("report: %s\n", page);
    return CLT_OK;
}

int clt_command_report(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    const char *const *folders = (const char *const *)options->operands;
    const bool several = options->n_operands > 1;
    char *page = options->out ? clt_path_join(".", options->out)
                 : several    ? clt_path_join(".", COMPARISON)
                              : clt_path_join(folders[0], "report.html");
    if (!page) return clt_exit_with(clt_fail(CLT_E_NOMEM, "no memory for a path"));
    const struct clt_report_options wanted = {
        .device = options->device, .page = page, .figures = options->figures};
    if (several)
        TRY(clt_report_compare(folders, options->n_operands, &wanted));
    else
        TRY(clt_report_write(folders[0], &wanted));
    TRY(tell(page, options));
done:
    free(page);
    return clt_exit_with(st);
}

int clt_report_ended(const struct clt_study *study, int code, struct clt_interrupt interrupt)
{
    const struct clt_report_options wanted = {.run = clt_study_run(study), .interrupt = interrupt};
    const char *folder = clt_study_folder(study);
    if (clt_report_write(folder, &wanted) == CLT_OK) return code;
    clt_exit_with(
        clt_fail_within(CLT_E_OUTPUT, "%s/report.html was not written, the run is whole", folder));
    return code > CLT_EXIT_OUTPUT ? code : CLT_EXIT_OUTPUT;
}
