#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "curves.h"
#include "file.h"
#include "page.h"
#include "run_figures.h"

static enum clt_status write_page(const char *path, const char *html)
{
    return clt_file_replace(path, html, strlen(html));
}

static enum clt_status write_run(const char *folder, const char *page,
                                 const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_run *run = NULL;
    struct clt_run_figures figures = {0};
    char *html = NULL;
    TRY(clt_saved_run_read(&run, folder));
    TRY(clt_run_figures_draw(&figures, run, NULL, options));
    TRY(clt_page_of_run(&html, run, &figures));
    TRY(write_page(page, html));
    if (options->figures) TRY(clt_run_figures_write(&figures, options->figures));
done:
    clt_run_figures_free(&figures);
    clt_saved_run_free(run);
    free(html);
    return st;
}

/* Of a study: of its stages, and of its comparisons. */
struct study_figures {
    struct clt_run_figures *stages;  /* [n_stages] */
    struct clt_figures *comparisons; /* [n_comparisons] */
};

static void study_figures_free(struct study_figures *figures, const struct clt_saved_study *study)
{
    for (size_t i = 0; figures->stages && i < study->n_stages; i++)
        clt_run_figures_free(&figures->stages[i]);
    for (size_t i = 0; figures->comparisons && i < study->n_comparisons; i++)
        clt_figures_free(&figures->comparisons[i]);
    free(figures->stages);
    free(figures->comparisons);
}

static enum clt_status draw_study(struct study_figures *out, const struct clt_saved_study *study,
                                  const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    out->stages = calloc(study->n_stages + 1, sizeof *out->stages);
    out->comparisons = calloc(study->n_comparisons + 1, sizeof *out->comparisons);
    if (!out->stages || !out->comparisons) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t i = 0; i < study->n_stages; i++)
        if (study->stages[i].run)
            TRY(clt_run_figures_draw(&out->stages[i], study->stages[i].run, study->stages[i].name,
                                     options));
    for (size_t i = 0; i < study->n_comparisons; i++)
        TRY(clt_comparison_add(&out->comparisons[i], study, &study->comparisons[i], out->stages));
done:
    return st;
}

static enum clt_status write_study_figures(const struct study_figures *figures,
                                           const struct clt_saved_study *study, const char *folder)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < study->n_stages; i++)
        TRY(clt_run_figures_write(&figures->stages[i], folder));
    for (size_t i = 0; i < study->n_comparisons; i++)
        TRY(clt_figures_write(&figures->comparisons[i], folder));
done:
    return st;
}

static enum clt_status write_study(const struct clt_saved_study *study, const char *page,
                                   const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct study_figures figures = {0};
    char *html = NULL;
    TRY(draw_study(&figures, study, options));
    TRY(clt_page_of_study(&html, study, figures.stages, figures.comparisons));
    TRY(write_page(page, html));
    if (options->figures) TRY(write_study_figures(&figures, study, options->figures));
done:
    study_figures_free(&figures, study);
    free(html);
    return st;
}

enum clt_status clt_report_write(const char *folder, const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_study *study = NULL;
    char *page = options->page ? strdup(options->page) : clt_path_join(folder, "report.html");
    if (!page) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    TRY(clt_saved_study_read(&study, folder));
    st = study ? write_study(study, page, options) : write_run(folder, page, options);
done:
    clt_saved_study_free(study);
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
