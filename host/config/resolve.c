#include "resolve.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "parse.h"
#include "source.h"
#include "suggest.h"
#include "write.h"

/* "must be a whole number, got 1.5"; frees `wanted`. */
static void add_mismatch(struct clt_errors *errors, const struct clt_settings *setting,
                         struct clt_text *wanted)
{
    struct clt_text got = {0};
    if (setting->kind == CLT_SETTING_GROUP)
        clt_text_add(&got, "a group");
    else if (setting->kind == CLT_SETTING_LIST)
        clt_text_add(&got, "a list");
    else
        clt_settings_add_value(&got, setting, 0);
    clt_errors_add(errors, setting, NULL, "must be %s, got %s", clt_text_shown(wanted),
                   clt_text_shown(&got));
    clt_text_free(&got);
    clt_text_free(wanted);
}

static void add_type_error(struct clt_errors *errors, const struct clt_settings *setting,
                           const struct clt_key *key)
{
    struct clt_text wanted = {0};
    clt_schema_add_type(&wanted, key);
    add_mismatch(errors, setting, &wanted);
}

static void check_range(struct clt_errors *errors, const struct clt_settings *number,
                        const struct clt_key *key, double value)
{
    const struct clt_range *r = key->range;
    struct clt_text wanted = {0};
    if (!r) return;
    const bool low = r->above ? value > r->lowest : value >= r->lowest;
    const bool high = r->below ? value < r->highest : value <= r->highest;
    if (low && high) return;
    clt_schema_add_range(&wanted, key);
    add_mismatch(errors, number, &wanted);
}

static void resolve_integer(struct clt_errors *errors, const struct clt_settings *setting,
                            const struct clt_key *key)
{
    if (setting->kind != CLT_SETTING_INTEGER)
        add_type_error(errors, setting, key);
    else if (key->type == CLT_KEY_SIZE && setting->integer > 0 &&
             (uint64_t)setting->integer > SIZE_MAX)
        clt_errors_add(errors, setting, NULL, "is too large for this machine");
    else
        check_range(errors, setting, key, (double)setting->integer);
}

static void resolve_real(struct clt_errors *errors, struct clt_settings *setting,
                         const struct clt_key *key)
{
    if (setting->kind == CLT_SETTING_INTEGER) {
        setting->kind = CLT_SETTING_REAL;
        setting->real = (double)setting->integer;
        setting->integer = 0;
    }
    const double size = fabs(setting->real);
    if (setting->kind != CLT_SETTING_REAL)
        add_type_error(errors, setting, key);
    else if (!(size <= FLT_MAX) || (size > 0 && size < FLT_MIN))
        clt_errors_add(errors, setting, NULL, "%g is beyond what single precision holds",
                       setting->real);
    else
        check_range(errors, setting, key, setting->real);
}

static void resolve_text(struct clt_errors *errors, const struct clt_settings *setting,
                         const struct clt_key *key)
{
    if (setting->kind != CLT_SETTING_STRING) {
        add_type_error(errors, setting, key);
        return;
    }
    if (!clt_text_is_shown(setting->text))
        clt_errors_add(errors, setting, NULL, "must be text in UTF-8 without control characters");
    const char *const *name = key->names;
    while (name && *name && strcmp(*name, setting->text) != 0) name++;
    if (name && !*name) add_type_error(errors, setting, key);
}

/* Replaces a file name by what its variables make of it. */
static enum clt_status expand(struct clt_settings *setting, const struct clt_key *key,
                              struct clt_errors *errors)
{
    char *expanded, *fault;
    if (setting->kind != CLT_SETTING_STRING) {
        add_type_error(errors, setting, key);
        return CLT_OK;
    }
    const enum clt_status st = clt_expand_variables(&expanded, &fault, setting->text);
    if (expanded) clt_settings_set_text(setting, expanded);
    if (fault) clt_errors_add(errors, setting, NULL, "%s", fault);
    if (expanded && !*expanded) clt_errors_add(errors, setting, NULL, "must not be empty");
    free(fault);
    return st;
}

