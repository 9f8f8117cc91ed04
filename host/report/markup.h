/* markup.h - text and shapes as XML: what HTML and SVG share. */
#ifndef CLT_MARKUP_H
#define CLT_MARKUP_H

#include "text.h"

/* `text` as character data or an attribute's value; bytes that are not UTF-8, and control
 * characters, become '?'. */
void clt_markup_add(struct clt_text *out, const char *text);
/* `text` cut to `characters`, the last an ellipsis, where it is longer. */
void clt_markup_shorten(char *out, size_t size, const char *text, size_t characters);
/* A coordinate or length, to a tenth. */
void clt_svg_add_number(struct clt_text *out, double value);
/* <text class="CLASS" x= y=>TEXT</text> */
void clt_svg_add_text(struct clt_text *out, const char *class, double x, double y,
                      const char *text);
/* The same, turned by `angle` degrees about its place. */
void clt_svg_add_turned_text(struct clt_text *out, const char *class, double x, double y,
                             double angle, const char *text);
/* <path class="CLASS" d="M x1 y1 L x2 y2"/> */
void clt_svg_add_segment(struct clt_text *out, const char *class, double x1, double y1, double x2,
                         double y2);
void clt_svg_add_rectangle(struct clt_text *out, const char *class, double x, double y,
                           double width, double height);
/* About how wide a text is at the size of the figures' labels. */
double clt_svg_text_width(const char *text);

#endif
