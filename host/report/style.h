/* style.h - the style sheets of this folder, embedded by CMake. */
#ifndef CLT_STYLE_H
#define CLT_STYLE_H

extern const char clt_figure_css[]; /* light; on its own in an SVG file */
extern const char clt_page_css[];   /* the page, and the figures' dark colours */

#endif
