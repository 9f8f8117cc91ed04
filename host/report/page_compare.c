/* page_compare.c - the page that compares runs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "page.h"
#include "settings.h"
#include "write.h"

/* ---- results ---- */

static double accuracy(const struct clt_measure *measure)
{
    return measure->made ? measure->accuracy : NAN;
}

static void add_expectations(struct clt_text *out, const struct clt_saved_run *run)
{
    size_t met = 0;
    char text[64] = "-";
    for (size_t i = 0; i < run->n_expectations; i++) met += run->expectations[i].met;
    if (run->n_expectations)
        snprintf(text, sizeof text, "%zu of %zu met", met, run->n_expectations);
    clt_page_add(out, "td", met < run->n_expectations ? "missed" : "", text);
}

static enum clt_status add_result(struct clt_text *out, const struct clt_saved_run *run)
{
    const struct clt_member_result *best = &run->results[run->best];
    char *member = clt_saved_run_label(run, run->best);
    if (!member) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    clt_text_add(out, "<tr>\n");
    clt_page_add(out, "td", "text", run->name);
    clt_page_add(out, "td", "text", run->status);
    clt_page_add(out, "td", "text", run->members > 1 ? member : "");
    clt_page_add_percent(out, accuracy(&best->train));
    clt_page_add_percent(out, accuracy(&best->validation));
    clt_page_add_percent(out, accuracy(&best->test));
    clt_page_add_real(out, best->test.loss, 5);
    clt_text_add(out, "<td>%" PRIu64 "</td>\n", run->updates);
    clt_page_add_real(out, run->seconds, 4);
    add_expectations(out, run);
    clt_page_add(out, "td", "text long", run->device);
    clt_page_add(out, "td", "text", run->folder);
    clt_text_add(out, "</tr>\n");
    free(member);
    return CLT_OK;
}

static enum clt_status add_results(struct clt_text *out, struct clt_saved_run *const *runs,
                                   size_t n_runs)
{
    enum clt_status st = CLT_OK;
    clt_text_add(out, "<section>\n<h2>Results</h2>\n<div class=\"wide\">\n<table>\n<thead>\n<tr>\n"
                      "<th class=\"text\">run</th>\n<th class=\"text\">status</th>\n"
                      "<th class=\"text\">best member</th>\n<th>training</th>\n"
                      "<th>validation</th>\n<th>test</th>\n<th>test loss</th>\n<th>updates</th>\n"
                      "<th>seconds</th>\n<th>expectations</th>\n<th class=\"text\">device</th>\n"
                      "<th class=\"text\">run directory</th>\n</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < n_runs; i++) TRY(add_result(out, runs[i]));
    clt_text_add(out, "</tbody>\n</table>\n</div>\n</section>\n");
done:
    return st;
}

/* ---- configs ---- */

struct keys { /* paths of values, each once, in the order in which they are met */
    char **path;
    size_t count, capacity;
};

static void keys_free(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) free(keys->path[i]);
    free(keys->path);
}

/* Takes `path` over. */
static enum clt_status add_key(struct keys *keys, char *path)
{
    for (size_t i = 0; path && i < keys->count; i++)
        if (strcmp(keys->path[i], path) == 0) {
            free(path);
            return CLT_OK;
        }
    if (path && keys->count == keys->capacity) {
        const size_t capacity = 2 * keys->capacity + 32;
        char **list = realloc(keys->path, capacity * sizeof *list);
        if (list) {
            keys->path = list;
            keys->capacity = capacity;
        }
    }
    if (!path || keys->count == keys->capacity) {
        free(path);
        return clt_fail(CLT_E_NOMEM, "no memory for a report");
    }
    keys->path[keys->count++] = path;
    return CLT_OK;
}

/* A list of groups is taken apart as a group is, one of plain values is a value. */
static bool is_value(const struct clt_settings *settings)
{
    if (settings->kind == CLT_SETTING_LIST)
        return settings->n_children == 0 || settings->child[0]->kind != CLT_SETTING_GROUP;
    return settings->kind != CLT_SETTING_GROUP;
}

