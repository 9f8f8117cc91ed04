#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "override.h"
#include "population.h"

/* A group { from; best or best_to_worst_of; by }, or a row of `take`: the best one. */
struct reference {
    const struct clt_settings *group;
    const struct clt_stage_trials *trials;
    const char *from, *key, *by;
    size_t column; /* of the key among those that vary there */
    size_t count;
    bool ends; /* best_to_worst_of */
};

/* The reference of a row in whichever of its keys has one; NULL where none has. */
static struct clt_settings *reference_group(const struct clt_settings *row)
{
    struct clt_settings *values = clt_settings_child(row, "values");
    struct clt_settings *from = values ? values : clt_row_space(row);
    return from && from->kind == CLT_SETTING_GROUP ? from : NULL;
}

bool clt_row_is_drawn(const struct clt_settings *row)
{
    return reference_group(row) != NULL;
}

/* The stage that a reference names, as an index; sources->stage after an error. */
static size_t find_stage(struct clt_errors *errors, const struct clt_settings *from,
                         const struct clt_sources *sources)
{
    struct clt_text names = {0};
    size_t i = 0;
    while (i < sources->count && strcmp(sources->names[i], from->text) != 0) {
        clt_text_add(&names, i > 0 ? ", %s" : "%s", sources->names[i]);
        i++;
    }
    if (i == sources->count)
        clt_errors_add(errors, from, NULL, "%s is not a stage of this study; these are: %s",
                       from->text, clt_text_shown(&names));
    else if (i == sources->stage)
        clt_errors_add(errors, from, NULL, "%s is this stage itself; name an earlier one",
                       from->text);
    else if (i > sources->stage)
        clt_errors_add(errors, from, NULL, "%s runs after this stage; name an earlier one",
                       from->text);
    clt_text_free(&names);
    return i < sources->stage ? i : sources->stage;
}

/* Whether the source varies the key, whose column then is known. */
static bool find_column(struct clt_errors *errors, struct reference *r)
{
    const struct clt_names *varied = &r->trials->config->varied;
    for (r->column = 0; r->column < varied->count; r->column++)
        if (strcmp(varied->name[r->column], r->key) == 0) return true;
    clt_errors_add(errors, clt_settings_child(r->group, "from"), NULL,
                   "%s does not vary %s in its population", r->from, r->key);
    return false;
}

static bool read_reference(struct reference *r, const struct clt_settings *group, const char *key,
                           const struct clt_sources *sources, struct clt_errors *errors)
{
    const struct clt_settings *best = clt_settings_child(group, "best");
    const struct clt_settings *ends = clt_settings_child(group, "best_to_worst_of");
    const struct clt_settings *from = clt_settings_child(group, "from");
    const struct clt_settings *count = best ? best : ends;
    const size_t stage = find_stage(errors, from, sources);
    if (stage == sources->stage) return false;
    *r = (struct reference){.group = group,
                            .trials = &sources->earlier[stage],
                            .from = from->text,
                            .key = key,
                            .by = clt_settings_child(group, "by")->text,
                            .count = count ? (size_t)count->integer : 1,
                            .ends = !best && ends};
    const size_t members = r->trials->config->members;
    if (!find_column(errors, r)) return false;
    if (r->count <= members) return true;
    clt_errors_add(errors, count, NULL, "is more than the %zu members of %s, got %zu", members,
                   r->from, r->count);
    return false;
}

/* ---- rank ---- */

struct rank {
    size_t member;
    double badness; /* the metric, or its negative where more is better */
};

static int compare(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    const int order = (x->badness > y->badness) - (x->badness < y->badness);
    return order ? order : (x->member > y->member) - (x->member < y->member);
}

/* *ranks: the members that have the metric, best first; *n of them. The caller frees *ranks. */
static enum clt_status rank_members(struct rank **ranks, size_t *n, const struct reference *r)
{
    const struct clt_stage_trials *trials = r->trials;
    const bool rising = strstr(r->by, "accuracy") != NULL;
    struct rank *list = calloc(trials->config->members, sizeof *list);
    *ranks = list;
    *n = 0;
    if (!list) return clt_settings_no_memory();
    for (size_t i = 0; i < trials->config->members; i++) {
        const double metric = trials->metric ? trials->metric(trials->self, i, r->by) : 0;
        if (!isnan(metric)) list[(*n)++] = (struct rank){i, rising ? -metric : metric};
    }
    qsort(list, *n, sizeof *list, compare);
    return CLT_OK;
}

static bool has_enough(struct clt_errors *errors, const struct reference *r, size_t ranked)
{
    if (ranked >= r->count) return true;
    clt_errors_add(errors, r->group, NULL,
                   "wants the best %zu of %s, where %zu of %zu members have %s", r->count, r->from,
                   ranked, r->trials->config->members, r->by);
    return false;
}

static const struct clt_settings *value_of(const struct reference *r, size_t member)
{
    return clt_population_value(r->trials->config->settings, r->column, member);
}

