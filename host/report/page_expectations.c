/* page_expectations.c - what was expected of a run or a study, beside what was measured. */
#include <math.h>
#include <stdio.h>

#include "markup.h"
#include "page.h"

/* "at least 0.88", "0.52 to 0.55" */
static void add_band(struct clt_text *out, const struct clt_saved_expectation *expectation)
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

/* "gradient_absolute of bias" */
static void add_metric(struct clt_text *out, const struct clt_saved_expectation *expectation)
{
    clt_text_add(out, "<td class=\"text\">");
    clt_markup_add(out, expectation->metric);
    if (expectation->tensor && *expectation->tensor) {
        clt_text_add(out, " of ");
        clt_markup_add(out, expectation->tensor);
    }
    clt_text_add(out, "</td>\n");
}

/* Where the published value is from, and why it may differ. */
static void add_source(struct clt_text *out, const struct clt_saved_expectation *expectation)
{
    clt_text_add(out, "<td class=\"text long\">");
    if (expectation->source) clt_markup_add(out, expectation->source);
    if (expectation->note && *expectation->note) {
        clt_text_add(out, "<br>");
        clt_page_add(out, "span", "quiet", expectation->note);
    }
    clt_text_add(out, "</td>\n");
}

static void add_row(struct clt_text *out, const struct clt_saved_expectation *expectation,
                    bool staged)
{
    clt_text_add(out, "<tr>\n");
    if (staged) clt_page_add(out, "td", "text", expectation->stage);
    add_metric(out, expectation);
    if (expectation->mean)
        clt_text_add(out, "<td>mean</td>\n");
    else
        clt_text_add(out, "<td>%zu</td>\n", expectation->member);
    add_band(out, expectation);
    clt_page_add_real(out, expectation->published, 6);
    clt_page_add_real(out, expectation->measured, 6);
    clt_page_add(out, "td", expectation->met ? "text met" : "text missed",
                 expectation->met ? "met" : "missed");
    add_source(out, expectation);
    clt_text_add(out, "</tr>\n");
}

void clt_page_add_expectations(struct clt_text *out, const char *tag,
                               const struct clt_saved_expectation *expectations, size_t n)
{
    bool staged = false;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) staged = staged || expectations[i].stage;
    clt_page_add(out, tag, "", "Expectations");
    clt_text_add(out, "<div class=\"wide\">\n<table>\n<thead>\n<tr>\n");
    if (staged) clt_page_add(out, "th", "text", "stage");
    clt_text_add(out, "<th class=\"text\">metric</th>\n<th>member</th>\n<th>expected</th>\n"
                      "<th>published</th>\n<th>measured</th>\n<th class=\"text\">verdict</th>\n"
                      "<th class=\"text\">source</th>\n</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < n; i++) add_row(out, &expectations[i], staged);
    clt_text_add(out, "</tbody>\n</table>\n</div>\n");
}
