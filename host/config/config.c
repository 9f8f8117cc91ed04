#include "create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fill.h"
#include "override.h"
#include "parse.h"
#include "population.h"
#include "resolve.h"
#include "write.h"

static void free_names(struct clt_names *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->name[i]);
    free(names->name);
}

void clt_config_free(struct clt_config *config)
{
    if (!config) return;
    free(config->name);
    free(config->device);
    free(config->data.path);
    free_names(&config->data.train);
    free_names(&config->data.validation_files);
    free_names(&config->data.test);
    for (size_t i = 0; i < config->n_layers; i++) free(config->layers[i].where);
    free(config->layers);
    for (size_t i = 0; i < config->n_expect; i++) {
        free(config->expect[i].metric);
        free(config->expect[i].source);
        free(config->expect[i].note);
        free(config->expect[i].tensor);
    }
    free(config->expect);
    free(config->published);
    free_names(&config->varied);
    clt_settings_free(config->settings);
    free(config);
}

/* The keys that the rows of the population name. */
static enum clt_status fill_varied(struct clt_config *config, const struct clt_settings *rows)
{
    struct clt_names *varied = &config->varied;
    varied->name = calloc(rows->n_children + 1, sizeof(char *));
    if (!varied->name) return clt_settings_no_memory();
    for (size_t i = 0; i < rows->n_children; i++) {
        varied->name[i] = strdup(clt_settings_child(rows->child[i], "key")->text);
        if (!varied->name[i]) return clt_settings_no_memory();
        varied->count++;
    }
    return CLT_OK;
}

enum clt_status clt_config_create(struct clt_config **out, struct clt_settings **settings,
                                  size_t stage, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = calloc(1, sizeof *config);
    if (!config) return clt_settings_no_memory();
    struct clt_settings *root = config->settings = *settings;
    *settings = NULL;
    TRY(clt_resolve(root, errors));
    if (errors->count == 0) TRY(clt_population_resolve(root, stage, errors));
    TRY(clt_errors_report(errors));
    TRY(clt_fill(config, clt_schema(), root));
    TRY(clt_fill_layers(config, clt_settings_child(root, "model")));
    TRY(clt_fill_expectations(config, clt_settings_child(root, "expect")));
    TRY(clt_fill_published(config, clt_settings_child(root, "published")));
    TRY(fill_varied(config, clt_settings_child(root, "population")));
    config->members = clt_population_members(root);
    *out = config;
    config = NULL;
done:
    clt_config_free(config);
    return st;
}

enum clt_status clt_settings_add_name(struct clt_settings *root, const char *path)
{
    enum clt_status st = CLT_OK;
    if (clt_settings_child(root, "name")) return CLT_OK;
    const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(file, '.');
    char *stem = strndup(file, dot && dot > file ? (size_t)(dot - file) : strlen(file));
    struct clt_settings *name =
        stem ? clt_settings_create_string(stem, "name", root->file, 0) : NULL;
    free(stem);
    if (!name) return clt_settings_no_memory();
    TRY(clt_settings_append(root, &name));
done:
    clt_settings_free(name);
    return st;
}

enum clt_status clt_config_check_members(const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; config->varied.count > 0 && i < config->members; i++) {
        struct clt_config *member = NULL;
        st = clt_config_member(&member, config, i);
        clt_config_free(member);
        if (st == CLT_E_CONFIG)
            clt_fail(st, "%s (member %zu of population)", clt_error_message(), i);
        TRY(st);
    }
done:
    return st;
}

static enum clt_status refuse_study(const struct clt_settings *root)
{
    struct clt_text place = {0};
    const struct clt_settings *study = clt_settings_child(root, "study");
    if (!study) return CLT_OK;
    clt_settings_add_place(&place, study);
    const enum clt_status st = clt_fail(
        CLT_E_CONFIG,
        "%s: study: is a list of several runs, which only run and check take; give a config "
        "of one run",
        clt_text_shown(&place));
    clt_text_free(&place);
    return st;
}