/* ---- ranges ---- */

static bool is_number(const struct clt_settings *value)
{
    return value->kind == CLT_SETTING_INTEGER || value->kind == CLT_SETTING_REAL;
}

/* The lowest and the highest of the values that the range spans. */
static void find_ends(const struct clt_settings *ends[2], const struct reference *r,
                      const struct rank *ranks, size_t ranked)
{
    const size_t n = r->trials->metric ? r->count : ranked;
    ends[0] = ends[1] = value_of(r, ranks[0].member);
    for (size_t i = 1; i < n; i++) {
        if (r->trials->metric && r->ends && i + 1 < n) continue;
        const struct clt_settings *value = value_of(r, ranks[i].member);
        if (clt_settings_number(value) < clt_settings_number(ends[0])) ends[0] = value;
        if (clt_settings_number(value) > clt_settings_number(ends[1])) ends[1] = value;
    }
}

static bool are_numbers(struct clt_errors *errors, const struct reference *r)
{
    for (size_t i = 0; i < r->trials->config->members; i++) {
        if (is_number(value_of(r, i))) continue;
        clt_errors_add(errors, r->group, NULL,
                       "spans no range: the values of %s in %s are not numbers", r->key, r->from);
        return false;
    }
    return true;
}

static bool is_range(struct clt_errors *errors, const struct reference *r,
                     const struct clt_settings *const ends[2])
{
    if (clt_settings_number(ends[0]) < clt_settings_number(ends[1])) return true;
    clt_errors_add(errors, r->group, NULL,
                   "spans no range: what it draws from %s has one %s, %g; widen it with a larger "
                   "best, or give (low, high)",
                   r->from, r->key, clt_settings_number(ends[0]));
    return false;
}

/* `list` becomes (low, high). */
static enum clt_status add_range(struct clt_settings *list, const struct reference *r,
                                 struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct rank *ranks = NULL;
    struct clt_settings *copy = NULL;
    const struct clt_settings *ends[2];
    size_t ranked;
    TRY(rank_members(&ranks, &ranked, r));
    if (!has_enough(errors, r, ranked) || !are_numbers(errors, r)) goto done;
    find_ends(ends, r, ranks, ranked);
    if (!is_range(errors, r, ends)) goto done;
    for (int i = 0; i < 2; i++) {
        copy = clt_settings_copy(ends[i]);
        if (!copy) TRY(clt_settings_no_memory());
        TRY(clt_settings_append(list, &copy));
    }
done:
    clt_settings_free(copy);
    free(ranks);
    return st;
}

/* ---- values ---- */

/* References of rows that zip joins and that draw the same members: these differ as a whole. */
struct drawn_block {
    struct reference *reference; /* [count] */
    size_t count;
};

/* *same: whether two members of the source have the same values in all keys of the block. */
static enum clt_status have_same_values(bool *same, const struct drawn_block *block, size_t a,
                                        size_t b)
{
    enum clt_status st = CLT_OK;
    char *x = NULL, *y = NULL;
    *same = true;
    for (size_t i = 0; i < block->count && *same; i++) {
        const struct reference *r = &block->reference[i];
        TRY(clt_config_varied_value(&x, r->trials->config, a, r->column));
        TRY(clt_config_varied_value(&y, r->trials->config, b, r->column));
        *same = strcmp(x, y) == 0;
        free(x);
        free(y);
        x = y = NULL;
    }
done:
    free(x);
    free(y);
    return st;
}

/* Keeps the first of each set of equal members: *n ranks are left. */
static enum clt_status drop_repeated(struct rank *ranks, size_t *n, const struct drawn_block *block)
{
    enum clt_status st = CLT_OK;
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        bool repeated = false;
        for (size_t j = 0; j < kept && !repeated; j++)
            TRY(have_same_values(&repeated, block, ranks[j].member, ranks[i].member));
        if (!repeated) ranks[kept++] = ranks[i];
    }
    *n = kept;
done:
    return st;
}

/* `list` becomes the values of the best. */
static enum clt_status add_values(struct clt_settings *list, const struct reference *r,
                                  const struct drawn_block *block, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct rank *ranks = NULL;
    struct clt_settings *copy = NULL;
    size_t ranked;
    TRY(rank_members(&ranks, &ranked, r));
    if (!has_enough(errors, r, ranked)) goto done;
    TRY(drop_repeated(ranks, &ranked, block));
    if (ranked < r->count) {
        clt_errors_add(errors, r->group, NULL, "wants %zu different values, and %s has %zu",
                       r->count, r->from, ranked);
        goto done;
    }
    for (size_t i = 0; i < r->count; i++) {
        copy = clt_settings_copy(value_of(r, ranks[i].member));
        if (!copy) TRY(clt_settings_no_memory());
        TRY(clt_settings_append(list, &copy));
    }
done:
    clt_settings_free(copy);
    free(ranks);
    return st;
}

/* ---- rows ---- */

