/* page_study.c - the page about a study: what came of all its stages. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "comparison.h"
#include "markup.h"
#include "page.h"

#define MAX_ROWS 200 /* of the table of trials; the stages' result.csv have them all */

/* ---- all networks of all stages ---- */

struct trial {
    size_t stage, member;
    double validation; /* NaN: it was not measured */
};

struct trials {
    struct trial *trial;
    size_t count;
};

/* The highest validation accuracy first, what has none last, else in the order of the stages. */
static int by_validation(const void *a, const void *b)
{
    const struct trial *left = a, *right = b;
    const double first = isnan(left->validation) ? -1 : left->validation;
    const double second = isnan(right->validation) ? -1 : right->validation;
    if (first != second) return first > second ? -1 : 1;
    if (left->stage != right->stage) return left->stage < right->stage ? -1 : 1;
    return (left->member > right->member) - (left->member < right->member);
}

static enum clt_status trials_create(struct trials *out, const struct clt_saved_study *study)
{
    size_t n = 0;
    for (size_t i = 0; i < study->n_stages; i++)
        if (study->stages[i].run) n += study->stages[i].run->members;
    *out = (struct trials){.trial = calloc(n + 1, sizeof *out->trial)};
    if (!out->trial) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t i = 0; i < study->n_stages; i++) {
        const struct clt_saved_run *run = study->stages[i].run;
        for (size_t member = 0; run && member < run->members; member++)
            out->trial[out->count++] = (struct trial){
                i, member, clt_result_accuracy(&run->results[member], CLT_SPLIT_VALIDATION)};
    }
    qsort(out->trial, out->count, sizeof *out->trial, by_validation);
    return CLT_OK;
}

static enum clt_status add_trial(struct clt_text *out, const struct clt_saved_study *study,
                                 const struct trial *trial)
{
    const struct clt_saved_stage *stage = &study->stages[trial->stage];
    const struct clt_member_result *result = &stage->run->results[trial->member];
    char *label = clt_saved_run_label(stage->run, trial->member);
    if (!label) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    clt_text_add(out, "<tr>\n");
    clt_page_add(out, "td", "text", stage->name);
    clt_text_add(out, "<td>%zu</td>\n", trial->member);
    clt_page_add(out, "td", "text long", stage->run->n_keys ? label : "");
    clt_page_add_percent(out, clt_result_accuracy(result, CLT_SPLIT_TRAIN));
    clt_page_add_percent(out, clt_result_accuracy(result, CLT_SPLIT_VALIDATION));
    clt_page_add_percent(out, clt_result_accuracy(result, CLT_SPLIT_TEST));
    clt_page_add(out, "td", "text", stage->run->member_status[trial->member]);
    clt_text_add(out, "</tr>\n");
    free(label);
    return CLT_OK;
}

