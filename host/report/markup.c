#include "markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case 0x7f: return "?";
    default: return (unsigned char)c < ' ' && c != '\n' && c != '\t' ? "?" : NULL;
    }
}

void clt_markup_add(struct clt_text *out, const char *text)
{
    while (*text) {
        const size_t length = clt_character_length(text);
        const char *replacement = length == 0 ? "?" : entity(*text);
        if (replacement)
            clt_text_add(out, "%s", replacement);
        else
            clt_text_add_bytes(out, text, length);
        text += length ? length : 1;
    }
}

void clt_markup_shorten(char *out, size_t size, const char *text, size_t characters)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t end = 0, kept = 0; /* bytes so far, and without the last character */
    for (size_t i = 0; i < characters && text[end]; i++) {
        const size_t length = clt_character_length(text + end);
        if (i + 1 < characters) kept = end + (length ? length : 1);
        end += length ? length : 1;
    }
    if (!text[end] && end < size)
        snprintf(out, size, "%s", text);
    else
        snprintf(out, size, "%.*s%s", (int)(kept < size - 4 ? kept : size - 4), text, ellipsis);
}

/* By integers, so that no locale can put a comma into it. */
void clt_svg_add_number(struct clt_text *out, double value)
{
    const long tenths = lround(value * 10);
    const long size = tenths < 0 ? -tenths : tenths;
    clt_text_add(out, "%s%ld", tenths < 0 ? "-" : "", size / 10);
    if (size % 10) clt_text_add(out, ".%ld", size % 10);
}

static void add_attribute(struct clt_text *out, const char *name, double value)
{
    clt_text_add(out, " %s=\"", name);
    clt_svg_add_number(out, value);
    clt_text_add(out, "\"");
}

void clt_svg_add_text(struct clt_text *out, const char *class, double x, double y, const char *text)
{
    clt_svg_add_turned_text(out, class, x, y, 0, text);
}

void clt_svg_add_turned_text(struct clt_text *out, const char *class, double x, double y,
                             double angle, const char *text)
{
    clt_text_add(out, "<text class=\"%s\"", class);
    add_attribute(out, "x", x);
    add_attribute(out, "y", y);
    if (angle != 0) {
        const double parts[] = {angle, x, y};
        clt_text_add(out, " transform=\"rotate(");
        for (size_t i = 0; i < 3; i++) {
            if (i) clt_text_add(out, " ");
            clt_svg_add_number(out, parts[i]);
        }
        clt_text_add(out, ")\"");
    }
    clt_text_add(out, ">");
    clt_markup_add(out, text);
    clt_text_add(out, "</text>\n");
}

void clt_svg_add_segment(struct clt_text *out, const char *class, double x1, double y1, double x2,
                         double y2)
{
    const double ends[] = {x1, y1, x2, y2};
    clt_text_add(out, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < 4; i++) {
        clt_text_add(out, "%s", i == 0 ? "M" : i == 2 ? "L" : " ");
        clt_svg_add_number(out, ends[i]);
    }
    clt_text_add(out, "\"/>\n");
}

void clt_svg_add_rectangle(struct clt_text *out, const char *class, double x, double y,
                           double width, double height)
{
    clt_text_add(out, "<rect class=\"%s\"", class);
    add_attribute(out, "x", x);
    add_attribute(out, "y", y);
    add_attribute(out, "width", width);
    add_attribute(out, "height", height);
    clt_text_add(out, "/>\n");
}

double clt_svg_text_width(const char *text)
{
    size_t characters = 0;
    for (const char *c = text; *c; c++) characters += ((unsigned char)*c & 0xc0) != 0x80;
    return 6.2 * (double)characters;
}
