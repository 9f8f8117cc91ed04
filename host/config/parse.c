#include "parse.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "source.h"

/* Copies libconfig's tree; `string` counts the strings met so far, in the order of the text. */
static enum clt_status convert(struct clt_settings **out, const config_setting_t *from,
                               const struct clt_source *source, size_t *string)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *child = NULL;
    struct clt_place place = clt_source_place(source, from->line);
    if (from->type == CONFIG_TYPE_STRING && *string < source->strings.count)
        place = source->strings.at[(*string)++];
    static const enum clt_setting_kind kinds[] = {
        [CONFIG_TYPE_GROUP] = CLT_SETTING_GROUP,   [CONFIG_TYPE_INT] = CLT_SETTING_INTEGER,
        [CONFIG_TYPE_INT64] = CLT_SETTING_INTEGER, [CONFIG_TYPE_FLOAT] = CLT_SETTING_REAL,
        [CONFIG_TYPE_STRING] = CLT_SETTING_STRING, [CONFIG_TYPE_BOOL] = CLT_SETTING_BOOL,
        [CONFIG_TYPE_ARRAY] = CLT_SETTING_LIST,    [CONFIG_TYPE_LIST] = CLT_SETTING_LIST,
    };
    struct clt_settings *s =
        clt_settings_create(kinds[from->type], from->name, place.file, place.line);
    if (!s) return clt_settings_no_memory();
    switch (from->type) {
    case CONFIG_TYPE_INT: s->integer = from->value.ival; break;
    case CONFIG_TYPE_INT64: s->integer = from->value.llval; break;
    case CONFIG_TYPE_FLOAT: s->real = from->value.fval; break;
    case CONFIG_TYPE_BOOL: s->truth = from->value.ival != 0; break;
    case CONFIG_TYPE_STRING:
        s->text = strdup(from->value.sval ? from->value.sval : "");
        if (!s->text) st = clt_settings_no_memory();
        break;
    default:
        for (int i = 0; st == CLT_OK && i < config_setting_length(from); i++) {
            TRY(convert(&child, config_setting_get_elem(from, (unsigned)i), source, string));
            TRY(clt_settings_append(s, &child));
        }
    }
done:
    clt_settings_free(child);
    if (st == CLT_OK)
        *out = s;
    else
        clt_settings_free(s);
    return st;
}

/* libconfig's bare message, with what to do where that is known. */
static void add_syntax_error(struct clt_errors *errors, const config_t *config,
                             const struct clt_source *source)
{
    const unsigned line = (unsigned)config_error_line(config);
    const struct clt_place place = clt_source_place(source, line);
    const char *text = source->text.bytes;
    for (unsigned i = 1; i < line && text && strchr(text, '\n'); i++) text = strchr(text, '\n') + 1;
    const bool array = text && memchr(text, '[', strcspn(text, "\n"));
    clt_errors_add_at(errors, place.file, place.line, "%s%s", config_error_text(config),
                      array ? "; numbers of mixed kind go in ( ), such as (0, 1e-3)" : "");
}

static enum clt_status parse_source(struct clt_settings **out, const struct clt_source *source,
                                    struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    size_t string = 0;
    config_t config;
    config_init(&config);
    if (!config_read_string(&config, clt_text_shown(&source->text)))
        add_syntax_error(errors, &config, source);
    else
        st = convert(out, config_root_setting(&config), source, &string);
    config_destroy(&config);
    return st;
}

/* A file that is being read, and the one whose base it is. */
struct descent {
    const struct descent *above;
    const char *file;
    unsigned depth;
};

static enum clt_status read_with_bases(struct clt_settings **out, const struct descent *in,
                                       struct clt_errors *errors);

/* *path = the file that `base` names, or NULL after an error. */
static enum clt_status base_path(char **path, const struct clt_settings *base,
                                 const struct descent *in, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    char *name = NULL, *fault = NULL;
    *path = NULL;
    if (base->kind != CLT_SETTING_STRING || !*base->text) {
        clt_errors_add(errors, base, NULL, "must be the name of a file, as a string");
        return CLT_OK;
    }
    TRY(clt_expand_variables(&name, &fault, base->text));
    if (!name) {
        clt_errors_add(errors, base, NULL, "%s", fault);
        goto done;
    }
    TRY(clt_path_beside(path, base->file, name));
    for (const struct descent *at = in; at && *path; at = at->above) {
        if (strcmp(at->file, *path) != 0 && in->depth < CLT_INCLUDE_DEPTH) continue;
        clt_errors_add(errors, base, NULL,
                       in->depth < CLT_INCLUDE_DEPTH ? "%s is its own base"
                                                     : "%s: files are each other's base more than "
                                                       "16 deep",
                       *path);
        free(*path);
        *path = NULL;
    }
done:
    free(name);
    free(fault);
    return st;
}