/* The references of all rows: [rows], those of other rows zero. NULL when memory is out. */
static struct reference *read_references(const struct clt_settings *population,
                                         const struct clt_sources *sources,
                                         struct clt_errors *errors)
{
    struct reference *list = calloc(population->n_children + 1, sizeof *list);
    for (size_t i = 0; list && i < population->n_children; i++) {
        const struct clt_settings *row = population->child[i], *group = reference_group(row);
        if (!group) continue;
        const struct clt_settings *ends = clt_settings_child(group, "best_to_worst_of");
        const bool best = clt_settings_child(group, "best");
        if (best == (ends != NULL))
            clt_errors_add(errors, group, NULL, "needs %s",
                           best ? "best or best_to_worst_of, not both" : "best = N: how many");
        else if (ends && strcmp(group->name, "values") == 0)
            clt_errors_add(errors, ends, NULL, "gives a range, and values are not one; use best");
        else
            (void)read_reference(&list[i], group, clt_settings_child(row, "key")->text, sources,
                                 errors);
    }
    return list;
}

static bool draw_the_same(const struct reference *a, const struct reference *b)
{
    return a->group && a->trials == b->trials && a->count == b->count &&
           strcmp(a->by, b->by) == 0 && strcmp(a->group->name, b->group->name) == 0;
}

/* The rows joined to row `index` that draw the same members, itself among them; block->reference
 * has room for all rows. */
static void find_block(struct drawn_block *block, const struct reference *references, size_t index,
                       const struct clt_settings *population)
{
    size_t first = index, end = index + 1;
    while (first > 0 && clt_population_is_joined(population->child[first])) first--;
    while (end < population->n_children && clt_population_is_joined(population->child[end])) end++;
    block->count = 0;
    for (size_t i = first; i < end; i++)
        if (draw_the_same(&references[i], &references[index]))
            block->reference[block->count++] = references[i];
}

/* *list: what a reference stands for. */
static enum clt_status draw(struct clt_settings **list, const struct reference *r,
                            const struct drawn_block *block, struct clt_errors *errors)
{
    const struct clt_settings *group = r->group;
    *list = clt_settings_create(CLT_SETTING_LIST, group->name, group->file, group->line);
    if (!*list) return clt_settings_no_memory();
    return strcmp(group->name, "values") == 0 ? add_values(*list, r, block, errors)
                                              : add_range(*list, r, errors);
}

enum clt_status clt_draw_rows(struct clt_settings *population, const struct clt_sources *sources,
                              struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const size_t n = population->n_children, before = errors->count;
    struct reference *references = read_references(population, sources, errors);
    struct drawn_block block = {calloc(n + 1, sizeof *block.reference), 0};
    struct clt_settings **lists = calloc(n + 1, sizeof *lists);
    if (!references || !block.reference || !lists) TRY(clt_settings_no_memory());
    if (errors->count > before) goto done;
    for (size_t i = 0; i < n; i++) {
        if (!references[i].group) continue;
        find_block(&block, references, i, population);
        TRY(draw(&lists[i], &references[i], &block, errors));
    }
    for (size_t i = 0; i < n && errors->count == before; i++)
        if (lists[i]) clt_settings_replace(reference_group(population->child[i]), &lists[i]);
done:
    for (size_t i = 0; lists && i < n; i++) clt_settings_free(lists[i]);
    free(lists);
    free(block.reference);
    free(references);
    return st;
}

/* ---- take ---- */

/* Puts a copy of `value` at the key that a row of `take` names. */
static enum clt_status put_taken(struct clt_settings *root, const struct clt_settings *key,
                                 const struct clt_settings *value, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_errors inner = {0};
    const char *last = strrchr(key->text, '.') ? strrchr(key->text, '.') + 1 : key->text;
    struct clt_settings *copy = clt_settings_copy(value);
    if (!copy || !(copy->name = strdup(last))) TRY(clt_settings_no_memory());
    TRY(clt_settings_put_at(root, key->text, &copy, key->file, &inner));
    if (inner.count > 0)
        clt_errors_add(errors, key, NULL, "%s cannot be set in this stage", key->text);
done:
    clt_errors_free(&inner);
    clt_settings_free(copy);
    return st;
}

enum clt_status clt_draw_taken(struct clt_settings *root, const struct clt_settings *take,
                               const struct clt_sources *sources, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct rank *ranks = NULL;
    for (size_t i = 0; i < take->n_children; i++) {
        const struct clt_settings *row = take->child[i], *key = clt_settings_child(row, "key");
        struct reference r;
        size_t ranked;
        if (!read_reference(&r, row, key->text, sources, errors)) continue;
        TRY(rank_members(&ranks, &ranked, &r));
        if (has_enough(errors, &r, ranked))
            TRY(put_taken(root, key, value_of(&r, ranks[0].member), errors));
        free(ranks);
        ranks = NULL;
    }
done:
    free(ranks);
    return st;
}
