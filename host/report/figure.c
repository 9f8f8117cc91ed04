#include "figure.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "markup.h"
#include "style.h"

void clt_figure_free(struct clt_figure *figure)
{
    free(figure->title);
    free(figure->caption);
    clt_text_free(&figure->body);
}

enum clt_status clt_figures_add(struct clt_figures *figures, struct clt_figure *figure)
{
    struct clt_figure *list = figures->figure;
    if (figures->count == figures->capacity) {
        figures->capacity = 2 * figures->capacity + 8;
        list = realloc(list, figures->capacity * sizeof *list);
    }
    if (!list || figure->body.failed) {
        if (list) figures->figure = list;
        clt_figure_free(figure);
        return clt_fail(CLT_E_NOMEM, "no memory for a figure");
    }
    figures->figure = list;
    list[figures->count++] = *figure;
    return CLT_OK;
}

enum clt_status clt_figures_add_titled(struct clt_figures *figures, struct clt_figure *figure,
                                       const char *title, const char *caption)
{
    figure->title = strdup(title);
    figure->caption = strdup(caption);
    if (figure->title && figure->caption) return clt_figures_add(figures, figure);
    clt_figure_free(figure);
    return clt_fail(CLT_E_NOMEM, "no memory for a figure");
}

void clt_figures_free(struct clt_figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) clt_figure_free(&figures->figure[i]);
    free(figures->figure);
    free(figures->prefix);
    *figures = (struct clt_figures){0};
}

static void add_view_box(struct clt_text *out, const struct clt_figure *figure)
{
    clt_text_add(out, " viewBox=\"0 0 ");
    clt_svg_add_number(out, figure->width);
    clt_text_add(out, " ");
    clt_svg_add_number(out, figure->height);
    clt_text_add(out, "\"");
}

/* What has no place in the name of a file or an element becomes '-'. */
static void add_name(struct clt_text *out, const struct clt_figures *figures,
                     const struct clt_figure *figure)
{
    for (const char *c = figures->prefix ? figures->prefix : ""; *c; c++) {
        const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9') || *c == '_' || *c == '.';
        clt_text_add(out, "%c", plain ? *c : '-');
    }
    clt_text_add(out, "%s%s", figures->prefix ? "-" : "", figure->name);
}

static void add_html(struct clt_text *out, const struct clt_figures *figures,
                     const struct clt_figure *figure)
{
    clt_text_add(out, "<figure id=\"");
    add_name(out, figures, figure);
    clt_text_add(out, "\">\n<h3>");
    clt_markup_add(out, figure->title);
    clt_text_add(out, "</h3>\n<svg class=\"figure\" role=\"img\" aria-label=\"");
    clt_markup_add(out, figure->title);
    clt_text_add(out, "\"");
    add_view_box(out, figure);
    clt_text_add(out, ">\n%s</svg>\n", figure->body.bytes);
    if (figure->caption) {
        clt_text_add(out, "<figcaption>");
        clt_markup_add(out, figure->caption);
        clt_text_add(out, "</figcaption>\n");
    }
    clt_text_add(out, "</figure>\n");
}

void clt_figures_add_html(struct clt_text *out, const struct clt_figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) add_html(out, figures, &figures->figure[i]);
}

static void add_file(struct clt_text *out, const struct clt_figure *figure)
{
    clt_text_add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" width=\"");
    clt_svg_add_number(out, figure->width);
    clt_text_add(out, "\" height=\"");
    clt_svg_add_number(out, figure->height);
    clt_text_add(out, "\"");
    add_view_box(out, figure);
    clt_text_add(out, ">\n<title>");
    clt_markup_add(out, figure->title);
    clt_text_add(out, "</title>\n<style>\n%s</style>\n", clt_figure_css);
    clt_svg_add_rectangle(out, "paper", 0, 0, figure->width, figure->height);
    clt_text_add(out, "%s</svg>\n", figure->body.bytes);
}

static enum clt_status write_file(const struct clt_figures *figures,
                                  const struct clt_figure *figure, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0}, name = {0};
    char *path = NULL;
    clt_text_add(&name, "%s/", folder);
    add_name(&name, figures, figure);
    clt_text_add(&name, ".svg");
    path = clt_text_take(&name);
    add_file(&text, figure);
    if (!path || text.failed)
        st = clt_fail(CLT_E_NOMEM, "no memory for %s.svg", figure->name);
    else
        st = clt_file_replace(path, text.bytes, text.length);
    free(path);
    clt_text_free(&text);
    return st;
}

enum clt_status clt_figures_write(const struct clt_figures *figures, const char *folder)
{
    enum clt_status st = CLT_OK;
    TRY(clt_folder_create(folder));
    for (size_t i = 0; i < figures->count; i++)
        TRY(write_file(figures, &figures->figure[i], folder));
done:
    return st;
}