/* The working directory, for the caller to free. */
static enum clt_status working_directory(char **out)
{
    for (size_t room = 256;; room *= 2) {
        char *folder = malloc(room);
        if (!folder) return clt_settings_no_memory();
        if (getcwd(folder, room)) {
            *out = folder;
            return CLT_OK;
        }
        free(folder);
        if (errno != ERANGE)
            return clt_fail(CLT_E_CONFIG, "the working directory: %s", strerror(errno));
    }
}

/* Makes a path absolute, from the folder of the file it stands in. */
static enum clt_status resolve_path(struct clt_settings *setting, const struct clt_key *key,
                                    struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    char *joined = NULL, *here = NULL, *absolute = NULL;
    const size_t before = errors->count;
    TRY(expand(setting, key, errors));
    if (errors->count > before || setting->text[0] == '/') goto done;
    TRY(working_directory(&here));
    TRY(clt_path_beside(&joined, setting->line > 0 ? setting->file : "", setting->text));
    absolute = clt_path_join(here, joined);
    if (absolute)
        clt_settings_set_text(setting, absolute);
    else
        st = clt_settings_no_memory();
done:
    free(here);
    free(joined);
    return st;
}

static enum clt_status resolve_group(struct clt_settings *group, const struct clt_key *keys,
                                     const struct clt_choice *choice,
                                     const struct clt_variant *variant, struct clt_errors *errors);

static bool is_number(const struct clt_settings *setting)
{
    return setting->kind == CLT_SETTING_INTEGER || setting->kind == CLT_SETTING_REAL;
}

static void check_pair(struct clt_errors *errors, const struct clt_settings *pair)
{
    struct clt_text wanted = {0};
    if (pair->kind == CLT_SETTING_LIST && pair->n_children == 2 && is_number(pair->child[0]) &&
        is_number(pair->child[1]))
        return;
    clt_text_add(&wanted, "a pair of numbers, such as (1e-5, 0.1)");
    add_mismatch(errors, pair, &wanted);
}

/* A list whose entries any key of their own may check, or a group that stands for one. */
static enum clt_status resolve_drawn(struct clt_settings *setting, const struct clt_key *key,
                                     struct clt_errors *errors)
{
    if (setting->kind == CLT_SETTING_GROUP)
        return resolve_group(setting, key->keys, NULL, NULL, errors);
    if (setting->kind != CLT_SETTING_LIST)
        add_type_error(errors, setting, key);
    else if (key->type == CLT_KEY_SPACE)
        check_pair(errors, setting);
    return CLT_OK;
}

static enum clt_status resolve_list(struct clt_settings *list, const struct clt_key *key,
                                    struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_key entry = *key;
    if (list->kind != CLT_SETTING_LIST) {
        add_type_error(errors, list, key);
        return CLT_OK;
    }
    if (key->type == CLT_KEY_SIZES && list->n_children == 0)
        clt_errors_add(errors, list, NULL, "must not be empty");
    for (size_t i = 0; i < list->n_children; i++) {
        struct clt_settings *s = list->child[i];
        if (key->type == CLT_KEY_SIZES) {
            entry.type = CLT_KEY_SIZE;
            resolve_integer(errors, s, &entry);
        } else if (key->type == CLT_KEY_NUMBERS) {
            entry.type = CLT_KEY_REAL;
            if (!is_number(s)) add_type_error(errors, s, &entry);
        } else if (key->type == CLT_KEY_PAIRS) {
            check_pair(errors, s);
        } else if (key->type == CLT_KEY_TEXTS) {
            entry.type = CLT_KEY_TEXT;
            resolve_text(errors, s, &entry);
        } else {
            entry.type = CLT_KEY_TEXT;
            TRY(expand(s, &entry, errors));
        }
    }
done:
    return st;
}

