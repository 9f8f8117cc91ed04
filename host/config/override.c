#include "override.h"

#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "schema.h"

/* *value = what the text says; NULL after an error. */
static enum clt_status read_value(struct clt_settings **value, const char *path, const char *text,
                                  const char *place, struct clt_errors *errors)
{
    const char *last = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
    const char *name = path[strlen(path) - 1] == ']' ? NULL : last;
    if (!clt_schema_takes_text(path, text))
        return clt_settings_parse_value(value, text, name, place, errors);
    *value = clt_settings_create_string(text, name, place, 0);
    return *value ? CLT_OK : clt_settings_no_memory();
}

/* The setting that a step leads to, a new group where a group lacks it; NULL after an error. */
static enum clt_status descend(struct clt_settings **at, const struct clt_path_step *step,
                               const char *place, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *from = *at, *fresh = NULL;
    *at = clt_settings_step(from, step);
    if (*at) return CLT_OK;
    struct clt_text path = {0};
    clt_settings_add_path(&path, from);
    if (!step->name && from->kind == CLT_SETTING_LIST) {
        clt_errors_add_usage(errors, place, "%s has %zu entries, counted from 0",
                             clt_text_shown(&path), from->n_children);
    } else if (!step->name || from->kind != CLT_SETTING_GROUP) {
        clt_errors_add_usage(errors, place, "%s is not a %s here", clt_text_shown(&path),
                             step->name ? "group" : "list");
    } else {
        char *name = strndup(step->name, step->length);
        fresh = name ? clt_settings_create(CLT_SETTING_GROUP, name, place, 0) : NULL;
        free(name);
        if (!fresh) TRY(clt_settings_no_memory());
        *at = fresh;
        TRY(clt_settings_append(from, &fresh));
    }
done:
    clt_text_free(&path);
    clt_settings_free(fresh);
    return st;
}

enum clt_status clt_settings_put_at(struct clt_settings *root, const char *path,
                                    struct clt_settings **value, const char *place,
                                    struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *at = root;
    struct clt_path_step step;
    for (clt_path_next(&path, &step); *path; clt_path_next(&path, &step)) {
        TRY(descend(&at, &step, place, errors));
        if (!at) goto done;
    }
    struct clt_settings *old = clt_settings_step(at, &step);
    if (old) {
        clt_settings_replace(old, value);
    } else if (step.name && at->kind == CLT_SETTING_GROUP) {
        TRY(clt_settings_append(at, value));
    } else {
        TRY(descend(&at, &step, place, errors)); /* says why not */
    }
done:
    return st;
}

static bool is_well_formed(const char *path)
{
    struct clt_path_step step;
    if (*path == '[' || *path == '\0') return false;
    while (*path)
        if (!clt_path_next(&path, &step)) return false;
    return true;
}

enum clt_status clt_settings_override(struct clt_settings *root, const char *set,
                                      struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *value = NULL;
    struct clt_text place = {0};
    clt_text_add(&place, "--set %s", set);
    const char *equals = strchr(set, '=');
    char *path = strndup(set, equals ? (size_t)(equals - set) : 0);
    if (!path || place.failed) TRY(clt_settings_no_memory());
    if (!equals || !is_well_formed(path)) {
        clt_errors_add_usage(errors, place.bytes,
                             "must be path=value, such as train.l2=0.1 or model[0].units=64");
    } else if (strcmp(path, "base") == 0) {
        clt_errors_add_usage(errors, place.bytes, "the base is read before any --set");
    } else {
        TRY(read_value(&value, path, equals + 1, place.bytes, errors));
        if (value) TRY(clt_settings_put_at(root, path, &value, place.bytes, errors));
    }
done:
    free(path);
    clt_text_free(&place);
    clt_settings_free(value);
    return st;
}
