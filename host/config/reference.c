/* reference.c - the page that tells every key, made from the tables. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "schema.h"

static const char introduction[] =
    "# Keys of a config\n"
    "\n"
    "A config is a libconfig file. `@include \"file\"` and `base` are relative to the file they "
    "stand\n"
    "in. A whole number stands for a number too, never the reverse; beyond 32 bits it needs the\n"
    "suffix L. Numbers of mixed kind go in `( )`, not in `[ ]`. Any key may be set from the "
    "command\n"
    "line: `--set train.l2=1e-3`, `--set model[0].units=64`, `--set data.path=/data`. Unknown "
    "keys\n"
    "are errors.\n"
    "\n"
    "This page is what `cltrain config` prints.\n";

/* A cell of a table: the bar would end it. */
static void add_cell(struct clt_text *text, const char *cell)
{
    clt_text_add(text, " ");
    for (; *cell; cell++) clt_text_add(text, *cell == '|' ? "\\|" : "%c", *cell);
    clt_text_add(text, " |");
}

static void add_row(struct clt_text *text, const struct clt_key *key)
{
    struct clt_text type = {0}, range = {0};
    clt_schema_add_type(&type, key);
    clt_schema_add_range(&range, key);
    clt_text_add(text, "| `%s` |", key->name);
    add_cell(text, clt_text_shown(&type));
    if (key->fallback)
        clt_text_add(text, " `%s` |", key->fallback);
    else
        add_cell(text, key->required ? "required" : "");
    add_cell(text, clt_text_shown(&range));
    add_cell(text, key->doc);
    clt_text_add(text, "\n");
    if (type.failed || range.failed) text->failed = true;
    clt_text_free(&type);
    clt_text_free(&range);
}

static void add_table(struct clt_text *text, const struct clt_key *keys)
{
    if (!keys->name) return;
    clt_text_add(text, "\n| Key | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n");
    for (; keys->name; keys++) add_row(text, keys);
}

static void add_variants(struct clt_text *text, const struct clt_choice *choice, const char *path);

/* The choices among a variant's keys, each where it first occurs. */
static void add_inner_choices(struct clt_text *text, const struct clt_choice *choice,
                              const struct clt_variant *variant, const char *path)
{
    for (const struct clt_key *key = variant->keys; key->name; key++) {
        bool shown = !key->choice;
        for (const struct clt_variant *v = choice->variants; v != variant && !shown; v++) {
            const struct clt_key *same = clt_schema_key(v->keys, key->name);
            shown = same && same->choice == key->choice;
        }
        if (shown) continue;
        struct clt_text inner = {0};
        clt_text_add(&inner, "%s.%s", path, key->name);
        clt_text_add(text, "\n## %s\n\n%s\n", clt_text_shown(&inner), key->doc);
        add_variants(text, key->choice, clt_text_shown(&inner));
        if (inner.failed) text->failed = true;
        clt_text_free(&inner);
    }
}

static void add_variants(struct clt_text *text, const struct clt_choice *choice, const char *path)
{
    clt_text_add(text, "\n| `%s` | Meaning |\n|---|---|\n", choice->selector);
    for (const struct clt_variant *v = choice->variants; v->name; v++) {
        clt_text_add(text, "| `\"%s\"` |", v->name);
        add_cell(text, v->doc);
        clt_text_add(text, "\n");
    }
    for (const struct clt_variant *v = choice->variants; v->name; v++) {
        if (!v->keys->name) continue;
        clt_text_add(text, "\n### %s with %s = \"%s\"\n", path, choice->selector, v->name);
        add_table(text, v->keys);
    }
    for (const struct clt_variant *v = choice->variants; v->name; v++)
        add_inner_choices(text, choice, v, path);
}

/* Whether a key before `key` in its table has the same keys below it. */
static bool has_twin(const struct clt_key *key, const struct clt_key *table)
{
    for (; table != key; table++)
        if (key->keys && table->keys == key->keys) return true;
    return false;
}

/* A section for each key of `table` that has keys of its own. */
static void add_below(struct clt_text *text, const struct clt_key *table, const char *above)
{
    for (const struct clt_key *keys = table; keys->name; keys++) {
        struct clt_text path = {0};
        if ((!keys->keys && !keys->choice) || has_twin(keys, table)) continue;
        clt_text_add(&path, *above ? "%s.%s" : "%s%s", above, keys->name);
        if (keys->type == CLT_KEY_ROWS) clt_text_add(&path, "[]");
        char *name = clt_text_take(&path);
        if (!name) {
            text->failed = true;
            return;
        }
        clt_text_add(text, "\n## %s\n\n%s\n", name, keys->doc);
        if (keys->keys) add_table(text, keys->keys);
        if (keys->choice) add_variants(text, keys->choice, name);
        if (keys->keys) add_below(text, keys->keys, name);
        free(name);
    }
}

static void add_varying(struct clt_text *text, const char *before, enum clt_varies how,
                        const char *after)
{
    struct clt_text varying = {0};
    clt_schema_add_varying(&varying, how);
    clt_text_add(text, "%s%s%s", before, clt_text_shown(&varying), after);
    if (varying.failed) text->failed = true;
    clt_text_free(&varying);
}

enum clt_status clt_config_reference(char **out)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s", introduction);
    add_table(&text, clt_schema());
    add_below(&text, clt_schema(), "");
    add_varying(&text, "\n## Keys in which members of a population may differ\n\nWithin one run: ",
                CLT_VARIES_BY_MEMBER, ".\n");
    add_varying(&text, "\nThe same, but in groups where `train.cycles` gives the length: ",
                CLT_VARIES_BY_CYCLE, ".\n");
    add_varying(&text, "\nIn groups, each one a run of its own: ", CLT_VARIES_BY_GROUP, ".\n");
    clt_text_add(&text, "\n# Keys of a study\n\nBeside the keys above:\n");
    add_table(&text, clt_schema_study());
    add_below(&text, clt_schema_study(), "");
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_settings_no_memory();
}
