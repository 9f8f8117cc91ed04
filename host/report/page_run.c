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

static void add_numbers(struct clt_text *out, const struct clt_saved_run *run)
{
    const struct clt_member_result *best = &run->results[run->best];
    char text[64];
    clt_text_add(out, "<ul class=\"facts\">\n");
    clt_page_add_percent_fact(out, "test accuracy", accuracy(&best->test));
    clt_page_add_percent_fact(out, "validation accuracy", accuracy(&best->validation));
    clt_page_add_percent_fact(out, "training accuracy", accuracy(&best->train));
    if (run->members > 1) {
        snprintf(text, sizeof text, "%zu, best: %zu", run->members, run->best);
        clt_page_add_fact(out, "", "members", text);
    }
    snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64, run->updates, run->total_updates);
    clt_page_add_fact(out, "", "updates", text);
    if (isfinite(run->seconds)) {
        clt_page_format_seconds(text, run->seconds);
        clt_page_add_fact(out, "", "time", text);
    }
    if (run->seconds > 0) {
        snprintf(text, sizeof text, "%.4g updates/s", (double)run->updates / run->seconds);
        clt_page_add_fact(out, "", "rate", text);
    }
    clt_text_add(out, "</ul>\n");
}

/* "on DEVICE (PLATFORM, driver DRIVER), GEMM: BACKEND" */
static void add_where(struct clt_text *out, const struct clt_saved_run *run)
{
    const char *const parts[] = {"on ",       run->device, " (",        run->platform,
                                 ", driver ", run->driver, "), GEMM: ", run->gemm_backend};
    clt_text_add(out, "<p class=\"quiet\">");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        clt_markup_add(out, parts[i] ? parts[i] : "unknown");
    clt_text_add(out, "</p>\n");
}

static void add_header(struct clt_text *out, const struct clt_saved_run *run)
{
    clt_text_add(out, "<header>\n");
    clt_page_add(out, "h1", "", run->name);
    clt_page_add_status(out, run->status, run->reason, run->ended);
    add_where(out, run);
    add_numbers(out, run);
    clt_text_add(out, "</header>\n");
}

/* ---- what came out ---- */

static void add_result_head(struct clt_text *out, const struct clt_saved_run *run)
{
    static const char *const columns[] = {"training",    "validation",      "test",     "test loss",
                                          "best update", "best validation", "best test"};
    clt_text_add(out, "<thead>\n<tr>\n<th>member</th>\n");
    for (size_t key = 0; key < run->n_keys; key++) clt_page_add(out, "th", "", run->keys[key]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        clt_page_add(out, "th", "", columns[i]);
    clt_text_add(out, "<th class=\"text\">status</th>\n</tr>\n</thead>\n");
}

static void add_result_row(struct clt_text *out, const struct clt_saved_run *run, size_t member)
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
    if (result->stopped_at) clt_text_add(out, " at update %" PRIu64, result->stopped_at);
    clt_text_add(out, "</td>\n</tr>\n");
}

static void add_results(struct clt_text *out, const struct clt_saved_run *run)
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

/* ---- how to do it again ---- */

static void add_environment(struct clt_text *out, const struct clt_saved_run *run)
{
    char seeds[64];
    snprintf(seeds, sizeof seeds, "%" PRIu64 ", of the data %" PRIu64, run->seed, run->data_seed);
    clt_text_add(out, "<section>\n<h2>Environment</h2>\n<table>\n<tbody>\n");
    clt_page_add_environment(out, "cltrain", run->version);
    clt_page_add_environment(out, "platform", run->platform);
    clt_page_add_environment(out, "device", run->device);
    clt_page_add_environment(out, "driver", run->driver);
    clt_page_add_environment(out, "GEMM backend", run->gemm_backend);
    clt_page_add_environment(out, "seed", seeds);
    clt_page_add_environment(out, "ended", run->ended);
    clt_page_add_environment(out, "run directory", run->folder);
    clt_text_add(out, "</tbody>\n</table>\n</section>\n");
}

enum clt_status clt_page_of_run(char **out, const struct clt_saved_run *run,
                                const struct clt_run_figures *figures)
{
    struct clt_text text = {0};
    clt_page_begin(&text, run->name);
    add_header(&text, run);
    add_results(&text, run);
    clt_page_add_expectations(&text, "h3", run->expectations, run->n_expectations);
    clt_text_add(&text, "</section>\n");
    clt_page_add_search(&text, "Search", figures);
    clt_page_add_figures(&text, "Training", "figures", &figures->curves);
    if (figures->note) {
        clt_text_add(&text, "<section>\n<h2>Test part</h2>\n");
        clt_page_add(&text, "p", "", figures->note);
        clt_text_add(&text, "</section>\n");
    }
    clt_page_add_figures(&text, "Test part", "packed", &figures->test_part);
    clt_page_add_figures(&text, "What the first layer looks for", "figures", &figures->weights);
    clt_profile_part_add_html(&text, run->profile, &figures->profile);
    clt_page_add_config(&text, run->config_text);
    add_environment(&text, run);
    clt_page_end(&text);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a report");
}
