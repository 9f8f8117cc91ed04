/* page_search.c - what members differ in, and what comes of it over their seeds. */
#include <math.h>
#include <stdio.h>

#include "page.h"

#define MAX_ROWS 200

/* "43.12 %", "0.25", "42.98 to 43.91 %" */
static void add_summary(struct clt_text *out, const struct clt_summary *summary)
{
    char text[64] = "-";
    clt_page_add_percent(out, summary->mean);
    if (!isnan(summary->deviation)) snprintf(text, sizeof text, "%.2f", 100 * summary->deviation);
    clt_page_add(out, "td", "", text);
    snprintf(text, sizeof text, "-");
    if (!isnan(summary->low))
        snprintf(text, sizeof text, "%.2f to %.2f", 100 * summary->low, 100 * summary->high);
    clt_page_add(out, "td", "", text);
}

static void add_row(struct clt_text *out, const struct clt_repeats *repeats, size_t setting,
                    bool best)
{
    const struct clt_summary validation =
        clt_repeats_summary(repeats, setting, CLT_SPLIT_VALIDATION);
    const struct clt_summary test = clt_repeats_summary(repeats, setting, CLT_SPLIT_TEST);
    clt_text_add(out, best ? "<tr class=\"best\">\n" : "<tr>\n");
    for (size_t key = 0; key < repeats->n_keys; key++)
        clt_page_add(out, "td", "", clt_repeats_value(repeats, setting, key));
    clt_text_add(out, "<td>%zu</td>\n", test.n > validation.n ? test.n : validation.n);
    add_summary(out, &validation);
    add_summary(out, &test);
    clt_text_add(out, "</tr>\n");
}

static void add_head(struct clt_text *out, const struct clt_repeats *repeats)
{
    static const char *const columns[] = {"networks", "validation", "deviation", "range",
                                          "test",     "deviation",  "range"};
    clt_text_add(out, "<div class=\"wide\">\n<table>\n<thead>\n<tr>\n");
    for (size_t key = 0; key < repeats->n_keys; key++)
        clt_page_add(out, "th", "", repeats->run->keys[repeats->keys[key]]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        clt_page_add(out, "th", "", columns[i]);
    clt_text_add(out, "</tr>\n</thead>\n<tbody>\n");
}

void clt_page_add_settings(struct clt_text *out, const struct clt_repeats *repeats)
{
    const size_t shown = repeats->count < MAX_ROWS ? repeats->count : MAX_ROWS;
    const size_t best = clt_repeats_best(repeats);
    if (!clt_repeats_exist(repeats)) return;
    clt_page_add(out, "h3", "", "Over seeds");
    add_head(out, repeats);
    if (best >= shown) add_row(out, repeats, best, true);
    for (size_t setting = 0; setting < shown; setting++)
        add_row(out, repeats, setting, repeats->count > 1 && setting == best);
    clt_text_add(out, "</tbody>\n</table>\n</div>\n");
    if (shown < repeats->count)
        clt_text_add(out, "<p class=\"quiet\">The first %zu of %zu settings.</p>\n", shown,
                     repeats->count);
    clt_text_add(out, "<p class=\"quiet\">Accuracies of the weights at the end of training; "
                      "deviation of the sample (n - 1) and range, in %%, over networks that differ "
                      "in their seeds alone. Those that diverged are left out.</p>\n");
}

void clt_page_add_search(struct clt_text *out, const char *title,
                         const struct clt_run_figures *figures)
{
    if (figures->search.count == 0 && !clt_repeats_exist(&figures->repeats)) return;
    clt_text_add(out, "<section>\n");
    clt_page_add(out, "h2", "", title);
    clt_text_add(out, "<div class=\"figures\">\n");
    clt_figures_add_html(out, &figures->search);
    clt_text_add(out, "</div>\n");
    clt_page_add_settings(out, &figures->repeats);
    clt_text_add(out, "</section>\n");
}
