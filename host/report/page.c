#include "page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "markup.h"
#include "style.h"

void clt_page_begin(struct clt_text *out, const char *title)
{
    clt_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<title>");
    clt_markup_add(out, title);
    clt_text_add(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n", clt_figure_css,
                 clt_page_css);
}

void clt_page_end(struct clt_text *out)
{
    clt_text_add(out, "<footer>Written by cltrain %s.</footer>\n</main>\n</body>\n</html>\n",
                 CLTRAIN_VERSION);
}

void clt_page_add(struct clt_text *out, const char *tag, const char *class, const char *text)
{
    clt_text_add(out, *class ? "<%s class=\"%s\">" : "<%s>", tag, class);
    if (text) clt_markup_add(out, text);
    clt_text_add(out, "</%s>\n", tag);
}

void clt_page_add_figures(struct clt_text *out, const char *title, const char *class,
                          const struct clt_figures *figures)
{
    if (figures->count == 0) return;
    clt_text_add(out, "<section>\n");
    clt_page_add(out, "h2", "", title);
    clt_text_add(out, "<div class=\"%s\">\n", class);
    clt_figures_add_html(out, figures);
    clt_text_add(out, "</div>\n</section>\n");
}

void clt_page_add_percent(struct clt_text *out, double fraction)
{
    char text[32] = "-";
    if (!isnan(fraction)) snprintf(text, sizeof text, "%.2f %%", 100 * fraction);
    clt_page_add(out, "td", "", text);
}

void clt_page_add_real(struct clt_text *out, double value, int digits)
{
    char text[32] = "-";
    if (!isnan(value)) snprintf(text, sizeof text, "%.*g", digits, value);
    clt_page_add(out, "td", "", text);
}

void clt_page_format_seconds(char out[64], double seconds)
{
    const long whole = lround(seconds);
    if (seconds < 100)
        snprintf(out, 64, "%.1f s", seconds);
    else if (whole < 6000)
        snprintf(out, 64, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(out, 64, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

void clt_page_add_status(struct clt_text *out, const char *status, const char *reason,
                         const char *ended)
{
    clt_text_add(out, "<p><span class=\"status ");
    clt_markup_add(out, status);
    clt_text_add(out, "\">");
    clt_markup_add(out, status);
    clt_text_add(out, "</span> <span class=\"quiet\">");
    if (reason) clt_markup_add(out, reason);
    if (reason && ended) clt_text_add(out, "; ");
    if (ended) clt_markup_add(out, ended);
    clt_text_add(out, "</span></p>\n");
}

void clt_page_add_fact(struct clt_text *out, const char *class, const char *name, const char *value)
{
    if (!value) return;
    clt_text_add(out, *class ? "<li class=\"%s\">" : "<li>", class);
    clt_page_add(out, "span", "quiet", name);
    clt_page_add(out, "b", "", value);
    clt_text_add(out, "</li>\n");
}

void clt_page_add_percent_fact(struct clt_text *out, const char *name, double fraction)
{
    char text[32];
    if (isnan(fraction)) return;
    snprintf(text, sizeof text, "%.2f %%", 100 * fraction);
    clt_page_add_fact(out, "big", name, text);
}

void clt_page_add_environment(struct clt_text *out, const char *name, const char *value)
{
    if (!value) return;
    clt_text_add(out, "<tr>\n");
    clt_page_add(out, "td", "text quiet", name);
    clt_page_add(out, "td", "text", value);
    clt_text_add(out, "</tr>\n");
}

void clt_page_add_config(struct clt_text *out, const char *config_text)
{
    clt_text_add(out, "<section>\n<h2>Config</h2>\n<p class=\"quiet\">With every key and default; "
                      "runs again to the same bits on the same device.</p>\n");
    clt_page_add(out, "pre", "", config_text);
    clt_text_add(out, "</section>\n");
}
