/* groups.c - which members of a population train as one run. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "population.h"
#include "schema.h"
#include "write.h"

/* What members of one group have in common, as text: every key that does not vary by member. */
struct signature {
    struct clt_text text;
    bool cycles; /* train.cycles gives the length of the run */
};

static bool is_shared(const struct signature *signature, enum clt_varies varies)
{
    return varies != CLT_VARIES_BY_MEMBER && (varies != CLT_VARIES_BY_CYCLE || signature->cycles);
}

static void add_keys(struct signature *signature, const struct clt_key *keys,
                     const struct clt_settings *group);

static void add_setting(struct signature *signature, const struct clt_key *key,
                        const struct clt_settings *setting)
{
    if (!is_shared(signature, key->varies)) return;
    clt_text_add(&signature->text, "%s=", key->name);
    clt_settings_add_line(&signature->text, setting);
    clt_text_add(&signature->text, ";");
}

/* Even where the choice as a whole varies by member, a key below it may not. */
static void add_choice(struct signature *signature, const struct clt_key *key,
                       const struct clt_settings *setting)
{
    const struct clt_variant *variant = clt_schema_variant(key->choice, setting);
    const bool shared = is_shared(signature, key->varies);
    if (shared) clt_text_add(&signature->text, "%s:", variant->name);
    if (setting->kind == CLT_SETTING_GROUP)
        add_keys(signature, variant->keys, setting);
    else if (setting->kind != CLT_SETTING_STRING)
        add_setting(signature, variant->keys, setting);
    if (shared) clt_text_add(&signature->text, ".");
}

static void add_keys(struct signature *signature, const struct clt_key *keys,
                     const struct clt_settings *group)
{
    for (const struct clt_key *key = keys; key->name; key++) {
        const struct clt_settings *setting = clt_settings_child(group, key->name);
        if (!setting) continue;
        if (key->type == CLT_KEY_GROUP)
            add_keys(signature, key->keys, setting);
        else if (key->type == CLT_KEY_CHOICE)
            add_choice(signature, key, setting);
        else if (key->type == CLT_KEY_ROWS && key->choice)
            for (size_t i = 0; i < setting->n_children; i++)
                add_choice(signature, key, setting->child[i]);
        else if (key->type != CLT_KEY_ROWS) /* population, expect: of the whole */
            add_setting(signature, key, setting);
    }
}

/* *out: the signature of a member, for the caller to free. */
static enum clt_status sign(char **out, const struct clt_config *config, size_t member)
{
    enum clt_status st = CLT_OK;
    struct signature signature = {{0}, false};
    struct clt_errors errors = {0};
    struct clt_settings *settings = clt_settings_copy(config->settings);
    if (!settings) return clt_settings_no_memory();
    TRY(clt_population_select(settings, member, &errors));
    signature.cycles =
        clt_settings_child(clt_settings_child(settings, "train"), "cycles")->integer > 0;
    add_keys(&signature, clt_schema(), settings);
    *out = clt_text_take(&signature.text);
    if (!*out) st = clt_settings_no_memory();
done:
    clt_errors_free(&errors);
    clt_settings_free(settings);
    return st;
}

struct signed_member {
    char *signature;
    size_t member;
};

static int compare(const void *a, const void *b)
{
    const struct signed_member *x = a, *y = b;
    const int order = strcmp(x->signature, y->signature);
    return order ? order : (x->member > y->member) - (x->member < y->member);
}

/* group [n] from members in order of signature: first the first member of each, then its number. */
static size_t number_groups(size_t *group, const struct signed_member *members, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const bool first = i == 0 || strcmp(members[i].signature, members[i - 1].signature) != 0;
        group[members[i].member] = first ? members[i].member : group[members[i - 1].member];
    }
    for (size_t i = 0; i < n; i++) group[i] = group[i] == i ? count++ : group[group[i]];
    return count;
}

enum clt_status clt_config_groups(size_t *group, size_t *n_groups, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    const size_t n = config->members;
    struct signed_member *members = calloc(n, sizeof *members);
    if (!members) return clt_settings_no_memory();
    for (size_t i = 0; i < n; i++) {
        members[i].member = i;
        TRY(sign(&members[i].signature, config, i));
    }
    qsort(members, n, sizeof *members, compare);
    *n_groups = number_groups(group, members, n);
done:
    for (size_t i = 0; i < n; i++) free(members[i].signature);
    free(members);
    return st;
}

/* *differ: whether two members have different values of a varied key. */
static enum clt_status differ_in(bool *differ, const struct clt_config *config, size_t key,
                                 size_t other)
{
    enum clt_status st = CLT_OK;
    char *a = NULL, *b = NULL;
    TRY(clt_config_varied_value(&a, config, 0, key));
    TRY(clt_config_varied_value(&b, config, other, key));
    *differ = strcmp(a, b) != 0;
done:
    free(a);
    free(b);
    return st;
}

/* CLT_E_CONFIG: member `other` is not of the first one's group. */
static enum clt_status fail_for(const struct clt_config *config, size_t other)
{
    enum clt_status st = CLT_OK;
    const char *blamed = NULL;
    for (size_t key = 0; key < config->varied.count; key++) {
        const char *name = config->varied.name[key];
        bool differ = false;
        TRY(differ_in(&differ, config, key, other));
        const bool by_member = clt_schema_find(name)->varies == CLT_VARIES_BY_MEMBER;
        if (differ && (!blamed || !by_member)) blamed = name;
        if (differ && !by_member) break;
    }
    st = clt_fail(CLT_E_CONFIG,
                  "%s: members 0 and %zu of the population differ in %s, so that they cannot train "
                  "as one run; choose one with --member, or let them train in groups",
                  config->settings->file, other, blamed ? blamed : "population");
done:
    return st;
}

enum clt_status clt_config_check_one_group(const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    size_t count, *group = calloc(config->members, sizeof *group);
    if (!group) return clt_settings_no_memory();
    TRY(clt_config_groups(group, &count, config));
    for (size_t i = 0; i < config->members; i++)
        if (group[i] > 0) TRY(fail_for(config, i));
done:
    free(group);
    return st;
}
