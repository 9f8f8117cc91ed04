#include "study_config.h"

#include <stdlib.h>
#include <string.h>

#include "create.h"
#include "draw.h"
#include "fill.h"
#include "override.h"
#include "parse.h"
#include "resolve.h"
#include "write.h"

struct stage {
    const char *name;              /* the row's, or "" */
    struct clt_settings *take;     /* of the study's settings; NULL where there is none */
    struct clt_settings *settings; /* resolved; what it draws still stands as references, and what
                                      it takes has a value that stands in for it */
};

struct clt_study_config {
    char *name;
    struct clt_settings *root; /* name, study, compare: what is not of a stage */
    bool has_stages;
    struct stage *stages;
    const char **names; /* [count] of the stages */
    size_t count;
    struct clt_comparison *comparisons;
    size_t n_comparisons;
};

void clt_study_config_free(struct clt_study_config *study)
{
    if (!study) return;
    for (size_t i = 0; study->stages && i < study->count; i++)
        clt_settings_free(study->stages[i].settings);
    for (size_t i = 0; i < study->n_comparisons; i++) {
        free(study->comparisons[i].stages[0]);
        free(study->comparisons[i].stages[1]);
        free(study->comparisons[i].metric);
    }
    free(study->comparisons);
    free(study->stages);
    free(study->names);
    clt_settings_free(study->root);
    free(study->name);
    free(study);
}

/* ---- sets ---- */

/* Whether a set is for the study as a whole: its path starts with name, study or compare. */
static bool is_of_study(const char *set)
{
    static const char *const names[] = {"name", "study", "compare"};
    const size_t length = strcspn(set, ".[=");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], set, length) == 0) return true;
    return false;
}

struct sets {
    const char *const *text;
    size_t count;
};

static enum clt_status apply_sets(struct clt_settings *settings, const struct sets *sets,
                                  bool of_study, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < sets->count; i++)
        if (is_of_study(sets->text[i]) == of_study)
            TRY(clt_settings_override(settings, sets->text[i], errors));
done:
    return st;
}

/* ---- stages ---- */

/* Puts a copy of `setting`, where there is one, in place of the group's. */
static enum clt_status put_copy(struct clt_settings *group, const struct clt_settings *setting)
{
    struct clt_settings *copy = setting ? clt_settings_copy(setting) : NULL;
    if (!setting) return CLT_OK;
    const enum clt_status st = copy ? clt_settings_put(group, &copy) : clt_settings_no_memory();
    clt_settings_free(copy);
    return st;
}

static enum clt_status put_name(struct clt_settings *group, const char *name,
                                const struct clt_settings *place)
{
    struct clt_settings *setting =
        clt_settings_create_string(name, "name", place->file, place->line);
    const enum clt_status st =
        setting ? clt_settings_put(group, &setting) : clt_settings_no_memory();
    clt_settings_free(setting);
    return st;
}

/* STUDY-STAGE */
static enum clt_status put_stage_name(struct clt_settings *settings, const char *study,
                                      const struct clt_settings *stage)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s-%s", study, stage->text);
    const enum clt_status st =
        text.failed ? clt_settings_no_memory() : put_name(settings, text.bytes, stage);
    clt_text_free(&text);
    return st;
}

static void check_set(struct clt_errors *errors, const struct clt_settings *set)
{
    static const char *const foreign[] = {"base", "name", "study", "compare"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        const struct clt_settings *found = clt_settings_child(set, foreign[i]);
        if (found) clt_errors_add(errors, found, NULL, "is of the study, not of a stage");
    }
}

