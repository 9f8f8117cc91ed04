/* figure.h - a picture as SVG: shown in the page, or a file of its own. */
#ifndef CLT_FIGURE_H
#define CLT_FIGURE_H

#include "status.h"
#include "text.h"

/* What figures are drawn to: a phone shows this many units at about the size of its own text. */
#define CLT_FIGURE_WIDTH 440

struct clt_figure {
    const char *name;     /* of its file, without .svg; a constant */
    char *title;          /* above it in the page */
    char *caption;        /* below it: what is shown and how to read it; NULL: none */
    double width, height; /* of its coordinates */
    struct clt_text body; /* SVG elements, styled by classes of figure.css */
};
void clt_figure_free(struct clt_figure *figure); /* what it owns */

struct clt_figures {
    char *prefix; /* PREFIX-NAME is what each is called where others have its name; NULL: NAME */
    struct clt_figure *figure;
    size_t count, capacity;
};
/* Takes over what `figure` owns, also when it fails. CLT_E_NOMEM. */
enum clt_status clt_figures_add(struct clt_figures *figures, struct clt_figure *figure);
/* The same with copies of these texts as its title and caption. */
enum clt_status clt_figures_add_titled(struct clt_figures *figures, struct clt_figure *figure,
                                       const char *title, const char *caption);
void clt_figures_free(struct clt_figures *figures);

/* <figure> for each: title, drawing, caption. */
void clt_figures_add_html(struct clt_text *out, const struct clt_figures *figures);
/* Writes each as FOLDER/NAME.svg or FOLDER/PREFIX-NAME.svg, on white, by itself. CLT_E_OUTPUT. */
enum clt_status clt_figures_write(const struct clt_figures *figures, const char *folder);

#endif
