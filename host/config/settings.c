#include "settings.h"

#include <stdlib.h>
#include <string.h>

struct clt_settings *clt_settings_create(enum clt_setting_kind kind, const char *name,
                                         const char *file, unsigned line)
{
    struct clt_settings *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->kind = kind;
    s->line = line;
    s->name = name ? strdup(name) : NULL;
    s->file = strdup(file);
    if ((name && !s->name) || !s->file) {
        clt_settings_free(s);
        return NULL;
    }
    return s;
}

struct clt_settings *clt_settings_create_string(const char *text, const char *name,
                                                const char *file, unsigned line)
{
    struct clt_settings *s = clt_settings_create(CLT_SETTING_STRING, name, file, line);
    if (s && !(s->text = strdup(text))) {
        clt_settings_free(s);
        return NULL;
    }
    return s;
}

struct clt_settings *clt_settings_copy(const struct clt_settings *settings)
{
    struct clt_settings *copy =
        clt_settings_create(settings->kind, settings->name, settings->file, settings->line);
    if (!copy) return NULL;
    copy->truth = settings->truth;
    copy->integer = settings->integer;
    copy->real = settings->real;
    if (settings->text && !(copy->text = strdup(settings->text))) goto failed;
    for (size_t i = 0; i < settings->n_children; i++) {
        struct clt_settings *child = clt_settings_copy(settings->child[i]);
        if (!child) goto failed;
        if (clt_settings_append(copy, &child) != CLT_OK) {
            clt_settings_free(child);
            goto failed;
        }
    }
    return copy;
failed:
    clt_settings_free(copy);
    return NULL;
}

void clt_settings_free(struct clt_settings *settings)
{
    if (!settings) return;
    for (size_t i = 0; i < settings->n_children; i++) clt_settings_free(settings->child[i]);
    free(settings->child);
    free(settings->name);
    free(settings->text);
    free(settings->file);
    free(settings);
}

struct clt_settings *clt_settings_child(const struct clt_settings *group, const char *name)
{
    if (group->kind != CLT_SETTING_GROUP) return NULL;
    for (size_t i = 0; i < group->n_children; i++)
        if (strcmp(group->child[i]->name, name) == 0) return group->child[i];
    return NULL;
}

double clt_settings_number(const struct clt_settings *number)
{
    return number->kind == CLT_SETTING_REAL ? number->real : (double)number->integer;
}

size_t clt_settings_index(const struct clt_settings *setting)
{
    size_t i = 0;
    while (setting->parent->child[i] != setting) i++;
    return i;
}

bool clt_path_next(const char **path, struct clt_path_step *step)
{
    const char *p = *path;
    *step = (struct clt_path_step){0};
    if (*p == '[') {
        const size_t digits = strspn(++p, "0123456789");
        if (digits == 0 || digits > 9 || p[digits] != ']') return false;
        step->index = strtoul(p, NULL, 10);
        p += digits + 1;
    } else {
        step->name = p;
        step->length = strcspn(p, ".[]");
        if (step->length == 0) return false;
        p += step->length;
    }
    if (*p == '.') {
        p++;
        if (*p == '\0' || *p == '[') return false;
    } else if (*p != '\0' && *p != '[') {
        return false;
    }
    *path = p;
    return true;
}

struct clt_settings *clt_settings_step(const struct clt_settings *from,
                                       const struct clt_path_step *step)
{
    if (!step->name) {
        const bool within = from->kind == CLT_SETTING_LIST && step->index < from->n_children;
        return within ? from->child[step->index] : NULL;
    }
    if (from->kind != CLT_SETTING_GROUP) return NULL;
    for (size_t i = 0; i < from->n_children; i++) {
        const char *name = from->child[i]->name;
        if (strlen(name) == step->length && memcmp(name, step->name, step->length) == 0)
            return from->child[i];
    }
    return NULL;
}

struct clt_settings *clt_settings_find(struct clt_settings *root, const char *path)
{
    struct clt_path_step step;
    while (root && *path)
        root = clt_path_next(&path, &step) ? clt_settings_step(root, &step) : NULL;
    return root;
}

enum clt_status clt_settings_append(struct clt_settings *parent, struct clt_settings **child)
{
    struct clt_settings **grown =
        realloc(parent->child, (parent->n_children + 1) * sizeof(struct clt_settings *));
    if (!grown) return clt_settings_no_memory();
    parent->child = grown;
    grown[parent->n_children++] = *child;
    (*child)->parent = parent;
    *child = NULL;
    return CLT_OK;
}

void clt_settings_replace(struct clt_settings *old, struct clt_settings **by)
{
    (*by)->parent = old->parent;
    old->parent->child[clt_settings_index(old)] = *by;
    *by = NULL;
    clt_settings_free(old);
}

enum clt_status clt_settings_put(struct clt_settings *group, struct clt_settings **child)
{
    for (size_t i = 0; i < group->n_children; i++) {
        struct clt_settings *old = group->child[i];
        if (strcmp(old->name, (*child)->name) != 0) continue;
        group->child[i] = *child;
        (*child)->parent = group;
        *child = NULL;
        clt_settings_free(old);
        return CLT_OK;
    }
    return clt_settings_append(group, child);
}

void clt_settings_set_text(struct clt_settings *setting, char *text)
{
    free(setting->text);
    setting->text = text;
}

/* Takes `child` out of its parent; it is the caller's. */
static void detach(struct clt_settings *child)
{
    struct clt_settings *parent = child->parent;
    const size_t at = clt_settings_index(child);
    memmove(parent->child + at, parent->child + at + 1,
            (parent->n_children - at - 1) * sizeof(struct clt_settings *));
    parent->n_children--;
    child->parent = NULL;
}

void clt_settings_remove(struct clt_settings *child)
{
    if (!child) return;
    detach(child);
    clt_settings_free(child);
}

/* Whether both say what they are and disagree: the keys of one mean nothing to the other. */
static bool differ_in(const char *selector, const struct clt_settings *a,
                      const struct clt_settings *b)
{
    const struct clt_settings *x = clt_settings_child(a, selector);
    const struct clt_settings *y = clt_settings_child(b, selector);
    return x && y && x->text && y->text && strcmp(x->text, y->text) != 0;
}

enum clt_status clt_settings_merge(struct clt_settings *into, struct clt_settings *over)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *child = NULL;
    while (over->n_children > 0) {
        child = over->child[0];
        detach(child);
        struct clt_settings *old = clt_settings_child(into, child->name);
        const bool both_groups =
            old && old->kind == CLT_SETTING_GROUP && child->kind == CLT_SETTING_GROUP;
        if (both_groups && !differ_in("type", old, child) && !differ_in("policy", old, child)) {
            TRY(clt_settings_merge(old, child));
            clt_settings_free(child);
        } else {
            TRY(clt_settings_put(into, &child));
        }
        child = NULL;
    }
done:
    clt_settings_free(child);
    return st;
}

void clt_settings_add_path(struct clt_text *text, const struct clt_settings *setting)
{
    if (!setting->parent) return;
    clt_settings_add_path(text, setting->parent);
    if (!setting->name)
        clt_text_add(text, "[%zu]", clt_settings_index(setting));
    else
        clt_text_add(text, setting->parent->parent ? ".%s" : "%s", setting->name);
}

void clt_settings_add_place(struct clt_text *text, const struct clt_settings *setting)
{
    clt_text_add(text, "%s", setting->file);
    if (setting->line > 0) clt_text_add(text, ":%u", setting->line);
}

const char *clt_text_shown(const struct clt_text *text)
{
    return text->bytes ? text->bytes : "";
}
