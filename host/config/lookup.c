/* lookup.c - finding keys in the tables, and describing them. */
#include <math.h>
#include <string.h>

#include "schema.h"

static const struct clt_key *key_of_step(const struct clt_key *keys,
                                         const struct clt_path_step *step)
{
    for (; keys && keys->name; keys++)
        if (strlen(keys->name) == step->length && memcmp(keys->name, step->name, step->length) == 0)
            return keys;
    return NULL;
}

const struct clt_key *clt_schema_key(const struct clt_key *keys, const char *name)
{
    const struct clt_path_step step = {.name = name, .length = strlen(name)};
    return key_of_step(keys, &step);
}

const struct clt_variant *clt_schema_variant(const struct clt_choice *choice,
                                             const struct clt_settings *setting)
{
    const struct clt_settings *named = NULL;
    const bool number = setting->kind == CLT_SETTING_REAL || setting->kind == CLT_SETTING_INTEGER;
    if (number) return choice->shorthand == CLT_SHORTHAND_NUMBER ? choice->variants : NULL;
    if (setting->kind == CLT_SETTING_GROUP)
        named = clt_settings_child(setting, choice->selector);
    else if (choice->shorthand == CLT_SHORTHAND_STRING)
        named = setting;
    if (!named || named->kind != CLT_SETTING_STRING) return NULL;
    for (const struct clt_variant *v = choice->variants; v->name; v++)
        if (strcmp(v->name, named->text) == 0) return v;
    return NULL;
}

static bool is_list(enum clt_key_type type)
{
    return type == CLT_KEY_FILES || type == CLT_KEY_SPLIT || type == CLT_KEY_SIZES ||
           type == CLT_KEY_NUMBERS || type == CLT_KEY_TEXTS || type == CLT_KEY_PAIRS ||
           type == CLT_KEY_VALUES || type == CLT_KEY_SPACE || type == CLT_KEY_ROWS;
}

/* The config's own key where `key` is one by that name alone. */
static const struct clt_key *root_of(const struct clt_key *key)
{
    return key && key->type == CLT_KEY_ROOT ? clt_schema_key(clt_schema(), key->name) : key;
}

/* The key that a step leads to: of the config, or of the group `above` without its choice. */
static const struct clt_key *key_below(const struct clt_key *above,
                                       const struct clt_path_step *step)
{
    const bool config = !above || above->type == CLT_KEY_OVERLAY;
    const struct clt_key *key = key_of_step(config ? clt_schema() : above->keys, step);
    if (!key && !above) key = key_of_step(clt_schema_study(), step);
    return root_of(key);
}

/* What a path leads to: a key, one entry of its list, or the selector of its choice. */
struct target {
    const struct clt_key *key;
    bool entry, selector;
};

static struct target look_up(const char *path)
{
    const struct target none = {0};
    struct target at = {0};
    struct clt_path_step step;
    while (*path) {
        const struct clt_key *key = at.key;
        if (at.selector || !clt_path_next(&path, &step)) return none;
        if (!step.name) {
            if (!key || at.entry || !is_list(key->type)) return none;
            at.entry = true;
            continue;
        }
        const bool rows = key && key->type == CLT_KEY_ROWS;
        const struct clt_choice *choice = key ? key->choice : NULL;
        if (key && rows != at.entry) return none;
        at = (struct target){.key = key_below(key, &step)};
        for (const struct clt_variant *v = choice ? choice->variants : NULL;
             v && v->name && !at.key; v++)
            at.key = key_of_step(v->keys, &step);
        if (!at.key && choice && strlen(choice->selector) == step.length &&
            memcmp(choice->selector, step.name, step.length) == 0)
            at = (struct target){.key = key, .selector = true};
        if (!at.key) return none;
    }
    return at;
}

const struct clt_key *clt_schema_find(const char *path)
{
    const struct target at = look_up(path);
    return at.entry || at.selector ? NULL : at.key;
}

bool clt_schema_takes_text(const char *path, const char *text)
{
    const struct target at = look_up(path);
    if (!at.key || at.selector) return true;
    switch (at.key->type) {
    case CLT_KEY_NAME:
    case CLT_KEY_TEXT:
    case CLT_KEY_PATH: return true;
    case CLT_KEY_FILES:
    case CLT_KEY_TEXTS:
    case CLT_KEY_SPLIT: return at.entry;
    case CLT_KEY_CHOICE:
        return at.key->choice->shorthand == CLT_SHORTHAND_STRING && !strchr(text, '{');
    default: return false;
    }
}