static enum clt_status collect(struct keys *keys, const struct clt_settings *settings)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < settings->n_children; i++) {
        const struct clt_settings *child = settings->child[i];
        struct clt_text path = {0};
        if (!is_value(child)) {
            TRY(collect(keys, child));
            continue;
        }
        clt_settings_add_path(&path, child);
        TRY(add_key(keys, clt_text_take(&path)));
    }
done:
    return st;
}

/* The value at `path`, "" where the config has none. The caller frees *out. */
static enum clt_status value_at(char **out, const struct clt_saved_run *run, const char *path)
{
    struct clt_text text = {0};
    const struct clt_settings *value = clt_settings_find(run->config->settings, path);
    if (value && is_value(value)) clt_settings_add_value(&text, value, 0);
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "no memory for a report");
}

/* Adds a row where not all runs have the same value. */
static enum clt_status add_difference(struct clt_text *out, struct clt_saved_run *const *runs,
                                      size_t n_runs, const char *path, size_t *n_rows)
{
    enum clt_status st = CLT_OK;
    struct clt_text row = {0};
    char *first = NULL, *value = NULL;
    bool differs = false;
    TRY(value_at(&first, runs[0], path));
    clt_text_add(&row, "<tr>\n");
    clt_page_add(&row, "td", "text", path);
    for (size_t i = 0; i < n_runs; i++) {
        TRY(value_at(&value, runs[i], path));
        differs = differs || strcmp(first, value) != 0;
        clt_page_add(&row, "td", "text long", *value ? value : "-");
        free(value);
        value = NULL;
    }
    clt_text_add(&row, "</tr>\n");
    if (row.failed) st = clt_fail(CLT_E_NOMEM, "no memory for a report");
    if (!differs || st != CLT_OK) goto done;
    clt_text_add_bytes(out, row.bytes, row.length);
    (*n_rows)++;
done:
    clt_text_free(&row);
    free(first);
    free(value);
    return st;
}

static enum clt_status add_differences(struct clt_text *out, struct clt_saved_run *const *runs,
                                       size_t n_runs)
{
    enum clt_status st = CLT_OK;
    struct keys keys = {0};
    size_t n_rows = 0;
    for (size_t i = 0; i < n_runs; i++) TRY(collect(&keys, runs[i]->config->settings));
    clt_text_add(out,
                 "<section>\n<h2>Where the configs differ</h2>\n<div class=\"wide\">\n<table>\n"
                 "<thead>\n<tr>\n<th class=\"text\">key</th>\n");
    for (size_t i = 0; i < n_runs; i++) clt_page_add(out, "th", "text", runs[i]->name);
    clt_text_add(out, "</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < keys.count; i++)
        TRY(add_difference(out, runs, n_runs, keys.path[i], &n_rows));
    if (n_rows == 0)
        clt_text_add(out, "<tr>\n<td class=\"text\" colspan=\"%zu\">nowhere</td>\n</tr>\n",
                     n_runs + 1);
    clt_text_add(out, "</tbody>\n</table>\n</div>\n</section>\n");
done:
    keys_free(&keys);
    return st;
}

enum clt_status clt_page_of_runs(char **out, struct clt_saved_run *const *runs, size_t n_runs,
                                 const struct clt_figures *curves)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    char title[64];
    *out = NULL;
    snprintf(title, sizeof title, "Comparison of %zu runs", n_runs);
    clt_page_begin(&text, title);
    clt_text_add(&text, "<header>\n");
    clt_page_add(&text, "h1", "", title);
    clt_text_add(&text, "</header>\n");
    TRY(add_results(&text, runs, n_runs));
    clt_page_add_figures(&text, "Training", "figures", curves);
    TRY(add_differences(&text, runs, n_runs));
    clt_page_end(&text);
    *out = clt_text_take(&text);
    if (!*out) st = clt_fail(CLT_E_NOMEM, "no memory for a report");
done:
    clt_text_free(&text);
    return st;
}