/* The default of `key`, or an error where there is none, for a group without it. */
static enum clt_status add_missing(struct clt_settings *group, const struct clt_key *key,
                                   struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *child = NULL;
    if (key->required) {
        struct clt_text type = {0};
        clt_schema_add_type(&type, key);
        clt_errors_add(errors, group, key->name, "is missing; it is %s", clt_text_shown(&type));
        clt_text_free(&type);
    } else if (key->type == CLT_KEY_GROUP) {
        child = clt_settings_create(CLT_SETTING_GROUP, key->name, group->file, group->line);
        if (!child) st = clt_settings_no_memory();
    } else if (key->fallback) {
        TRY(clt_settings_parse_value(&child, key->fallback, key->name, group->file, errors));
        if (child) child->line = group->line;
    }
    if (child) TRY(clt_settings_append(group, &child));
done:
    clt_settings_free(child);
    return st;
}

/* Says which key of a group nobody knows; `variant` is what its choice selects, or NULL. */
static void check_unknown(struct clt_errors *errors, const struct clt_settings *group,
                          const struct clt_key *keys, const struct clt_choice *choice,
                          const struct clt_variant *variant)
{
    for (size_t i = 0; i < group->n_children; i++) {
        const struct clt_settings *child = group->child[i];
        if (clt_schema_key(keys, child->name)) continue;
        if (choice && strcmp(child->name, choice->selector) == 0) continue;
        const char *near = clt_suggest_key(keys, choice, child->name);
        struct clt_text more = {0};
        if (choice && variant) clt_text_add(&more, " for %s %s", choice->selector, variant->name);
        if (near) clt_text_add(&more, "; did you mean %s?", near);
        clt_errors_add(errors, child, NULL, "no such key%s", clt_text_shown(&more));
        clt_text_free(&more);
    }
}

static void move_to(struct clt_settings *group, struct clt_settings *child, size_t position)
{
    const size_t from = clt_settings_index(child);
    memmove(group->child + position + 1, group->child + position,
            (from - position) * sizeof(struct clt_settings *));
    group->child[position] = child;
}

static enum clt_status resolve_group(struct clt_settings *group, const struct clt_key *keys,
                                     const struct clt_choice *choice,
                                     const struct clt_variant *variant, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    size_t position = 0;
    check_unknown(errors, group, keys, choice, variant);
    if (choice) move_to(group, clt_settings_child(group, choice->selector), position++);
    for (const struct clt_key *key = keys; key->name; key++) {
        if (!clt_settings_child(group, key->name)) TRY(add_missing(group, key, errors));
        struct clt_settings *child = clt_settings_child(group, key->name);
        if (!child) continue;
        move_to(group, child, position++);
        TRY(clt_resolve_value(child, key, errors));
    }
done:
    return st;
}

/* No variant is selected: by a wrong name, or by none. */
static void add_variant_error(struct clt_errors *errors, const struct clt_settings *setting,
                              const struct clt_choice *choice)
{
    const struct clt_settings *selector = setting;
    if (setting->kind == CLT_SETTING_GROUP)
        selector = clt_settings_child(setting, choice->selector);
    struct clt_text wanted = {0};
    clt_text_add(&wanted, "one of ");
    clt_schema_add_variants(&wanted, choice);
    if (selector) {
        add_mismatch(errors, selector, &wanted);
    } else {
        clt_errors_add(errors, setting, choice->selector, "is missing; it is %s",
                       clt_text_shown(&wanted));
        clt_text_free(&wanted);
    }
}

/* A string alone selects a variant that needs no keys. */
static void check_shorthand(struct clt_errors *errors, const struct clt_settings *setting,
                            const struct clt_choice *choice, const struct clt_variant *variant)
{
    for (const struct clt_key *key = variant->keys; key->name; key++)
        if (key->required)
            clt_errors_add(errors, setting, NULL, "%s needs %s: { %s = \"%s\"; %s = ...; }",
                           variant->name, key->name, choice->selector, variant->name, key->name);
}