/* What is looked for among the keys, and where it goes. */
struct varying {
    struct clt_text *text;
    enum clt_varies how;
};

/* Whether "a, b, c" has the entry `path`: variants share keys. */
static bool has_entry(const struct clt_text *text, const char *path)
{
    const size_t length = strlen(path);
    for (const char *at = clt_text_shown(text); *at;) {
        const size_t entry = strcspn(at, ",");
        if (entry == length && memcmp(at, path, length) == 0) return true;
        at += entry;
        at += strspn(at, ", ");
    }
    return false;
}

static void add_varying(const struct varying *to, const struct clt_key *keys, const char *above)
{
    for (; keys && keys->name; keys++) {
        struct clt_text path = {0};
        clt_text_add(&path, *above ? "%s.%s" : "%s%s", above, keys->name);
        if (!path.failed && keys->varies == to->how && !has_entry(to->text, path.bytes))
            clt_text_add(to->text, to->text->length > 0 ? ", %s" : "%s", path.bytes);
        if (keys->type == CLT_KEY_ROWS) clt_text_add(&path, "[]");
        if (path.failed) {
            to->text->failed = true;
            clt_text_free(&path);
            return;
        }
        /* Variants of a choice may share the name of a key, or all keys. */
        add_varying(to, keys->keys, path.bytes);
        for (const struct clt_variant *v = keys->choice ? keys->choice->variants : NULL;
             v && v->name; v++) {
            const struct clt_variant *first = keys->choice->variants;
            while (first->keys != v->keys) first++;
            if (first == v) add_varying(to, v->keys, path.bytes);
        }
        clt_text_free(&path);
    }
}

void clt_schema_add_varying(struct clt_text *text, enum clt_varies how)
{
    const struct varying to = {text, how};
    add_varying(&to, clt_schema(), "");
}

void clt_schema_add_variants(struct clt_text *text, const struct clt_choice *choice)
{
    for (const struct clt_variant *v = choice->variants; v->name; v++)
        clt_text_add(text, v == choice->variants ? "%s" : ", %s", v->name);
}

void clt_schema_add_type(struct clt_text *text, const struct clt_key *key)
{
    static const char *const types[] = {
        [CLT_KEY_BOOL] = "true or false",
        [CLT_KEY_SIZE] = "a whole number",
        [CLT_KEY_COUNT] = "a whole number",
        [CLT_KEY_INDEX] = "a whole number",
        [CLT_KEY_REAL] = "a number",
        [CLT_KEY_NAME] = "a string",
        [CLT_KEY_TEXT] = "a string",
        [CLT_KEY_PATH] = "a path, as a string",
        [CLT_KEY_FILES] = "a list of file names",
        [CLT_KEY_SPLIT] = "a whole number or a list of file names",
        [CLT_KEY_SIZES] = "a list of whole numbers",
        [CLT_KEY_NUMBERS] = "a list of numbers",
        [CLT_KEY_PAIRS] = "a list of pairs of numbers",
        [CLT_KEY_TEXTS] = "a list of strings",
        [CLT_KEY_VALUES] = "a list, or a group with from and best",
        [CLT_KEY_SPACE] = "(low, high), or a group with from",
        [CLT_KEY_ROWS] = "a list of groups",
        [CLT_KEY_OVERLAY] = "a group",
        [CLT_KEY_GROUP] = "a group",
        [CLT_KEY_CHOICE] = "a group",
    };
    static const char *const shorthands[] = {[CLT_SHORTHAND_NONE] = "",
                                             [CLT_SHORTHAND_STRING] = "a string or ",
                                             [CLT_SHORTHAND_NUMBER] = "a number or "};
    key = root_of(key);
    if (key->names) {
        clt_text_add(text, "one of %s", key->names[0]);
        for (const char *const *name = key->names + 1; *name; name++)
            clt_text_add(text, ", %s", *name);
        return;
    }
    if (key->type == CLT_KEY_CHOICE) clt_text_add(text, "%s", shorthands[key->choice->shorthand]);
    clt_text_add(text, "%s", types[key->type]);
    if (key->choice) clt_text_add(text, " with a %s", key->choice->selector);
}

void clt_schema_add_range(struct clt_text *text, const struct clt_key *key)
{
    const struct clt_range *range = key->range;
    if (!range) return;
    clt_text_add(text, "%s %g", range->above ? "above" : "at least", range->lowest);
    if (isfinite(range->highest))
        clt_text_add(text, " and %s %g", range->below ? "below" : "at most", range->highest);
}
