#include "saved_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "run_directory.h"
#include "saved_json.h"

#define LEVEL 0.95 /* of an interval of which run.json says nothing else */

/* Of a folder of the study's own, and none that the path leaves it by. */
static bool is_folder_name(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

/* A stage that has not begun has no run.json. */
static enum clt_status read_stage_run(struct clt_saved_stage *stage)
{
    char *json = clt_path_join(stage->folder, "run.json");
    if (!json) return clt_fail(CLT_E_NOMEM, "%s: out of memory", stage->folder);
    const bool begun = clt_file_exists(json);
    free(json);
    return begun ? clt_saved_run_read(&stage->run, stage->folder) : CLT_OK;
}

static void read_stage(struct clt_saved_json *reader, struct clt_saved_stage *stage,
                       const char *study, const json_t *json)
{
    char *folder = clt_saved_text(reader, json, "folder");
    stage->name = clt_saved_text(reader, json, "name");
    stage->status = clt_saved_text(reader, json, "status");
    stage->members = (size_t)clt_saved_count(reader, json, "members");
    stage->seconds = clt_saved_real(reader, json, "seconds", NAN);
    if (!stage->name || !folder || !is_folder_name(folder))
        clt_saved_complain(reader, "stages", "list of named folders of this one");
    if (reader->st != CLT_OK) goto done;
    stage->folder = clt_path_join(study, folder);
    if (!stage->folder)
        clt_saved_out_of_memory(reader);
    else
        reader->st = read_stage_run(stage);
done:
    free(folder);
}

static void read_stages(struct clt_saved_json *reader, struct clt_saved_study *study,
                        const json_t *json)
{
    const json_t *list = clt_saved_list(reader, json, "stages");
    study->stages = calloc(json_array_size(list) + 1, sizeof *study->stages);
    if (!study->stages) {
        clt_saved_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < json_array_size(list) && reader->st == CLT_OK; i++)
        read_stage(reader, &study->stages[study->n_stages++], study->folder,
                   json_array_get(list, i));
}

static size_t find_stage(struct clt_saved_json *reader, const struct clt_saved_study *study,
                         const json_t *name)
{
    for (size_t i = 0; i < study->n_stages && json_is_string(name); i++)
        if (strcmp(study->stages[i].name, json_string_value(name)) == 0) return i;
    clt_saved_complain(reader, "comparisons", "list about pairs of stages");
    return 0;
}

static double real_at(const json_t *object, const char *key, size_t index)
{
    const json_t *value = json_array_get(json_object_get(object, key), index);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static struct clt_saved_comparison read_comparison(struct clt_saved_json *reader,
                                                   const struct clt_saved_study *study,
                                                   const json_t *json)
{
    const json_t *stages = json_object_get(json, "stages"), *n = json_object_get(json, "n");
    struct clt_saved_comparison out = {
        .difference = clt_saved_real(reader, json, "difference", NAN),
        .low = clt_saved_real(reader, json, "low", NAN),
        .high = clt_saved_real(reader, json, "high", NAN),
        .level = clt_saved_real(reader, json, "level", LEVEL),
        .significant = json_is_true(json_object_get(json, "significant"))};
    for (size_t i = 0; i < 2; i++) {
        out.stage[i] = find_stage(reader, study, json_array_get(stages, i));
        out.n[i] = (size_t)json_integer_value(json_array_get(n, i));
        out.mean[i] = real_at(json, "mean", i);
        out.deviation[i] = real_at(json, "deviation", i);
    }
    out.metric = clt_saved_text(reader, json, "metric");
    if (!out.metric) clt_saved_complain(reader, "comparisons", "list with metrics");
    return out;
}

static void read_comparisons(struct clt_saved_json *reader, struct clt_saved_study *study,
                             const json_t *json)
{
    const json_t *list = clt_saved_find(json, "comparisons");
    study->comparisons = calloc(json_array_size(list) + 1, sizeof *study->comparisons);
    if (!study->comparisons) {
        clt_saved_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < json_array_size(list) && reader->st == CLT_OK; i++)
        study->comparisons[study->n_comparisons++] =
            read_comparison(reader, study, json_array_get(list, i));
}

static void read_device(struct clt_saved_json *reader, struct clt_saved_study *study,
                        const json_t *json)
{
    const json_t *device = clt_saved_find(json, "device");
    study->platform = clt_saved_text(reader, device, "platform");
    study->device = clt_saved_text(reader, device, "name");
    study->driver = clt_saved_text(reader, device, "driver");
}

static enum clt_status read_study(struct clt_saved_study *study, const char *path,
                                  const json_t *json)
{
    struct clt_saved_json reader = {.path = path, .st = CLT_OK};
    study->name = clt_saved_text(&reader, json, "name");
    study->version = clt_saved_text(&reader, json, "version");
    study->status = clt_saved_text(&reader, json, "status");
    study->reason = clt_saved_text(&reader, json, "reason");
    study->ended = clt_saved_text(&reader, json, "ended");
    study->seconds = clt_saved_real(&reader, json, "seconds", NAN);
    read_device(&reader, study, json);
    if (!study->name) clt_saved_complain(&reader, "name", "text");
    if (!study->status) clt_saved_complain(&reader, "status", "text");
    if (reader.st == CLT_OK) read_stages(&reader, study, json);
    if (reader.st == CLT_OK)
        clt_saved_expectations(&study->expectations, &study->n_expectations, &reader, json);
    if (reader.st == CLT_OK) read_comparisons(&reader, study, json);
    return reader.st;
}

enum clt_status clt_saved_study_read(struct clt_saved_study **out, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_study *study = calloc(1, sizeof *study);
    char *path = clt_path_join(folder, "run.json"), *config = clt_path_join(folder, "config.cfg");
    json_t *json = NULL;
    size_t size;
    *out = NULL;
    if (study) study->folder = strdup(folder);
    if (!path || !config || !study || !study->folder) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
        goto done;
    }
    TRY(clt_run_directory_check(folder));
    TRY(clt_saved_json_load(&json, path));
    if (!clt_saved_find(json, "stages")) goto done;
    TRY(read_study(study, path, json));
    TRY(clt_file_read_up_to((uint8_t **)&study->config_text, &size, config, CLT_CONFIG_MOST));
    *out = study;
    study = NULL;
done:
    clt_saved_study_free(study);
    json_decref(json);
    free(path);
    free(config);
    return st;
}

static void stage_free(struct clt_saved_stage *stage)
{
    free(stage->name);
    free(stage->folder);
    free(stage->status);
    clt_saved_run_free(stage->run);
}

void clt_saved_study_free(struct clt_saved_study *study)
{
    if (!study) return;
    char *const texts[] = {study->folder, study->name,       study->version, study->status,
                           study->reason, study->platform,   study->device,  study->driver,
                           study->ended,  study->config_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    for (size_t i = 0; i < study->n_stages; i++) stage_free(&study->stages[i]);
    for (size_t i = 0; i < study->n_comparisons; i++) free(study->comparisons[i].metric);
    clt_saved_expectations_free(study->expectations, study->n_expectations);
    free(study->stages);
    free(study->comparisons);
    free(study);
}