static enum clt_status add_trials(struct clt_text *out, const struct clt_saved_study *study,
                                  const struct trials *trials)
{
    enum clt_status st = CLT_OK;
    const size_t shown = trials->count < MAX_ROWS ? trials->count : MAX_ROWS;
    clt_text_add(out, "<section>\n<h2>Trials</h2>\n<div class=\"wide tall\">\n<table>\n<thead>\n"
                      "<tr>\n<th class=\"text\">stage</th>\n<th>member</th>\n"
                      "<th class=\"text\">values</th>\n<th>training</th>\n<th>validation</th>\n"
                      "<th>test</th>\n<th class=\"text\">status</th>\n</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++) TRY(add_trial(out, study, &trials->trial[i]));
    clt_text_add(out,
                 "</tbody>\n</table>\n</div>\n<p class=\"quiet\">By validation accuracy at the "
                 "end of training, the highest first.");
    if (shown < trials->count)
        clt_text_add(out, " The first %zu of %zu; the result.csv of each stage has them all.",
                     shown, trials->count);
    clt_text_add(out, "</p>\n</section>\n");
done:
    return st;
}

/* ---- the study ---- */

static void add_facts(struct clt_text *out, const struct clt_saved_study *study,
                      const struct trials *trials)
{
    size_t met = 0;
    char text[64];
    clt_text_add(out, "<ul class=\"facts\">\n");
    if (trials->count && !isnan(trials->trial[0].validation)) {
        const struct trial *best = &trials->trial[0];
        const struct clt_saved_run *run = study->stages[best->stage].run;
        clt_page_add_percent_fact(out, "best validation accuracy", best->validation);
        clt_page_add_percent_fact(out, "its test accuracy",
                                  clt_result_accuracy(&run->results[best->member], CLT_SPLIT_TEST));
        snprintf(text, sizeof text, "%.50s", study->stages[best->stage].name);
        clt_page_add_fact(out, "", "in the stage", text);
    }
    snprintf(text, sizeof text, "%zu", study->n_stages);
    clt_page_add_fact(out, "", "stages", text);
    snprintf(text, sizeof text, "%zu", trials->count);
    clt_page_add_fact(out, "", "networks", text);
    for (size_t i = 0; i < study->n_expectations; i++) met += study->expectations[i].met;
    snprintf(text, sizeof text, "%zu of %zu met", met, study->n_expectations);
    clt_page_add_fact(out, "", "expectations", study->n_expectations ? text : NULL);
    clt_page_format_seconds(text, study->seconds);
    clt_page_add_fact(out, "", "time", isfinite(study->seconds) ? text : NULL);
    clt_text_add(out, "</ul>\n");
}

static void add_header(struct clt_text *out, const struct clt_saved_study *study,
                       const struct trials *trials)
{
    clt_text_add(out, "<header>\n");
    clt_page_add(out, "h1", "", study->name);
    clt_page_add_status(out, study->status, study->reason, study->ended);
    if (study->device) {
        clt_text_add(out, "<p class=\"quiet\">on ");
        clt_markup_add(out, study->device);
        clt_text_add(out, "</p>\n");
    }
    add_facts(out, study, trials);
    clt_text_add(out, "</header>\n");
}

static void add_verdicts(struct clt_text *out, const struct clt_saved_study *study)
{
    if (study->n_expectations == 0) return;
    clt_text_add(out, "<section>\n");
    clt_page_add_expectations(out, "h2", study->expectations, study->n_expectations);
    clt_text_add(out, "</section>\n");
}

static void add_comparisons(struct clt_text *out, const struct clt_saved_study *study,
                            const struct clt_figures *comparisons)
{
    if (study->n_comparisons == 0) return;
    clt_text_add(out, "<section>\n<h2>Comparisons</h2>\n");
    for (size_t i = 0; i < study->n_comparisons; i++) {
        const struct clt_saved_comparison *comparison = &study->comparisons[i];
        clt_text_add(out, "<h3>");
        clt_markup_add(out, study->stages[comparison->stage[0]].name);
        clt_text_add(out, " and ");
        clt_markup_add(out, study->stages[comparison->stage[1]].name);
        clt_text_add(out, "</h3>\n");
        clt_comparison_add_html(out, study, comparison);
        if (comparisons[i].count == 0) continue;
        clt_text_add(out, "<div class=\"figures pair\">\n");
        clt_figures_add_html(out, &comparisons[i]);
        clt_text_add(out, "</div>\n");
    }
    clt_text_add(out, "</section>\n");
}

/* ---- a stage ---- */

/* "done; 8 networks; 2.6 s; best: train.l2 = 0.001" */
static enum clt_status add_stage_line(struct clt_text *out, const struct clt_saved_stage *stage)
{
    const struct clt_saved_run *run = stage->run;
    char seconds[64], *label;
    clt_text_add(out, "<p class=\"quiet\">");
    clt_markup_add(out, stage->status ? stage->status : run ? run->status : "not begun");
    if (run) {
        clt_text_add(out, "; %zu network%s", run->members, run->members == 1 ? "" : "s");
        clt_page_format_seconds(seconds, stage->seconds);
        if (isfinite(stage->seconds)) clt_text_add(out, "; %s", seconds);
    }
    if (run && run->members > 1) {
        label = clt_saved_run_label(run, run->best);
        if (!label) return clt_fail(CLT_E_NOMEM, "no memory for a report");
        clt_text_add(out, "; best by validation: member %zu, ", run->best);
        clt_markup_add(out, label);
        free(label);
    }
    clt_text_add(out, "</p>\n");
    return CLT_OK;
}

/* Each group where it has figures: the search, the curves, what the best member makes of the test
 * part and looks for. */
static void add_stage_figures(struct clt_text *out, const struct clt_run_figures *figures)
{
    clt_text_add(out, "<div class=\"figures\">\n");
    clt_figures_add_html(out, &figures->search);
    clt_text_add(out, "</div>\n");
    clt_page_add_settings(out, &figures->repeats);
    clt_text_add(out, "<div class=\"figures\">\n");
    clt_figures_add_html(out, &figures->curves);
    clt_figures_add_html(out, &figures->test_part);
    clt_figures_add_html(out, &figures->weights);
    clt_text_add(out, "</div>\n");
    if (figures->note) clt_page_add(out, "p", "", figures->note);
}

static enum clt_status add_stage(struct clt_text *out, const struct clt_saved_stage *stage,
                                 const struct clt_run_figures *figures)
{
    enum clt_status st = CLT_OK;
    clt_text_add(out, "<section>\n<h2>Stage ");
    clt_markup_add(out, stage->name);
    clt_text_add(out, "</h2>\n");
    TRY(add_stage_line(out, stage));
    if (stage->run) add_stage_figures(out, figures);
    clt_text_add(out, "</section>\n");
done:
    return st;
}

static void add_environment(struct clt_text *out, const struct clt_saved_study *study)
{
    clt_text_add(out, "<section>\n<h2>Environment</h2>\n<table>\n<tbody>\n");
    clt_page_add_environment(out, "cltrain", study->version);
    clt_page_add_environment(out, "platform", study->platform);
    clt_page_add_environment(out, "device", study->device);
    clt_page_add_environment(out, "driver", study->driver);
    clt_page_add_environment(out, "ended", study->ended);
    clt_page_add_environment(out, "run directory", study->folder);
    clt_text_add(out, "</tbody>\n</table>\n</section>\n");
}

enum clt_status clt_page_of_study(char **out, const struct clt_saved_study *study,
                                  const struct clt_run_figures *stages,
                                  const struct clt_figures *comparisons)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    struct trials trials;
    *out = NULL;
    TRY(trials_create(&trials, study));
    clt_page_begin(&text, study->name);
    add_header(&text, study, &trials);
    add_verdicts(&text, study);
    add_comparisons(&text, study, comparisons);
    TRY(add_trials(&text, study, &trials));
    for (size_t i = 0; i < study->n_stages; i++)
        TRY(add_stage(&text, &study->stages[i], &stages[i]));
    clt_page_add_config(&text, study->config_text);
    add_environment(&text, study);
    clt_page_end(&text);
    *out = clt_text_take(&text);
    if (!*out) st = clt_fail(CLT_E_NOMEM, "no memory for a report");
done:
    clt_text_free(&text);
    free(trials.trial);
    return st;
}
