#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "bands.h"
#include "curves.h"
#include "file.h"
#include "page.h"
#include "predict.h"
#include "profile_part.h"
#include "saved_run.h"
#include "search.h"
#include "templates.h"
#include "test_part.h"

static enum clt_status write_page(const char *path, const char *html)
{
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    return clt_file_replace(path, html, strlen(html));
}

/* What is known about a run, as figures. */
struct figures {
    struct clt_figures curves, test_part, weights, profile;
    char *note; /* why there is no test part; NULL: there is */
};

static void figures_free(struct figures *figures)
{
    clt_figures_free(&figures->curves);
    clt_figures_free(&figures->test_part);
    clt_figures_free(&figures->weights);
    clt_figures_free(&figures->profile);
    free(figures->note);
}

/* Where the network cannot be applied here, the message becomes the note. */
static enum clt_status add_test_part(struct figures *figures, const struct clt_saved_run *run,
                                     const struct clt_report_options *options)
{
    struct clt_predictions *predictions = NULL;
    enum clt_status st = options->run ? clt_run_predict_now(&predictions, options->run,
                                                            CLT_SPLIT_TEST, run->best, true)
                                      : clt_run_predict(&predictions, run->folder, options->device,
                                                        CLT_SPLIT_TEST, "last", run->best, true);
    if (st == CLT_E_NOMEM) return st;
    if (st != CLT_OK) {
        figures->note = strdup(clt_error_message());
        return figures->note ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a report");
    }
    st = clt_test_part_add(&figures->test_part, predictions);
    clt_predictions_free(predictions);
    return st;
}

static enum clt_status draw_figures(struct figures *out, const struct clt_saved_run *run,
                                    const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_repeats repeats = {0};
    TRY(clt_curves_add(&out->curves, run));
    TRY(clt_repeats_find(&repeats, run));
    TRY(clt_search_add(&out->curves, &repeats));
    TRY(clt_bands_add(&out->curves, &repeats));
    TRY(clt_templates_add(&out->weights, run));
    TRY(clt_profile_part_add(&out->profile, run->profile));
    TRY(add_test_part(out, run, options));
done:
    clt_repeats_free(&repeats);
    return st;
}

static enum clt_status write_figures(const struct figures *figures, const char *folder)
{
    enum clt_status st = CLT_OK;
    TRY(clt_figures_write(&figures->curves, folder));
    TRY(clt_figures_write(&figures->test_part, folder));
    TRY(clt_figures_write(&figures->weights, folder));
    TRY(clt_figures_write(&figures->profile, folder));
done:
    return st;
}

enum clt_status clt_report_write(const char *folder, const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_run *run = NULL;
    struct figures figures = {0};
    char *html = NULL, *page = NULL;
    TRY(clt_saved_run_read(&run, folder));
    TRY(draw_figures(&figures, run, options));
    const struct clt_run_page content = {.run = run,
                                         .curves = &figures.curves,
                                         .test_part = &figures.test_part,
                                         .weights = &figures.weights,
                                         .profile = &figures.profile,
                                         .note = figures.note};
    TRY(clt_page_of_run(&html, &content));
    page = options->page ? strdup(options->page) : clt_path_join(folder, "report.html");
    TRY(write_page(page, html));
    if (options->figures) TRY(write_figures(&figures, options->figures));
done:
    figures_free(&figures);
    clt_saved_run_free(run);
    free(html);
    free(page);
    return st;
}

static void free_runs(struct clt_saved_run **runs, size_t n_runs)
{
    for (size_t i = 0; runs && i < n_runs; i++) clt_saved_run_free(runs[i]);
    free(runs);
}

enum clt_status clt_report_compare(const char *const *folders, size_t n_folders,
                                   const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_figures curves = {0};
    struct clt_saved_run **runs = calloc(n_folders, sizeof *runs);
    char *html = NULL;
    if (!runs) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t i = 0; i < n_folders; i++) TRY(clt_saved_run_read(&runs[i], folders[i]));
    TRY(clt_curves_compare(&curves, runs, n_folders));
    TRY(clt_page_of_runs(&html, runs, n_folders, &curves));
    TRY(write_page(options->page, html));
    if (options->figures) TRY(clt_figures_write(&curves, options->figures));
done:
    clt_figures_free(&curves);
    free_runs(runs, n_folders);
    free(html);
    return st;
}