/* *out: the settings of the stage that `row` describes, merged. */
static enum clt_status merge_stage(struct clt_settings **out, const struct clt_study_config *study,
                                   const struct clt_settings *config,
                                   const struct clt_settings *row, const struct sets *sets,
                                   struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *set = clt_settings_child(row, "set");
    struct clt_settings *over = NULL, *merged = clt_settings_copy(config);
    if (!merged) return clt_settings_no_memory();
    if (set) {
        check_set(errors, set);
        over = clt_settings_copy(set);
        if (!over) TRY(clt_settings_no_memory());
        TRY(clt_settings_merge(merged, over));
    }
    TRY(put_copy(merged, clt_settings_child(row, "population")));
    TRY(put_copy(merged, clt_settings_child(row, "expect")));
    TRY(put_copy(merged, clt_settings_child(row, "published")));
    TRY(apply_sets(merged, sets, false, errors));
    TRY(put_stage_name(merged, study->name, clt_settings_child(row, "name")));
    *out = merged;
    merged = NULL;
done:
    clt_settings_free(over);
    clt_settings_free(merged);
    return st;
}

static struct clt_sources sources_of(const struct clt_study_config *study, size_t stage,
                                     const struct clt_stage_trials *earlier)
{
    return (struct clt_sources){study->names, study->count, stage, earlier};
}

/* *out: a stage's config, with what it draws put into a copy of `settings`. */
static enum clt_status create_stage(struct clt_config **out, const struct clt_settings *settings,
                                    const struct clt_study_config *study,
                                    const struct clt_sources *sources, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    const struct stage *stage = &study->stages[sources->stage];
    struct clt_config *config = NULL;
    struct clt_settings *own = clt_settings_copy(settings);
    if (!own) return clt_settings_no_memory();
    struct clt_settings *rows = clt_settings_child(own, "population");
    if (rows) TRY(clt_draw_rows(rows, sources, errors));
    if (stage->take) TRY(clt_draw_taken(own, stage->take, sources, errors));
    TRY(clt_errors_report(errors));
    TRY(clt_config_create(&config, &own, sources->stage, errors));
    TRY(clt_config_check_members(config));
    *out = config;
    config = NULL;
done:
    clt_config_free(config);
    clt_settings_free(own);
    return st;
}

/* *out: the settings of `config`, in which rows that draw stand as in `merged`. */
static enum clt_status keep_references(struct clt_settings **out, const struct clt_config *config,
                                       const struct clt_settings *merged)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *kept = clt_settings_copy(config->settings), *row = NULL;
    const struct clt_settings *drawn = clt_settings_child(merged, "population");
    if (!kept) return clt_settings_no_memory();
    struct clt_settings *rows = clt_settings_child(kept, "population");
    for (size_t i = 0; drawn && i < drawn->n_children; i++) {
        if (!clt_row_is_drawn(drawn->child[i])) continue;
        row = clt_settings_copy(drawn->child[i]);
        if (!row) TRY(clt_settings_no_memory());
        clt_settings_replace(rows->child[i], &row);
    }
    *out = kept;
    kept = NULL;
done:
    clt_settings_free(row);
    clt_settings_free(kept);
    return st;
}

/* Fills stage `index` from the row that describes it. trials: of the stages before, which have not
 * run; that of this one is added. */
static enum clt_status load_stage(struct clt_study_config *study, size_t index,
                                  const struct clt_settings *config, const struct sets *sets,
                                  struct clt_stage_trials *trials, struct clt_config **stand_in)
{
    enum clt_status st = CLT_OK;
    struct clt_errors errors = {0};
    struct clt_settings *merged = NULL;
    const struct clt_settings *row = clt_settings_child(study->root, "study")->child[index];
    const struct clt_sources sources = sources_of(study, index, trials);
    TRY(merge_stage(&merged, study, config, row, sets, &errors));
    struct clt_settings *rows = clt_settings_child(merged, "population");
    if (rows) TRY(clt_resolve_value(rows, clt_schema_key(clt_schema(), "population"), &errors));
    TRY(clt_errors_report(&errors));
    TRY(create_stage(stand_in, merged, study, &sources, &errors));
    TRY(keep_references(&study->stages[index].settings, *stand_in, merged));
    trials[index] = (struct clt_stage_trials){.config = *stand_in};
done:
    clt_settings_free(merged);
    clt_errors_free(&errors);
    if (st == CLT_E_CONFIG || st == CLT_E_USAGE)
        clt_fail(st, "%s (stage %s)", clt_error_message(), study->names[index]);
    return st;
}

