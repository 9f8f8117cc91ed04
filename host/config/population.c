#include "population.h"

#include <assert.h>
#include <string.h>

#include "generate.h"
#include "resolve.h"
#include "write.h"

enum { MOST_MEMBERS = 10000 };

static const char *row_key(const struct clt_settings *row)
{
    return clt_settings_child(row, "key")->text;
}

bool clt_population_is_joined(const struct clt_settings *row)
{
    return clt_settings_child(row, "zip")->truth;
}

/* How many values a row has; 0 where it has neither values nor a count. */
static size_t row_length(const struct clt_settings *row)
{
    const struct clt_settings *values = clt_settings_child(row, "values");
    const struct clt_settings *count = clt_settings_child(row, "count");
    return values ? values->n_children : count ? (size_t)count->integer : 0;
}

/* Whether the key at `inner` lies within the one at `outer`. */
static bool is_within(const char *inner, const char *outer)
{
    const size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && (inner[length] == '.' || inner[length] == '[');
}

/* The first row before `row` whose key holds the row's; NULL where there is none. */
static const struct clt_settings *row_around(const struct clt_settings *row)
{
    for (struct clt_settings **before = row->parent->child; *before != row; before++)
        if (is_within(row_key(row), row_key(*before))) return *before;
    return NULL;
}

static void add_cannot_vary(struct clt_errors *errors, const struct clt_settings *named)
{
    struct clt_text member = {0}, cycle = {0}, group = {0};
    clt_schema_add_varying(&member, CLT_VARIES_BY_MEMBER);
    clt_schema_add_varying(&cycle, CLT_VARIES_BY_CYCLE);
    clt_schema_add_varying(&group, CLT_VARIES_BY_GROUP);
    clt_errors_add(errors, named, NULL,
                   "%s cannot vary between members; these can: %s, %s; and these, where members "
                   "that differ train in groups: %s",
                   named->text, clt_text_shown(&member), clt_text_shown(&cycle),
                   clt_text_shown(&group));
    clt_text_free(&member);
    clt_text_free(&cycle);
    clt_text_free(&group);
}

/* Whether the config has the row's key, and that one may vary. */
static bool check_key(struct clt_errors *errors, struct clt_settings *root,
                      const struct clt_settings *row)
{
    const struct clt_settings *named = clt_settings_child(row, "key");
    const struct clt_key *key = clt_schema_find(named->text);
    const size_t before = errors->count;
    if (!key || key->varies == CLT_VARIES_NO)
        add_cannot_vary(errors, named);
    else if (!clt_settings_find(root, named->text) && !row_around(row))
        clt_errors_add(errors, named, NULL, "%s is not set in this config", named->text);
    return errors->count == before;
}

/* A row has values, or a space with a count; for the key seed a count alone will do. */
static void check_form(struct clt_errors *errors, const struct clt_settings *row)
{
    const struct clt_settings *count = clt_settings_child(row, "count");
    const struct clt_settings *given = clt_settings_child(row, "values");
    const bool values = given;
    size_t forms = values;
    for (size_t i = 0; clt_space_names[i]; i++) {
        const struct clt_settings *space = clt_settings_child(row, clt_space_names[i]);
        if (space && given)
            clt_errors_add(errors, space, NULL, "stands beside %s; give one of them", given->name);
        if (space) given = space;
        forms += space != NULL;
    }
    if (values && forms == 1 && count)
        clt_errors_add(errors, count, NULL, "is for a space; values are as many as they are");
    else if (forms == 0 && count && strcmp(row_key(row), "seed") != 0)
        clt_errors_add(errors, count, NULL,
                       "alone is for the key seed; give values, or a space such as log_space");
    else if (forms == 0 && !count)
        clt_errors_add(errors, row, NULL,
                       "needs values, or one of log_space, linear_space, log_uniform, uniform");
    else if (forms == 1 && !values && !count)
        clt_errors_add(errors, row, "count", "is missing; it is how many points %s has",
                       given->name);
}

static void check_place(struct clt_errors *errors, const struct clt_settings *row)
{
    const struct clt_settings *rows = row->parent;
    const size_t index = clt_settings_index(row);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(row_key(rows->child[i]), row_key(row)) == 0)
            clt_errors_add(errors, row, "key", "%s has a row already", row_key(row));
        else if (is_within(row_key(rows->child[i]), row_key(row)))
            clt_errors_add(errors, row, "key",
                           "%s must stand before the row of %s, a key within it", row_key(row),
                           row_key(rows->child[i]));
        else
            continue;
        return;
    }
    if (clt_population_is_joined(row) && index == 0)
        clt_errors_add(errors, row, "zip", "joins a row to the one before, and there is none");
    else if (clt_population_is_joined(row) && row_length(row) != row_length(rows->child[index - 1]))
        clt_errors_add(errors, row, "zip", "joins %zu values to the %zu of the row before",
                       row_length(row), row_length(rows->child[index - 1]));
}

