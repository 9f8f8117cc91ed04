#include "write.h"

#include <inttypes.h>
#include <string.h>

/* A number that libconfig reads as a float again. */
static void add_real(struct clt_text *text, double value)
{
    struct clt_text number = {0};
    clt_text_add_shortest(&number, value);
    const bool whole = number.bytes && strspn(number.bytes, "-0123456789") == number.length;
    clt_text_add(text, whole ? "%s.0" : "%s", clt_text_shown(&number));
    if (number.failed) text->failed = true;
    clt_text_free(&number);
}

static void add_string(struct clt_text *text, const char *string)
{
    clt_text_add(text, "\"");
    for (const char *c = string; *c; c++) {
        if (*c == '"' || *c == '\\')
            clt_text_add(text, "\\%c", *c);
        else if (*c == '\n')
            clt_text_add(text, "\\n");
        else if (*c == '\t')
            clt_text_add(text, "\\t");
        else if ((unsigned char)*c < ' ')
            clt_text_add(text, "\\x%02x", (unsigned)*c);
        else
            clt_text_add_bytes(text, c, 1);
    }
    clt_text_add(text, "\"");
}

static void add_indent(struct clt_text *text, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) clt_text_add(text, "  ");
}

static void add_group(struct clt_text *text, const struct clt_settings *group, unsigned depth)
{
    clt_text_add(text, "{\n");
    clt_settings_add_all(text, group, depth + 1);
    add_indent(text, depth);
    clt_text_add(text, "}");
}

/* Groups stand on lines of their own, anything else side by side. */
static void add_list(struct clt_text *text, const struct clt_settings *list, unsigned depth)
{
    bool groups = false;
    for (size_t i = 0; i < list->n_children; i++)
        groups = groups || list->child[i]->kind == CLT_SETTING_GROUP;
    clt_text_add(text, "(");
    for (size_t i = 0; i < list->n_children; i++) {
        if (i > 0) clt_text_add(text, ",");
        if (groups) {
            clt_text_add(text, "\n");
            add_indent(text, depth + 1);
        } else if (i > 0) {
            clt_text_add(text, " ");
        }
        clt_settings_add_value(text, list->child[i], depth + 1);
    }
    if (groups) {
        clt_text_add(text, "\n");
        add_indent(text, depth);
    }
    clt_text_add(text, ")");
}

void clt_settings_add_value(struct clt_text *text, const struct clt_settings *value, unsigned depth)
{
    const bool beyond_32_bits = value->integer > INT32_MAX || value->integer < INT32_MIN;
    switch (value->kind) {
    case CLT_SETTING_GROUP: add_group(text, value, depth); break;
    case CLT_SETTING_LIST: add_list(text, value, depth); break;
    case CLT_SETTING_BOOL: clt_text_add(text, value->truth ? "true" : "false"); break;
    case CLT_SETTING_INTEGER:
        clt_text_add(text, "%" PRId64 "%s", value->integer, beyond_32_bits ? "L" : "");
        break;
    case CLT_SETTING_REAL: add_real(text, value->real); break;
    case CLT_SETTING_STRING: add_string(text, value->text); break;
    }
}

void clt_settings_add_line(struct clt_text *text, const struct clt_settings *value)
{
    if (value->kind == CLT_SETTING_GROUP) {
        clt_text_add(text, "{ ");
        for (size_t i = 0; i < value->n_children; i++) {
            clt_text_add(text, "%s = ", value->child[i]->name);
            clt_settings_add_line(text, value->child[i]);
            clt_text_add(text, "; ");
        }
        clt_text_add(text, "}");
    } else if (value->kind == CLT_SETTING_LIST) {
        clt_text_add(text, "(");
        for (size_t i = 0; i < value->n_children; i++) {
            if (i > 0) clt_text_add(text, ", ");
            clt_settings_add_line(text, value->child[i]);
        }
        clt_text_add(text, ")");
    } else {
        clt_settings_add_value(text, value, 0);
    }
}

void clt_settings_add_all(struct clt_text *text, const struct clt_settings *group, unsigned depth)
{
    for (size_t i = 0; i < group->n_children; i++) {
        add_indent(text, depth);
        clt_text_add(text, "%s = ", group->child[i]->name);
        clt_settings_add_value(text, group->child[i], depth);
        clt_text_add(text, ";\n");
    }
}