static enum clt_status resolve_choice(struct clt_settings *setting, const struct clt_key *key,
                                      struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct clt_choice *choice = key->choice;
    const struct clt_variant *variant = clt_schema_variant(choice, setting);
    const bool group = setting->kind == CLT_SETTING_GROUP;
    const bool name = setting->kind == CLT_SETTING_STRING;
    const size_t before = errors->count;
    if (!variant && (group || (name && choice->shorthand == CLT_SHORTHAND_STRING))) {
        add_variant_error(errors, setting, choice);
    } else if (!variant) {
        add_type_error(errors, setting, key);
    } else if (group) {
        TRY(resolve_group(setting, variant->keys, choice, variant, errors));
        if (variant->check && errors->count == before) variant->check(errors, setting);
    } else if (name) {
        check_shorthand(errors, setting, choice, variant);
    } else {
        TRY(clt_resolve_value(setting, variant->keys, errors));
    }
done:
    return st;
}

static enum clt_status resolve_rows(struct clt_settings *list, const struct clt_key *key,
                                    struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_key row = *key;
    row.type = key->choice ? CLT_KEY_CHOICE : CLT_KEY_GROUP;
    row.check = NULL;
    if (list->kind != CLT_SETTING_LIST) {
        add_type_error(errors, list, key);
        return CLT_OK;
    }
    for (size_t i = 0; i < list->n_children; i++)
        TRY(clt_resolve_value(list->child[i], &row, errors));
done:
    return st;
}

enum clt_status clt_resolve_value(struct clt_settings *setting, const struct clt_key *key,
                                  struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const size_t before = errors->count;
    switch (key->type) {
    case CLT_KEY_BOOL:
        if (setting->kind != CLT_SETTING_BOOL) add_type_error(errors, setting, key);
        break;
    case CLT_KEY_SIZE:
    case CLT_KEY_COUNT:
    case CLT_KEY_INDEX: resolve_integer(errors, setting, key); break;
    case CLT_KEY_REAL: resolve_real(errors, setting, key); break;
    case CLT_KEY_NAME:
    case CLT_KEY_TEXT: resolve_text(errors, setting, key); break;
    case CLT_KEY_PATH: TRY(resolve_path(setting, key, errors)); break;
    case CLT_KEY_SPLIT:
        if (setting->kind == CLT_SETTING_INTEGER)
            resolve_integer(errors, setting, key);
        else
            TRY(resolve_list(setting, key, errors));
        break;
    case CLT_KEY_FILES:
    case CLT_KEY_SIZES:
    case CLT_KEY_NUMBERS:
    case CLT_KEY_PAIRS:
    case CLT_KEY_TEXTS: TRY(resolve_list(setting, key, errors)); break;
    case CLT_KEY_VALUES:
    case CLT_KEY_SPACE: TRY(resolve_drawn(setting, key, errors)); break;
    case CLT_KEY_OVERLAY:
        if (setting->kind != CLT_SETTING_GROUP) add_type_error(errors, setting, key);
        break;
    case CLT_KEY_ROOT: break;
    case CLT_KEY_ROWS: TRY(resolve_rows(setting, key, errors)); break;
    case CLT_KEY_CHOICE: TRY(resolve_choice(setting, key, errors)); break;
    case CLT_KEY_GROUP:
        if (setting->kind == CLT_SETTING_GROUP)
            TRY(resolve_group(setting, key->keys, NULL, NULL, errors));
        else
            add_type_error(errors, setting, key);
        break;
    }
    if (key->check && errors->count == before) key->check(errors, setting);
done:
    return st;
}

enum clt_status clt_resolve_group(struct clt_settings *group, const struct clt_key *keys,
                                  struct clt_errors *errors)
{
    return resolve_group(group, keys, NULL, NULL, errors);
}

enum clt_status clt_resolve(struct clt_settings *root, struct clt_errors *errors)
{
    return resolve_group(root, clt_schema(), NULL, NULL, errors);
}