static void check_row(struct clt_errors *errors, struct clt_settings *root,
                      const struct clt_settings *row)
{
    const size_t before = errors->count;
    const struct clt_settings *values = clt_settings_child(row, "values");
    const struct clt_settings *seed = clt_settings_child(root, "seed");
    if (!check_key(errors, root, row)) return;
    check_form(errors, row);
    if (errors->count > before) return;
    if (values && values->kind == CLT_SETTING_GROUP)
        clt_errors_add(errors, values, NULL,
                       "draws on a stage, and only a stage of a study can do that");
    else if (values && values->n_children == 0)
        clt_errors_add(errors, values, NULL, "must not be empty");
    else if (clt_row_space(row))
        clt_row_check_space(errors, row, clt_schema_find(row_key(row)));
    else if (!values && row_length(row) <= MOST_MEMBERS &&
             seed->integer > INT64_MAX - (int64_t)row_length(row))
        clt_errors_add(errors, seed, NULL, "is too large to count up from");
    if (errors->count == before) check_place(errors, row);
}

/* The members of rows `first` and on, as a grid; more than the most where there are too many. */
static size_t members_from(const struct clt_settings *rows, size_t first)
{
    size_t members = 1;
    for (size_t i = first; i < rows->n_children && members <= MOST_MEMBERS; i++) {
        const size_t length = row_length(rows->child[i]);
        if (clt_population_is_joined(rows->child[i])) continue;
        if (length > MOST_MEMBERS) return length;
        members *= length;
    }
    return members;
}

size_t clt_population_members(const struct clt_settings *root)
{
    const struct clt_settings *rows = clt_settings_child(root, "population");
    return rows ? members_from(rows, 0) : 1;
}

static void check_expectations(struct clt_errors *errors, const struct clt_settings *root)
{
    const struct clt_settings *expect = clt_settings_child(root, "expect");
    const size_t members = clt_population_members(root);
    for (size_t i = 0; i < expect->n_children; i++) {
        const struct clt_settings *member = clt_settings_child(expect->child[i], "member");
        if (member->integer >= (int64_t)members)
            clt_errors_add(errors, member, NULL,
                           "must be below %zu, the number of members, got %lld", members,
                           (long long)member->integer);
    }
}

/* A row as values alone, each as the key wants it. */
static enum clt_status resolve_values(struct clt_settings *row, uint64_t seed, size_t stage,
                                      struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct clt_key *key = clt_schema_find(row_key(row));
    if (!clt_settings_child(row, "values")) TRY(clt_row_generate(row, key, seed, stage));
    struct clt_settings *values = clt_settings_child(row, "values");
    for (size_t i = 0; i < values->n_children; i++)
        TRY(clt_resolve_value(values->child[i], key, errors));
done:
    return st;
}

/* *same: whether a row gives all members one value. */
static enum clt_status has_one_value(bool *same, const struct clt_settings *row)
{
    const struct clt_settings *values = clt_settings_child(row, "values");
    struct clt_text first = {0}, other = {0};
    *same = true;
    clt_settings_add_line(&first, values->child[0]);
    for (size_t i = 1; i < values->n_children && *same; i++) {
        clt_settings_add_line(&other, values->child[i]);
        *same = strcmp(clt_text_shown(&first), clt_text_shown(&other)) == 0;
        if (other.failed) first.failed = true;
        clt_text_free(&other);
    }
    const bool failed = first.failed;
    clt_text_free(&first);
    return failed ? clt_settings_no_memory() : CLT_OK;
}

/* Puts a row's value for `member` in its place. */
static enum clt_status put_value(struct clt_settings *root, const struct clt_settings *row,
                                 const struct clt_settings *value, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *target = clt_settings_find(root, row_key(row)), *copy = NULL;
    if (!target) {
        clt_errors_add(errors, row, "key", "%s is not set beside the other values", row_key(row));
        return CLT_OK;
    }
    copy = clt_settings_copy(value);
    if (!copy || !(copy->name = strdup(target->name))) TRY(clt_settings_no_memory());
    clt_settings_replace(target, &copy);
done:
    clt_settings_free(copy);
    return st;
}

