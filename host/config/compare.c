/* compare.c - the keys in which two configs differ. */
#include <string.h>

#include "config.h"
#include "settings.h"
#include "write.h"

static bool is_ignored(const struct clt_settings *setting, const char *const *ignored)
{
    struct clt_text path = {0};
    bool found = false;
    clt_settings_add_path(&path, setting);
    for (; *ignored && !found; ignored++) found = strcmp(clt_text_shown(&path), *ignored) == 0;
    clt_text_free(&path);
    return found;
}

/* The value in one line; "not set" for none. */
static void add_value(struct clt_text *text, const struct clt_settings *value)
{
    if (value)
        clt_settings_add_line(text, value);
    else
        clt_text_add(text, "not set");
}

static void compare_values(struct clt_text *out, const struct clt_settings *now,
                           const struct clt_settings *before, const char *const *ignored)
{
    struct clt_text is = {0}, was = {0};
    add_value(&is, now);
    add_value(&was, before);
    out->failed = out->failed || is.failed || was.failed;
    if (!out->failed && strcmp(is.bytes, was.bytes) != 0 &&
        !is_ignored(now ? now : before, ignored)) {
        clt_settings_add_path(out, now ? now : before);
        clt_text_add(out, " is %s, was %s\n", is.bytes, was.bytes);
    }
    clt_text_free(&is);
    clt_text_free(&was);
}

/* Settings that are both there and whose children can be told apart. */
static bool have_children(const struct clt_settings *a, const struct clt_settings *b)
{
    if (!a || !b || a->kind != b->kind) return false;
    if (a->kind == CLT_SETTING_GROUP) return true;
    return a->kind == CLT_SETTING_LIST && a->n_children == b->n_children && a->n_children > 0 &&
           a->child[0]->kind == CLT_SETTING_GROUP;
}

static const struct clt_settings *counterpart(const struct clt_settings *parent,
                                              const struct clt_settings *of)
{
    return of->name ? clt_settings_child(parent, of->name) : parent->child[clt_settings_index(of)];
}

static void compare(struct clt_text *out, const struct clt_settings *now,
                    const struct clt_settings *before, const char *const *ignored)
{
    if (!have_children(now, before)) {
        compare_values(out, now, before, ignored);
        return;
    }
    for (size_t i = 0; i < now->n_children; i++)
        compare(out, now->child[i], counterpart(before, now->child[i]), ignored);
    for (size_t i = 0; i < before->n_children; i++)
        if (!counterpart(now, before->child[i]))
            compare_values(out, NULL, before->child[i], ignored);
}

enum clt_status clt_config_compare(char **out, const struct clt_config *now,
                                   const struct clt_config *before, const char *const *ignored)
{
    struct clt_text text = {0};
    compare(&text, now->settings, before->settings, ignored);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_settings_no_memory();
}