/* Puts the settings of `over`'s base below it: *settings becomes the merged tree. */
static enum clt_status merge_over_base(struct clt_settings **settings, const struct descent *in,
                                       struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    char *path = NULL;
    struct clt_settings *below = NULL;
    struct clt_settings *base = clt_settings_child(*settings, "base");
    if (!base) return CLT_OK;
    TRY(base_path(&path, base, in, errors));
    if (!path) goto done;
    const struct descent deeper = {in, path, in->depth + 1};
    st = read_with_bases(&below, &deeper, errors);
    if (st == CLT_E_DATA) {
        clt_errors_add(errors, base, NULL, "%s", clt_error_message());
        st = CLT_OK;
    }
    if (!below) goto done;
    clt_settings_remove(base);
    TRY(clt_settings_merge(below, *settings));
    free(below->file); /* the whole goes by the name of the file that was asked for */
    below->file = (*settings)->file;
    (*settings)->file = NULL;
    clt_settings_free(*settings);
    *settings = below;
    below = NULL;
done:
    free(path);
    clt_settings_free(below);
    return st;
}

static enum clt_status read_with_bases(struct clt_settings **out, const struct descent *in,
                                       struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_source source = {0};
    struct clt_settings *settings = NULL;
    const size_t before = errors->count;
    *out = NULL;
    TRY(clt_source_read(&source, in->file, errors));
    if (errors->count > before) goto done;
    TRY(parse_source(&settings, &source, errors));
    if (!settings) goto done;
    TRY(merge_over_base(&settings, in, errors));
    if (errors->count > before) goto done;
    *out = settings;
    settings = NULL;
done:
    clt_source_free(&source);
    clt_settings_free(settings);
    return st;
}

enum clt_status clt_settings_read(struct clt_settings **out, const char *path,
                                  struct clt_errors *errors)
{
    const struct descent top = {.file = path};
    const enum clt_status st = read_with_bases(out, &top, errors);
    return st == CLT_E_DATA ? clt_fail(CLT_E_CONFIG, "%s", clt_error_message()) : st;
}

enum clt_status clt_settings_read_text(struct clt_settings **out, const char *text,
                                       const char *place, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_source source = {0};
    const size_t before = errors->count;
    *out = NULL;
    TRY(clt_source_read_text(&source, text, place, errors));
    if (errors->count == before) TRY(parse_source(out, &source, errors));
done:
    clt_source_free(&source);
    return st;
}

enum clt_status clt_settings_parse_value(struct clt_settings **out, const char *text,
                                         const char *name, const char *place,
                                         struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_source source = {0};
    struct clt_settings *root = NULL;
    struct clt_text assignment = {0};
    struct clt_errors inner = {0};
    *out = NULL;
    clt_text_add(&assignment, "v = %s\n;", text); /* the newline ends a comment */
    char *whole = clt_text_take(&assignment);
    if (!whole) return clt_settings_no_memory();
    const size_t before = errors->count;
    TRY(clt_source_read_text(&source, whole, place, errors));
    if (errors->count > before) goto done;
    TRY(parse_source(&root, &source, &inner));
    if (!root || root->n_children != 1) {
        const bool array = strchr(text, '[');
        clt_errors_add_usage(errors, place, "%s is not one value%s", *text ? text : "nothing",
                             array ? "; numbers of mixed kind go in ( ), such as (0, 1e-3)"
                                   : "; write it as in a config: a number, \"text\", true, "
                                     "( a, list ) or { a = group; }");
        goto done;
    }
    struct clt_settings *value = root->child[0];
    root->n_children = 0;
    value->parent = NULL;
    free(value->name);
    value->name = name ? strdup(name) : NULL;
    if (name && !value->name) {
        clt_settings_free(value);
        st = clt_settings_no_memory();
        goto done;
    }
    *out = value;
done:
    free(whole);
    clt_source_free(&source);
    clt_settings_free(root);
    clt_errors_free(&inner);
    return st;
}