/* What a run shares it reads from the config itself, not from a member. */
static enum clt_status place_shared(struct clt_settings *root, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *rows = clt_settings_child(root, "population");
    for (size_t i = 0; i < rows->n_children; i++) {
        const struct clt_settings *row = rows->child[i];
        const enum clt_varies varies = clt_schema_find(row_key(row))->varies;
        const bool is_set = clt_settings_find(root, row_key(row));
        bool same = false;
        if (is_set && varies != CLT_VARIES_BY_MEMBER) TRY(has_one_value(&same, row));
        if (same) TRY(put_value(root, row, clt_settings_child(row, "values")->child[0], errors));
    }
done:
    return st;
}

enum clt_status clt_population_resolve(struct clt_settings *root, size_t stage,
                                       struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *rows = clt_settings_child(root, "population");
    const uint64_t seed = (uint64_t)clt_settings_child(root, "seed")->integer;
    const size_t before = errors->count;
    for (size_t i = 0; i < rows->n_children; i++) check_row(errors, root, rows->child[i]);
    if (errors->count > before) goto done;
    if (clt_population_members(root) > MOST_MEMBERS) {
        clt_errors_add(errors, rows, NULL, "has more than %d members", MOST_MEMBERS);
        goto done;
    }
    for (size_t i = 0; i < rows->n_children; i++)
        TRY(resolve_values(rows->child[i], seed, stage, errors));
    if (errors->count > before) goto done;
    TRY(place_shared(root, errors));
    check_expectations(errors, root);
done:
    return st;
}

const struct clt_settings *clt_population_value(const struct clt_settings *root, size_t row,
                                                size_t member)
{
    const struct clt_settings *rows = clt_settings_child(root, "population");
    const struct clt_settings *values = clt_settings_child(rows->child[row], "values");
    size_t next = row + 1; /* the first row that is not joined to this one */
    while (next < rows->n_children && clt_population_is_joined(rows->child[next])) next++;
    const size_t inner = members_from(rows, next);
    assert(inner > 0 && values->n_children > 0); /* an empty row is an error of the config */
    return values->child[member / inner % values->n_children];
}

/* Keeps the expectations that name `member`, as ones of the only network there is. */
static void select_expectations(struct clt_settings *expect, size_t member)
{
    for (size_t i = expect->n_children; i-- > 0;) {
        struct clt_settings *named = clt_settings_child(expect->child[i], "member");
        if (named->integer == (int64_t)member)
            named->integer = -1;
        else
            clt_settings_remove(expect->child[i]);
    }
}

enum clt_status clt_population_select(struct clt_settings *root, size_t member,
                                      struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *rows = clt_settings_child(root, "population");
    if (rows->n_children == 0) return CLT_OK;
    for (size_t row = 0; row < rows->n_children; row++)
        TRY(put_value(root, rows->child[row], clt_population_value(root, row, member), errors));
    clt_settings_child(root, "population_memory")->integer = 0; /* of no use to one member */
    select_expectations(clt_settings_child(root, "expect"), member);
    clt_settings_remove(clt_settings_child(root, "published"));
    clt_settings_remove(rows);
done:
    return st;
}

/* A copy of a row that has the values of these members alone. */
static enum clt_status keep_in_row(struct clt_settings **out, const struct clt_settings *root,
                                   size_t row, const size_t *members, size_t n)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *from = clt_settings_child(root, "population")->child[row];
    struct clt_settings *copy = clt_settings_copy(from), *list = NULL, *value = NULL;
    if (!copy) return clt_settings_no_memory();
    struct clt_settings *values = clt_settings_child(copy, "values");
    list = clt_settings_create(CLT_SETTING_LIST, "values", values->file, values->line);
    if (!list) TRY(clt_settings_no_memory());
    for (size_t i = 0; i < n; i++) {
        value = clt_settings_copy(clt_population_value(root, row, members[i]));
        if (!value) TRY(clt_settings_no_memory());
        TRY(clt_settings_append(list, &value));
    }
    clt_settings_replace(values, &list);
    clt_settings_child(copy, "zip")->truth = row > 0;
    *out = copy;
    copy = NULL;
done:
    clt_settings_free(value);
    clt_settings_free(list);
    clt_settings_free(copy);
    return st;
}

enum clt_status clt_population_keep(struct clt_settings *root, const size_t *members, size_t n)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *rows = clt_settings_child(root, "population"), *row = NULL;
    struct clt_settings *kept =
        clt_settings_create(CLT_SETTING_LIST, rows->name, rows->file, rows->line);
    if (!kept) return clt_settings_no_memory();
    for (size_t i = 0; i < rows->n_children; i++) {
        TRY(keep_in_row(&row, root, i, members, n));
        TRY(clt_settings_append(kept, &row));
    }
    clt_settings_replace(rows, &kept);
    clt_settings_remove(clt_settings_child(root, "expect"));
    clt_settings_remove(clt_settings_child(root, "published"));
done:
    clt_settings_free(row);
    clt_settings_free(kept);
    return st;
}
