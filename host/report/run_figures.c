#include "run_figures.h"

#include <stdlib.h>
#include <string.h>

#include "bands.h"
#include "curves.h"
#include "ensembles.h"
#include "predict.h"
#include "profile_part.h"
#include "search.h"
#include "templates.h"
#include "test_part.h"
#include "true_class.h"

#define STAGE_TEMPLATES 10 /* units of the first layer, of each stage */

static enum clt_status draw_test_part(struct clt_figures *out,
                                      const struct clt_predictions *predictions, bool whole)
{
    enum clt_status st = CLT_OK;
    if (whole) TRY(clt_test_part_add(out, predictions));
    TRY(clt_true_class_add(out, predictions));
done:
    return st;
}

/* Where the network cannot be applied here, the message becomes the note. */
static enum clt_status add_test_part(struct clt_run_figures *figures,
                                     const struct clt_saved_run *run, bool whole,
                                     const struct clt_report_options *options)
{
    struct clt_predictions *predictions = NULL;
    const struct clt_experiment_options built = {.device = options->device,
                                                 .interrupt = options->interrupt};
    enum clt_status st = options->run ? clt_run_predict_now(&predictions, options->run,
                                                            CLT_SPLIT_TEST, run->best, whole)
                                      : clt_run_predict(&predictions, run->folder, &built,
                                                        CLT_SPLIT_TEST, "last", run->best, whole);
    if (st == CLT_E_NOMEM) return st;
    if (st == CLT_E_STOPPED) clt_fail(st, "no time for them; `cltrain report` draws them");
    if (st != CLT_OK) {
        figures->note = strdup(clt_error_message());
        return figures->note ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a report");
    }
    st = draw_test_part(&figures->test_part, predictions, whole);
    clt_predictions_free(predictions);
    return st;
}

static enum clt_status set_prefix(struct clt_run_figures *figures, const char *prefix)
{
    struct clt_figures *const groups[] = {&figures->search, &figures->curves, &figures->test_part,
                                          &figures->weights, &figures->profile};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        groups[i]->prefix = strdup(prefix);
        if (!groups[i]->prefix) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    }
    return CLT_OK;
}

enum clt_status clt_run_figures_draw(struct clt_run_figures *out, const struct clt_saved_run *run,
                                     const char *stage, const struct clt_report_options *options)
{
    enum clt_status st = CLT_OK;
    if (stage) TRY(set_prefix(out, stage));
    TRY(clt_repeats_find(&out->repeats, run));
    TRY(clt_search_add(&out->search, &out->repeats));
    TRY(clt_bands_add(&out->search, &out->repeats));
    TRY(clt_curves_add(&out->curves, run));
    TRY(clt_ensembles_add(&out->curves, run));
    TRY(clt_templates_add(&out->weights, run, stage ? STAGE_TEMPLATES : CLT_MAX_TEMPLATES));
    if (!stage) TRY(clt_profile_part_add(&out->profile, run->profile));
    TRY(add_test_part(out, run, !stage, options));
done:
    return st;
}

enum clt_status clt_run_figures_write(const struct clt_run_figures *figures, const char *folder)
{
    enum clt_status st = CLT_OK;
    TRY(clt_figures_write(&figures->search, folder));
    TRY(clt_figures_write(&figures->curves, folder));
    TRY(clt_figures_write(&figures->test_part, folder));
    TRY(clt_figures_write(&figures->weights, folder));
    TRY(clt_figures_write(&figures->profile, folder));
done:
    return st;
}

void clt_run_figures_free(struct clt_run_figures *figures)
{
    clt_repeats_free(&figures->repeats);
    clt_figures_free(&figures->search);
    clt_figures_free(&figures->curves);
    clt_figures_free(&figures->test_part);
    clt_figures_free(&figures->weights);
    clt_figures_free(&figures->profile);
    free(figures->note);
}
