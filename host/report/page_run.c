/* page_run.c - the page about one run. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "markup.h"
#include "page.h"
#include "profile_part.h"

#define MAX_ROWS 200 /* of the result table; result.csv has them all */

static double accuracy(const struct clt_measure *measure)
{
    return measure->made ? measure->accuracy : NAN;
}

/* ---- what it was ---- */

static void add_fact(struct clt_text *out, const char *class, const char *name, const char *value)
{
    if (!value) return;
    clt_text_add(out, *class ? "<li class=\"%s\">" : "<li>", class);
    clt_page_add(out, "span", "quiet", name);
    clt_page_add(out, "b", "", value);
    clt_text_add(out, "</li>\n");
}

static void add_percent_fact(struct clt_text *out, const char *name, double fraction)
{
    char text[32];
    if (isnan(fraction)) return;
    snprintf(text, sizeof text, "%.2f %%", 100 * fraction);
    add_fact(out, "big", name, text);
}

/* "13.8 s", "3 min 20 s", "2 h 05 min" */
static void format_seconds(char out[32], double seconds)
{
    const long whole = lround(seconds);
    if (seconds < 100)
        snprintf(out, 32, "%.1f s", seconds);
    else if (whole < 6000)
        snprintf(out, 32, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(out, 32, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

static void add_numbers(struct clt_text *out, const struct clt_report_run *run)
{
    const struct clt_member_result *best = &run->results[run->best];
    char text[64];
    clt_text_add(out, "<ul class=\"facts\">\n");
    add_percent_fact(out, "test accuracy", accuracy(&best->test));
    add_percent_fact(out, "validation accuracy", accuracy(&best->validation));
    add_percent_fact(out, "training accuracy", accuracy(&best->train));
    if (run->members > 1) {
        snprintf(text, sizeof text, "%zu, best: %zu", run->members, run->best);
        add_fact(out, "", "members", text);
    }
    snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64, run->updates, run->total_updates);
    add_fact(out, "", "updates", text);
    if (isfinite(run->seconds)) {
        format_seconds(text, run->seconds);
        add_fact(out, "", "time", text);
    }
    if (run->seconds > 0) {
        snprintf(text, sizeof text, "%.4g updates/s", (double)run->updates / run->seconds);
        add_fact(out, "", "rate", text);
    }
    clt_text_add(out, "</ul>\n");
}

/* "on DEVICE (PLATFORM, driver DRIVER), GEMM: BACKEND" */
static void add_where(struct clt_text *out, const struct clt_report_run *run)
{
    const char *const parts[] = {"on ",       run->device, " (",        run->platform,
                                 ", driver ", run->driver, "), GEMM: ", run->gemm_backend};
    clt_text_add(out, "<p class=\"quiet\">");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        clt_markup_add(out, parts[i] ? parts[i] : "unknown");
    clt_text_add(out, "</p>\n");
}

static void add_header(struct clt_text *out, const struct clt_report_run *run)
{
    clt_text_add(out, "<header>\n");
    clt_page_add(out, "h1", "", run->name);
    clt_text_add(out, "<p><span class=\"status ");
    clt_markup_add(out, run->status);
    clt_text_add(out, "\">");
    clt_markup_add(out, run->status);
    clt_text_add(out, "</span> <span class=\"quiet\">");
    if (run->reason) clt_markup_add(out, run->reason);
    if (run->reason && run->ended) clt_text_add(out, "; ");
    if (run->ended) clt_markup_add(out, run->ended);
    clt_text_add(out, "</span></p>\n");
    add_where(out, run);
    add_numbers(out, run);
    clt_text_add(out, "</header>\n");
}

/* ---- what came out ---- */

static void add_result_head(struct clt_text *out, const struct clt_report_run *run)
{
    static const char *const columns[] = {"training",    "validation",      "test",     "test loss",
                                          "best update", "best validation", "best test"};
    clt_text_add(out, "<thead>\n<tr>\n<th>member</th>\n");
    for (size_t key = 0; key < run->n_keys; key++) clt_page_add(out, "th", "", run->keys[key]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        clt_page_add(out, "th", "", columns[i]);
    clt_text_add(out, "<th class=\"text\">status</th>\n</tr>\n</thead>\n");
}

static void add_result_row(struct clt_text *out, const struct clt_report_run *run, size_t member)
{
    const struct clt_member_result *result = &run->results[member];
    const bool best = run->members > 1 && member == run->best;
    clt_text_add(out, best ? "<tr class=\"best\">\n" : "<tr>\n");
    clt_text_add(out, "<td>%zu</td>\n", member);
    for (size_t key = 0; key < run->n_keys; key++)
        clt_page_add(out, "td", "", run->values[member * run->n_keys + key]);
    clt_page_add_percent(out, accuracy(&result->train));
    clt_page_add_percent(out, accuracy(&result->validation));
    clt_page_add_percent(out, accuracy(&result->test));
    clt_page_add_real(out, result->test.loss, 5);
    if (result->best.exists)
        clt_text_add(out, "<td>%" PRIu64 "</td>\n", result->best.update);
    else
        clt_text_add(out, "<td>-</td>\n");
    clt_page_add_percent(out, result->best.val_accuracy);
    clt_page_add_percent(out, result->best.test_accuracy);
    clt_text_add(out, "<td class=\"text\">");
    clt_markup_add(out, run->member_status[member] ? run->member_status[member] : "");
    if (result->diverged_at) clt_text_add(out, " at update %" PRIu64, result->diverged_at);
    clt_text_add(out, "</td>\n</tr>\n");
}

static void add_results(struct clt_text *out, const struct clt_report_run *run)
{
    const size_t shown = run->members < MAX_ROWS ? run->members : MAX_ROWS;
    clt_text_add(out, "<section>\n<h2>Result</h2>\n<div class=\"wide\">\n<table>\n");
    add_result_head(out, run);
    clt_text_add(out, "<tbody>\n");
    if (run->best >= shown) add_result_row(out, run, run->best);
    for (size_t member = 0; member < shown; member++) add_result_row(out, run, member);
    clt_text_add(out, "</tbody>\n</table>\n</div>\n");
    if (shown < run->members)
        clt_text_add(out, "<p class=\"quiet\">%zu more members stand in result.csv.</p>\n",
                     run->members - shown);
    clt_text_add(out, "<p class=\"quiet\">Accuracies of the weights at the end of training; the "
                      "best update is the report point of highest validation accuracy.</p>\n");
}

/* "at least 0.88", "0.52 to 0.55" */
static void add_band(struct clt_text *out, const struct clt_report_expectation *expectation)
{
    char text[80];
    if (isinf(expectation->high))
        snprintf(text, sizeof text, "at least %.6g", expectation->low);
    else if (isinf(expectation->low))
        snprintf(text, sizeof text, "at most %.6g", expectation->high);
    else
        snprintf(text, sizeof text, "%.6g to %.6g", expectation->low, expectation->high);
    clt_page_add(out, "td", "", text);
}

static void add_expectations(struct clt_text *out, const struct clt_report_run *run)
{
    if (run->n_expectations == 0) return;
    clt_text_add(out, "<h3>Expectations</h3>\n<div class=\"wide\">\n<table>\n<thead>\n<tr>\n"
                      "<th class=\"text\">metric</th>\n<th>member</th>\n<th>expected</th>\n"
                      "<th>published</th>\n<th>measured</th>\n<th class=\"text\">verdict</th>\n"
                      "<th class=\"text\">source</th>\n</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < run->n_expectations; i++) {
        const struct clt_report_expectation *expectation = &run->expectations[i];
        clt_text_add(out, "<tr>\n");
        clt_page_add(out, "td", "text", expectation->metric);
        clt_text_add(out, "<td>%zu</td>\n", expectation->member);
        add_band(out, expectation);
        clt_page_add_real(out, expectation->published, 6);
        clt_page_add_real(out, expectation->measured, 6);
        clt_page_add(out, "td", expectation->met ? "text met" : "text missed",
                     expectation->met ? "met" : "missed");
        clt_page_add(out, "td", "text long", expectation->source);
        clt_text_add(out, "</tr>\n");
    }
    clt_text_add(out, "</tbody>\n</table>\n</div>\n");
}

/* ---- how to do it again ---- */

static void add_environment_row(struct clt_text *out, const char *name, const char *value)
{
    if (!value) return;
    clt_text_add(out, "<tr>\n");
    clt_page_add(out, "td", "text quiet", name);
    clt_page_add(out, "td", "text", value);
    clt_text_add(out, "</tr>\n");
}

static void add_environment(struct clt_text *out, const struct clt_report_run *run)
{
    char seeds[64];
    snprintf(seeds, sizeof seeds, "%" PRIu64 ", of the data %" PRIu64, run->seed, run->data_seed);
    clt_text_add(out, "<section>\n<h2>Environment</h2>\n<table>\n<tbody>\n");
    add_environment_row(out, "cltrain", run->version);
    add_environment_row(out, "platform", run->platform);
    add_environment_row(out, "device", run->device);
    add_environment_row(out, "driver", run->driver);
    add_environment_row(out, "GEMM backend", run->gemm_backend);
    add_environment_row(out, "seed", seeds);
    add_environment_row(out, "ended", run->ended);
    add_environment_row(out, "run directory", run->folder);
    clt_text_add(out, "</tbody>\n</table>\n</section>\n");
}

static void add_config(struct clt_text *out, const struct clt_report_run *run)
{
    clt_text_add(out, "<section>\n<h2>Config</h2>\n<p class=\"quiet\">With every key and default; "
                      "runs again to the same bits on the same device.</p>\n");
    clt_page_add(out, "pre", "", run->config_text);
    clt_text_add(out, "</section>\n");
}

enum clt_status clt_page_of_run(char **out, const struct clt_run_page *page)
{
    struct clt_text text = {0};
    clt_page_begin(&text, page->run->name);
    add_header(&text, page->run);
    add_results(&text, page->run);
    add_expectations(&text, page->run);
    clt_text_add(&text, "</section>\n");
    clt_page_add_figures(&text, "Training", "figures", page->curves);
    if (page->note) {
        clt_text_add(&text, "<section>\n<h2>Test part</h2>\n");
        clt_page_add(&text, "p", "", page->note);
        clt_text_add(&text, "</section>\n");
    }
    clt_page_add_figures(&text, "Test part", "packed", page->test_part);
    clt_page_add_figures(&text, "What the first layer looks for", "figures", page->weights);
    clt_profile_part_add_html(&text, page->run->profile, page->profile);
    add_config(&text, page->run);
    add_environment(&text, page->run);
    clt_page_end(&text);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a report");
}