enum clt_status clt_config_load(struct clt_config **out, const char *path, const char *const *sets,
                                size_t n_sets)
{
    enum clt_status st = CLT_OK;
    struct clt_errors errors = {0};
    struct clt_settings *root = NULL;
    struct clt_config *config = NULL;
    *out = NULL;
    TRY(clt_settings_read(&root, path, &errors));
    TRY(clt_errors_report(&errors));
    for (size_t i = 0; i < n_sets; i++) TRY(clt_settings_override(root, sets[i], &errors));
    TRY(clt_settings_add_name(root, path));
    TRY(refuse_study(root));
    TRY(clt_config_create(&config, &root, 0, &errors));
    TRY(clt_config_check_members(config));
    *out = config;
    config = NULL;
done:
    clt_config_free(config);
    clt_settings_free(root);
    clt_errors_free(&errors);
    return st;
}

enum clt_status clt_config_parse(struct clt_config **out, const char *text, const char *place)
{
    enum clt_status st = CLT_OK;
    struct clt_errors errors = {0};
    struct clt_settings *root = NULL;
    *out = NULL;
    TRY(clt_settings_read_text(&root, text, place, &errors));
    TRY(clt_errors_report(&errors));
    TRY(refuse_study(root));
    TRY(clt_config_create(out, &root, 0, &errors));
done:
    clt_settings_free(root);
    clt_errors_free(&errors);
    return st;
}

enum clt_status clt_config_member(struct clt_config **out, const struct clt_config *config,
                                  size_t index)
{
    enum clt_status st = CLT_OK;
    struct clt_errors errors = {0};
    *out = NULL;
    struct clt_settings *settings = clt_settings_copy(config->settings);
    if (!settings) return clt_settings_no_memory();
    TRY(clt_population_select(settings, index, &errors));
    TRY(clt_errors_report(&errors));
    TRY(clt_config_create(out, &settings, 0, &errors));
done:
    clt_settings_free(settings);
    clt_errors_free(&errors);
    return st;
}

enum clt_status clt_config_select(struct clt_config **out, const struct clt_config *config,
                                  const size_t *members, size_t n)
{
    enum clt_status st = CLT_OK;
    struct clt_errors errors = {0};
    *out = NULL;
    struct clt_settings *settings = clt_settings_copy(config->settings);
    if (!settings) return clt_settings_no_memory();
    TRY(clt_population_keep(settings, members, n));
    TRY(clt_config_create(out, &settings, 0, &errors));
done:
    clt_settings_free(settings);
    clt_errors_free(&errors);
    return st;
}

const char *clt_config_name(const struct clt_config *config)
{
    return config->name;
}

const char *clt_config_device(const struct clt_config *config)
{
    return config->device;
}

size_t clt_config_members(const struct clt_config *config)
{
    return config->members;
}

size_t clt_config_varied_count(const struct clt_config *config)
{
    return config->varied.count;
}

const char *clt_config_varied_name(const struct clt_config *config, size_t key)
{
    return config->varied.name[key];
}

enum clt_status clt_config_varied_value(char **out, const struct clt_config *config, size_t member,
                                        size_t key)
{
    const struct clt_settings *value = clt_population_value(config->settings, key, member);
    struct clt_text text = {0};
    if (value->kind == CLT_SETTING_REAL)
        clt_text_add_shortest(&text, value->real);
    else if (value->kind == CLT_SETTING_INTEGER)
        clt_text_add(&text, "%" PRId64, value->integer);
    else if (value->kind == CLT_SETTING_STRING)
        clt_text_add(&text, "%s", value->text);
    else
        clt_settings_add_line(&text, value);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_settings_no_memory();
}

enum clt_status clt_config_write(char **out, const struct clt_config *config)
{
    struct clt_text text = {0};
    clt_settings_add_all(&text, config->settings, 0);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_settings_no_memory();
}
