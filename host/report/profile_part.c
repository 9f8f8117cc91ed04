#include "profile_part.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"
#include "page.h"

#define MAX_BARS 30 /* of kernels; the table has them all */

enum clt_status clt_profile_part_add(struct clt_figures *figures, const struct clt_profile *profile)
{
    struct clt_figure figure = {.name = "profile"};
    struct clt_bar bars[MAX_BARS + 1];
    size_t n = 0;
    if (!profile) return CLT_OK;
    for (; n < profile->n_kernels && n < MAX_BARS; n++)
        bars[n] =
            (struct clt_bar){.name = profile->kernels[n].name, .share = profile->kernels[n].share};
    bars[n++] = (struct clt_bar){.name = "idle", .share = profile->idle_share};
    clt_bars_draw(&figure, bars, n, "share of the time (%)");
    figure.title = strdup("Time by kernel");
    figure.caption = strdup("From the start of the first launch to the end of the last. Idle: no "
                            "launch was running; the host was at work, or data on its way.");
    if (figure.title && figure.caption) return clt_figures_add(figures, &figure);
    clt_figure_free(&figure);
    return clt_fail(CLT_E_NOMEM, "no memory for a report");
}

/* A rate and its share of what the device does at best. */
static void add_rate(struct clt_text *out, double rate, double ceiling)
{
    clt_page_add_real(out, rate, 4);
    clt_page_add_percent(out, rate / ceiling);
}

static void add_row(struct clt_text *out, const struct clt_profile_kernel *kernel,
                    const struct clt_ceilings *ceilings)
{
    clt_text_add(out, "<tr>\n");
    clt_page_add(out, "td", "text", kernel->name);
    clt_text_add(out, "<td>%" PRIu64 "</td>\n", kernel->calls);
    clt_page_add_real(out, kernel->seconds, 4);
    clt_page_add_percent(out, kernel->share);
    add_rate(out, kernel->gflops, ceilings->fma_gflops);
    add_rate(out, kernel->gbs, ceilings->copy_gbs);
    clt_text_add(out, "</tr>\n");
}

static void add_idle(struct clt_text *out, const struct clt_profile *profile)
{
    clt_text_add(out, "<tr>\n<td class=\"text quiet\">idle</td>\n<td></td>\n");
    clt_page_add_real(out, profile->idle_share * profile->seconds, 4);
    clt_page_add_percent(out, profile->idle_share);
    clt_text_add(out, "<td></td>\n<td></td>\n<td></td>\n<td></td>\n</tr>\n");
}

static void add_ceilings(struct clt_text *out, const struct clt_ceilings *ceilings)
{
    clt_text_add(out, "<tr>\n<td class=\"text quiet\">the device at its best</td>\n"
                      "<td></td>\n<td></td>\n<td></td>\n");
    clt_page_add_real(out, ceilings->fma_gflops, 4);
    clt_text_add(out, "<td></td>\n");
    clt_page_add_real(out, ceilings->copy_gbs, 4);
    clt_text_add(out, "<td></td>\n</tr>\n");
}

void clt_profile_part_add_html(struct clt_text *out, const struct clt_profile *profile,
                               const struct clt_figures *figures)
{
    static const char *const columns[] = {"calls",   "seconds", "share",  "GFLOP/s",
                                          "of best", "GB/s",    "of best"};
    if (!profile) return;
    clt_text_add(out, "<section>\n<h2>Time on the device</h2>\n<div class=\"figures\">\n");
    clt_figures_add_html(out, figures);
    clt_text_add(out, "</div>\n<div class=\"wide\">\n<table>\n<thead>\n<tr>\n"
                      "<th class=\"text\">kernel</th>\n");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        clt_page_add(out, "th", "", columns[i]);
    clt_text_add(out, "</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < profile->n_kernels; i++)
        add_row(out, &profile->kernels[i], &profile->ceilings);
    add_idle(out, profile);
    add_ceilings(out, &profile->ceilings);
    clt_text_add(out, "</tbody>\n</table>\n</div>\n<p class=\"quiet\">Rates count what the "
                      "algorithm needs. The device at its best: fused multiply-adds on registers "
                      "alone, and copying beyond any cache; what stays in a cache can be faster "
                      "than that.</p>\n</section>\n");
}