/* Fills every stage; `config` is the file's settings without those of the study. */
static enum clt_status load_stages(struct clt_study_config *study,
                                   const struct clt_settings *config, const struct sets *sets)
{
    enum clt_status st = CLT_OK;
    struct clt_config **stand_ins = calloc(study->count, sizeof(struct clt_config *));
    struct clt_stage_trials *trials = calloc(study->count, sizeof *trials);
    if (!stand_ins || !trials) TRY(clt_settings_no_memory());
    for (size_t i = 0; i < study->count; i++)
        TRY(load_stage(study, i, config, sets, trials, &stand_ins[i]));
done:
    for (size_t i = 0; stand_ins && i < study->count; i++) clt_config_free(stand_ins[i]);
    free(stand_ins);
    free(trials);
    return st;
}

static enum clt_status create_stages(struct clt_study_config *study, size_t count)
{
    study->count = count;
    study->stages = calloc(count, sizeof *study->stages);
    study->names = calloc(count, sizeof(char *));
    return study->stages && study->names ? CLT_OK : clt_settings_no_memory();
}

/* ---- comparisons ---- */

static void check_comparison(struct clt_errors *errors, const struct clt_settings *row,
                             const struct clt_study_config *study)
{
    const struct clt_settings *stages = clt_settings_child(row, "stages");
    if (stages->n_children != 2) {
        clt_errors_add(errors, stages, NULL, "must name two stages, has %zu", stages->n_children);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        size_t stage = 0;
        while (stage < study->count && strcmp(study->names[stage], stages->child[i]->text) != 0)
            stage++;
        if (stage == study->count)
            clt_errors_add(errors, stages->child[i], NULL, "%s is not a stage of this study",
                           stages->child[i]->text);
    }
    if (strcmp(stages->child[0]->text, stages->child[1]->text) == 0)
        clt_errors_add(errors, stages, NULL, "must name two different stages");
}

static enum clt_status fill_comparisons(struct clt_study_config *study,
                                        const struct clt_settings *rows)
{
    enum clt_status st = CLT_OK;
    study->comparisons = calloc(rows->n_children + 1, sizeof *study->comparisons);
    if (!study->comparisons) return clt_settings_no_memory();
    for (size_t i = 0; i < rows->n_children; i++) {
        struct clt_comparison *comparison = &study->comparisons[study->n_comparisons++];
        const struct clt_settings *stages = clt_settings_child(rows->child[i], "stages");
        for (size_t k = 0; k < 2; k++)
            if (!(comparison->stages[k] = strdup(stages->child[k]->text)))
                TRY(clt_settings_no_memory());
        TRY(clt_fill(comparison, clt_schema_comparison(), rows->child[i]));
    }
done:
    return st;
}

/* ---- the whole ---- */

/* Moves the setting `name` of `from`, where there is one, to `to`. */
static enum clt_status move(struct clt_settings *to, struct clt_settings *from, const char *name)
{
    enum clt_status st = CLT_OK;
    TRY(put_copy(to, clt_settings_child(from, name)));
    clt_settings_remove(clt_settings_child(from, name));
done:
    return st;
}

/* Checks what belongs to the study as a whole, and knows its stages' names then. */
static enum clt_status resolve_root(struct clt_study_config *study, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    TRY(clt_resolve_group(study->root, clt_schema_study(), errors));
    TRY(clt_errors_report(errors));
    const struct clt_settings *rows = clt_settings_child(study->root, "study");
    const struct clt_settings *compare = clt_settings_child(study->root, "compare");
    TRY(create_stages(study, rows->n_children));
    for (size_t i = 0; i < study->count; i++) {
        study->stages[i].name = study->names[i] = clt_settings_child(rows->child[i], "name")->text;
        study->stages[i].take = clt_settings_child(rows->child[i], "take");
    }
    for (size_t i = 0; i < compare->n_children; i++)
        check_comparison(errors, compare->child[i], study);
    TRY(clt_errors_report(errors));
    TRY(fill_comparisons(study, compare));
done:
    return st;
}

