#include "population.h"

#include <assert.h>
#include <string.h>

#include "resolve.h"

enum { MOST_MEMBERS = 10000 };

static const char *row_key(const struct clt_settings *row)
{
    return clt_settings_child(row, "key")->text;
}

static bool is_joined(const struct clt_settings *row)
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

static void check_values(struct clt_errors *errors, const struct clt_settings *row,
                         const struct clt_key *key)
{
    const struct clt_settings *values = clt_settings_child(row, "values");
    if (key->choice) key = key->choice->variants->keys; /* the number that stands for the group */
    for (size_t i = 0; values && i < values->n_children; i++)
        (void)clt_resolve_value(values->child[i], key, errors); /* a number: allocates nothing */
}

/* Whether the config has a number at the row's key, and that number may vary. */
static bool check_key(struct clt_errors *errors, struct clt_settings *root,
                      const struct clt_settings *row)
{
    const struct clt_settings *named = clt_settings_child(row, "key");
    const struct clt_key *key = clt_schema_find(named->text);
    const struct clt_settings *target = clt_settings_find(root, named->text);
    if (!key || !key->varies) {
        struct clt_text varying = {0};
        clt_schema_add_varying(&varying);
        clt_errors_add(errors, named, NULL, "%s cannot vary between members; these can: %s",
                       named->text, clt_text_shown(&varying));
        clt_text_free(&varying);
        return false;
    }
    if (!target || target->kind == CLT_SETTING_GROUP) {
        clt_errors_add(errors, named, NULL, "%s is %s in this config", named->text,
                       target ? "a group, not a number," : "not set");
        return false;
    }
    return true;
}

static void check_row(struct clt_errors *errors, struct clt_settings *root,
                      const struct clt_settings *row)
{
    const struct clt_settings *rows = row->parent;
    const size_t index = clt_settings_index(row);
    const struct clt_settings *count = clt_settings_child(row, "count");
    const bool has_values = clt_settings_child(row, "values");
    if (!check_key(errors, root, row)) return;
    size_t same = 0;
    while (strcmp(row_key(rows->child[same]), row_key(row)) != 0) same++;
    if (same < index) clt_errors_add(errors, row, "key", "%s has a row already", row_key(row));
    if (count && strcmp(row_key(row), "seed") != 0)
        clt_errors_add(errors, count, NULL, "is for the key seed; give values = (...)");
    else if (has_values == (count != NULL))
        clt_errors_add(errors, row, NULL, "needs %s",
                       count ? "values or count, not both" : "values = (...)");
    else if (row_length(row) == 0)
        clt_errors_add(errors, row, "values", "must not be empty");
    else if (is_joined(row) && index == 0)
        clt_errors_add(errors, row, "zip", "joins a row to the one before, and there is none");
    else if (is_joined(row) && row_length(row) != row_length(rows->child[index - 1]))
        clt_errors_add(errors, row, "zip", "joins %zu values to the %zu of the row before",
                       row_length(row), row_length(rows->child[index - 1]));
    check_values(errors, row, clt_schema_find(row_key(row)));
}

/* The members of rows `first` and on, as a grid; more than the most where there are too many. */
static size_t members_from(const struct clt_settings *rows, size_t first)
{
    size_t members = 1;
    for (size_t i = first; i < rows->n_children && members <= MOST_MEMBERS; i++) {
        const size_t length = row_length(rows->child[i]);
        if (is_joined(rows->child[i])) continue;
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

void clt_population_check(struct clt_errors *errors, struct clt_settings *root)
{
    const struct clt_settings *rows = clt_settings_child(root, "population");
    const struct clt_settings *expect = clt_settings_child(root, "expect");
    const struct clt_settings *seed = clt_settings_child(root, "seed");
    const size_t before = errors->count;
    for (size_t i = 0; i < rows->n_children; i++) check_row(errors, root, rows->child[i]);
    if (errors->count > before) return;
    const size_t members = clt_population_members(root);
    if (members > MOST_MEMBERS) {
        clt_errors_add(errors, rows, NULL, "has more than %d members", MOST_MEMBERS);
        return;
    }
    for (size_t i = 0; i < rows->n_children; i++)
        if (clt_settings_child(rows->child[i], "count") &&
            seed->integer > INT64_MAX - (int64_t)row_length(rows->child[i]))
            clt_errors_add(errors, seed, NULL, "is too large to count up from");
    for (size_t i = 0; i < expect->n_children; i++) {
        const struct clt_settings *member = clt_settings_child(expect->child[i], "member");
        if (member->integer >= (int64_t)members)
            clt_errors_add(errors, member, NULL,
                           "must be below %zu, the number of members, got %lld", members,
                           (long long)member->integer);
    }
}

void clt_population_value(struct clt_settings *value, const struct clt_settings *root, size_t row,
                          size_t member)
{
    const struct clt_settings *rows = clt_settings_child(root, "population");
    const struct clt_settings *values = clt_settings_child(rows->child[row], "values");
    size_t next = row + 1; /* the first row that is not joined to this one */
    while (next < rows->n_children && is_joined(rows->child[next])) next++;
    const size_t inner = members_from(rows, next), length = row_length(rows->child[row]);
    assert(inner > 0 && length > 0); /* an empty row is an error of the config */
    const size_t index = member / inner % length;
    if (values) {
        value->kind = values->child[index]->kind;
        value->integer = values->child[index]->integer;
        value->real = values->child[index]->real;
    } else {
        value->kind = CLT_SETTING_INTEGER;
        value->integer = clt_settings_child(root, "seed")->integer + (int64_t)index;
    }
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

void clt_population_select(struct clt_settings *root, size_t member)
{
    struct clt_settings *rows = clt_settings_child(root, "population");
    if (rows->n_children == 0) return;
    for (size_t row = 0; row < rows->n_children; row++)
        clt_population_value(clt_settings_find(root, row_key(rows->child[row])), root, row, member);
    select_expectations(clt_settings_child(root, "expect"), member);
    clt_settings_remove(rows);
}
