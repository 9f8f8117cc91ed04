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
    for (size_t i = 0; i < figures->count; i++) clt_figure_add_html(out, &figures->figure[i]);
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