/* A config without stages: the one that clt_config_load() gives. */
static enum clt_status fill_plain(struct clt_study_config *study, struct clt_settings **settings,
                                  struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    TRY(create_stages(study, 1));
    study->stages[0].name = study->names[0] = "";
    TRY(clt_config_create(&config, settings, 0, errors));
    TRY(clt_config_check_members(config));
    study->stages[0].settings = config->settings;
    config->settings = NULL;
done:
    clt_config_free(config);
    return st;
}

/* Takes `*settings`, merged, over. */
static enum clt_status create(struct clt_study_config **out, struct clt_settings **settings,
                              const struct sets *sets, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *config = *settings;
    struct clt_study_config *study = calloc(1, sizeof *study);
    if (!study) return clt_settings_no_memory();
    TRY(apply_sets(config, sets, true, errors));
    study->has_stages = clt_settings_child(config, "study");
    if (!study->has_stages) TRY(apply_sets(config, sets, false, errors));
    TRY(clt_errors_report(errors));
    const struct clt_settings *name = clt_settings_child(config, "name");
    study->name = strdup(name && name->kind == CLT_SETTING_STRING ? name->text : "");
    study->root = clt_settings_create(CLT_SETTING_GROUP, NULL, config->file, config->line);
    if (!study->name || !study->root) TRY(clt_settings_no_memory());
    if (study->has_stages) {
        TRY(move(study->root, config, "study"));
        TRY(move(study->root, config, "compare"));
        TRY(resolve_root(study, errors));
        TRY(load_stages(study, config, sets));
    } else {
        TRY(fill_plain(study, settings, errors));
    }
    *out = study;
    study = NULL;
done:
    clt_study_config_free(study);
    return st;
}

enum clt_status clt_study_config_load(struct clt_study_config **out, const char *path,
                                      const char *const *sets, size_t n_sets)
{
    enum clt_status st = CLT_OK;
    const struct sets all = {sets, n_sets};
    struct clt_errors errors = {0};
    struct clt_settings *settings = NULL;
    *out = NULL;
    TRY(clt_settings_read(&settings, path, &errors));
    TRY(clt_errors_report(&errors));
    TRY(clt_settings_add_name(settings, path));
    TRY(create(out, &settings, &all, &errors));
done:
    clt_settings_free(settings);
    clt_errors_free(&errors);
    return st;
}

enum clt_status clt_study_config_load_member(struct clt_study_config **out, const char *path,
                                             const char *const *sets, size_t n_sets, size_t member)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL, *solo = NULL;
    char *text = NULL;
    *out = NULL;
    TRY(clt_config_load(&config, path, sets, n_sets));
    if (member >= config->members)
        TRY(clt_fail(CLT_E_USAGE, "%s has %zu members, numbered from 0; there is no %zu", path,
                     config->members, member));
    TRY(clt_config_member(&solo, config, member));
    TRY(clt_config_write(&text, solo));
    TRY(clt_study_config_parse(out, text, path));
done:
    clt_config_free(config);
    clt_config_free(solo);
    free(text);
    return st;
}

enum clt_status clt_study_config_parse(struct clt_study_config **out, const char *text,
                                       const char *place)
{
    enum clt_status st = CLT_OK;
    const struct sets none = {NULL, 0};
    struct clt_errors errors = {0};
    struct clt_settings *settings = NULL;
    *out = NULL;
    TRY(clt_settings_read_text(&settings, text, place, &errors));
    TRY(clt_errors_report(&errors));
    TRY(create(out, &settings, &none, &errors));
done:
    clt_settings_free(settings);
    clt_errors_free(&errors);
    return st;
}

const char *clt_study_config_name(const struct clt_study_config *study)
{
    return study->name;
}

const char *clt_study_config_device(const struct clt_study_config *study)
{
    return clt_settings_child(study->stages[0].settings, "device")->text;
}

