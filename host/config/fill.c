#include "fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum clt_status copy_text(char **out, const char *text)
{
    *out = strdup(text);
    return *out ? CLT_OK : clt_settings_no_memory();
}

static enum clt_status copy_names(struct clt_names *names, const struct clt_settings *list)
{
    enum clt_status st = CLT_OK;
    names->name = calloc(list->n_children + 1, sizeof(char *));
    if (!names->name) return clt_settings_no_memory();
    for (; names->count < list->n_children; names->count++)
        TRY(copy_text(&names->name[names->count], list->child[names->count]->text));
done:
    return st;
}

/* `kind` is an enum whose constants count from 0, as the names of its table do. */
static void store_kind(void *kind, unsigned index)
{
    memcpy(kind, &index, sizeof index);
}

static unsigned index_of_name(const char *const *names, const char *name)
{
    unsigned i = 0;
    while (strcmp(names[i], name) != 0) i++;
    return i;
}

static enum clt_status fill_key(void *base, const struct clt_key *key, const struct clt_settings *s)
{
    char *at = (char *)base + key->offset;
    struct clt_data_config *data = base; /* for data.validation alone */
    switch (key->type) {
    case CLT_KEY_BOOL: *(bool *)(void *)at = s->truth; break;
    case CLT_KEY_SIZE: *(size_t *)(void *)at = (size_t)s->integer; break;
    case CLT_KEY_COUNT: *(uint64_t *)(void *)at = (uint64_t)s->integer; break;
    case CLT_KEY_INDEX: *(long *)(void *)at = (long)s->integer; break;
    case CLT_KEY_REAL: *(double *)(void *)at = s->real; break;
    case CLT_KEY_NAME: store_kind(at, index_of_name(key->names, s->text)); break;
    case CLT_KEY_TEXT:
    case CLT_KEY_PATH: return copy_text((char **)(void *)at, s->text);
    case CLT_KEY_FILES: return copy_names((struct clt_names *)(void *)at, s);
    case CLT_KEY_SPLIT:
        if (s->kind == CLT_SETTING_LIST) return copy_names(&data->validation_files, s);
        data->validation_count = (size_t)s->integer;
        break;
    case CLT_KEY_GROUP: return clt_fill(at, key->keys, s);
    case CLT_KEY_CHOICE: return clt_fill_choice(at, key->choice, s);
    case CLT_KEY_SIZES:
    case CLT_KEY_NUMBERS:
    case CLT_KEY_PAIRS:
    case CLT_KEY_TEXTS:
    case CLT_KEY_VALUES:
    case CLT_KEY_SPACE:
    case CLT_KEY_ROWS:
    case CLT_KEY_OVERLAY:
    case CLT_KEY_ROOT: break;
    }
    return CLT_OK;
}

enum clt_status clt_fill(void *base, const struct clt_key *keys, const struct clt_settings *group)
{
    enum clt_status st = CLT_OK;
    for (const struct clt_key *key = keys; key->name; key++) {
        const struct clt_settings *setting = clt_settings_child(group, key->name);
        if (setting && !key->unstored) TRY(fill_key(base, key, setting));
    }
done:
    return st;
}

enum clt_status clt_fill_choice(void *base, const struct clt_choice *choice,
                                const struct clt_settings *setting)
{
    const struct clt_variant *variant = clt_schema_variant(choice, setting);
    store_kind((char *)base + choice->kind_offset, (unsigned)(variant - choice->variants));
    if (setting->kind == CLT_SETTING_GROUP) return clt_fill(base, variant->keys, setting);
    if (setting->kind == CLT_SETTING_STRING) return CLT_OK;
    return fill_key(base, variant->keys, setting);
}

/* The bounds that a row states in one of its forms. */
static void fill_bounds(struct clt_expectation *e, const struct clt_settings *row)
{
    const struct clt_settings *value = clt_settings_child(row, "value");
    const struct clt_settings *at_least = clt_settings_child(row, "at_least");
    const struct clt_settings *at_most = clt_settings_child(row, "at_most");
    const struct clt_settings *between = clt_settings_child(row, "between");
    const struct clt_settings *published = clt_settings_child(row, "published");
    e->published = published ? published->real : NAN;
    e->low = -INFINITY;
    e->high = INFINITY;
    if (value) {
        const double within = clt_settings_child(row, "within")->real;
        e->value = value->real;
        e->low = value->real - within;
        e->high = value->real + within;
    } else if (at_least) {
        e->value = e->low = at_least->real;
    } else if (at_most) {
        e->value = e->high = at_most->real;
    } else {
        e->low = clt_settings_number(between->child[0]);
        e->high = clt_settings_number(between->child[1]);
        e->value = e->low + (e->high - e->low) / 2;
    }
}

enum clt_status clt_fill_expectations(struct clt_config *config, const struct clt_settings *expect)
{
    enum clt_status st = CLT_OK;
    config->expect = calloc(expect->n_children + 1, sizeof *config->expect);
    if (!config->expect) return clt_settings_no_memory();
    for (size_t i = 0; i < expect->n_children; i++) {
        struct clt_expectation *e = &config->expect[config->n_expect++];
        TRY(clt_fill(e, clt_schema_expectation(), expect->child[i]));
        fill_bounds(e, expect->child[i]);
    }
done:
    return st;
}

enum clt_status clt_fill_published(struct clt_config *config, const struct clt_settings *pairs)
{
    config->published = calloc(pairs->n_children + 1, sizeof *config->published);
    if (!config->published) return clt_settings_no_memory();
    for (size_t i = 0; i < pairs->n_children; i++)
        config->published[config->n_published++] =
            (struct clt_published){.value = clt_settings_number(pairs->child[i]->child[0]),
                                   .metric = clt_settings_number(pairs->child[i]->child[1])};
    return CLT_OK;
}