bool clt_study_config_has_stages(const struct clt_study_config *study)
{
    return study->has_stages;
}

size_t clt_study_config_count(const struct clt_study_config *study)
{
    return study->count;
}

const char *clt_study_config_stage_name(const struct clt_study_config *study, size_t stage)
{
    return study->stages[stage].name;
}

size_t clt_study_config_comparisons(const struct clt_comparison **out,
                                    const struct clt_study_config *study)
{
    *out = study->comparisons;
    return study->n_comparisons;
}

enum clt_status clt_study_config_stage(struct clt_config **out,
                                       const struct clt_study_config *study, size_t stage,
                                       const struct clt_stage_trials *earlier)
{
    struct clt_errors errors = {0};
    const struct clt_sources sources = sources_of(study, stage, earlier);
    *out = NULL;
    const enum clt_status st =
        create_stage(out, study->stages[stage].settings, study, &sources, &errors);
    clt_errors_free(&errors);
    if (st == CLT_E_CONFIG && study->has_stages)
        clt_fail(st, "%s (stage %s)", clt_error_message(), study->names[stage]);
    return st;
}

/* ---- writing ---- */

/* Takes the stage's own lists and what it takes out of its settings: the rest is its `set`. */
static enum clt_status add_set(struct clt_settings *row, const struct stage *stage)
{
    enum clt_status st = CLT_OK;
    static const char *const own[] = {"population", "expect", "published"};
    struct clt_settings *set = clt_settings_copy(stage->settings);
    if (!set || !(set->name = strdup("set"))) TRY(clt_settings_no_memory());
    clt_settings_remove(clt_settings_child(set, "name"));
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) TRY(move(row, set, own[i]));
    TRY(put_copy(row, stage->take));
    for (size_t i = 0; stage->take && i < stage->take->n_children; i++)
        clt_settings_remove(
            clt_settings_find(set, clt_settings_child(stage->take->child[i], "key")->text));
    TRY(clt_settings_append(row, &set));
done:
    clt_settings_free(set);
    return st;
}

/* *out: the list `study`, every stage whole. */
static enum clt_status describe_stages(struct clt_settings **out,
                                       const struct clt_study_config *study)
{
    enum clt_status st = CLT_OK;
    const struct clt_settings *rows = clt_settings_child(study->root, "study");
    struct clt_settings *row = NULL;
    struct clt_settings *list =
        clt_settings_create(CLT_SETTING_LIST, rows->name, rows->file, rows->line);
    if (!list) return clt_settings_no_memory();
    for (size_t i = 0; i < study->count; i++) {
        row = clt_settings_create(CLT_SETTING_GROUP, NULL, rows->file, rows->line);
        if (!row) TRY(clt_settings_no_memory());
        TRY(put_name(row, study->names[i], rows));
        TRY(add_set(row, &study->stages[i]));
        TRY(clt_settings_append(list, &row));
    }
    *out = list;
    list = NULL;
done:
    clt_settings_free(row);
    clt_settings_free(list);
    return st;
}

static enum clt_status add_study(struct clt_text *text, const struct clt_study_config *study)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *stages = NULL;
    struct clt_settings *root =
        clt_settings_create(CLT_SETTING_GROUP, NULL, study->root->file, study->root->line);
    if (!root) return clt_settings_no_memory();
    TRY(put_name(root, study->name, study->root));
    TRY(describe_stages(&stages, study));
    TRY(clt_settings_append(root, &stages));
    TRY(put_copy(root, clt_settings_child(study->root, "compare")));
    clt_settings_add_all(text, root, 0);
done:
    clt_settings_free(stages);
    clt_settings_free(root);
    return st;
}

enum clt_status clt_study_config_write(char **out, const struct clt_study_config *study)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    *out = NULL;
    if (study->has_stages)
        TRY(add_study(&text, study));
    else
        clt_settings_add_all(&text, study->stages[0].settings, 0);
    *out = clt_text_take(&text);
    if (!*out) st = clt_settings_no_memory();
done:
    clt_text_free(&text);
    return st;
}
