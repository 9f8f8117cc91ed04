/* record.c - run.json of a study with stages. */
#include <jansson.h>
#include <stdlib.h>

#include "exit_code.h"
#include "file.h"
#include "json.h"
#include "record_json.h"
#include "study.h"

int clt_study_exit_code(const struct clt_study_record *record)
{
    int worst = CLT_EXIT_OK;
    if (record->status == CLT_RUN_DIVERGED) return CLT_EXIT_DIVERGED;
    if (record->status == CLT_RUN_FAILED) return clt_exit_code(record->failure);
    if (record->status == CLT_RUN_INTERRUPTED && record->signal)
        return CLT_EXIT_SIGNAL + record->signal;
    for (size_t s = 0; s < record->n_stages; s++) {
        const int code = clt_run_exit_code(record->stages[s].run);
        if (code > worst) worst = code;
    }
    return worst;
}

/* Each of these gives NULL where memory is out, and json_pack() passes it on. */

static json_t *stage_json(const struct clt_stage_record *stage)
{
    const struct clt_run_record *run = stage->run;
    return json_pack("{s:o,s:o,s:s,s:I,s:o}", "name", clt_json_string(stage->name), "folder",
                     clt_json_string(stage->name), "status", clt_run_status_name(run->status),
                     "members", (json_int_t)clt_config_members(run->config), "seconds",
                     clt_json_real(run->seconds));
}

static json_t *stages_json(const struct clt_study_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->n_stages; i++)
        list = clt_json_append(list, stage_json(&record->stages[i]));
    return list;
}

static json_t *expectations_json(const struct clt_study_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->n_stages; i++) {
        const struct clt_stage_record *stage = &record->stages[i];
        for (size_t e = 0; e < stage->run->n_expectations; e++) {
            json_t *row = clt_expectation_json(&stage->run->expectations[e]);
            row = clt_json_set(row, "stage", clt_json_string(stage->name));
            list = clt_json_append(list, row);
        }
    }
    return list;
}

static json_t *pair(json_t *first, json_t *second)
{
    return json_pack("[o,o]", first, second);
}

static json_t *comparison_json(const struct clt_comparison_result *c)
{
    json_t *json = json_object();
    json = clt_json_set(json, "stages",
                        pair(clt_json_string(c->stages[0]), clt_json_string(c->stages[1])));
    json = clt_json_set(json, "metric", clt_json_string(c->metric));
    json = clt_json_set(json, "n",
                        pair(json_integer((json_int_t)c->n[0]), json_integer((json_int_t)c->n[1])));
    json = clt_json_set(json, "mean", pair(clt_json_real(c->mean[0]), clt_json_real(c->mean[1])));
    json = clt_json_set(json, "deviation",
                        pair(clt_json_real(c->deviation[0]), clt_json_real(c->deviation[1])));
    json = clt_json_set(json, "difference", clt_json_real(c->difference));
    json = clt_json_set(json, "low", clt_json_real(c->low));
    json = clt_json_set(json, "high", clt_json_real(c->high));
    json = clt_json_set(json, "level", clt_json_real(c->level));
    return clt_json_set(json, "significant", json_boolean(c->significant));
}

static json_t *comparisons_json(const struct clt_study_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->n_comparisons; i++)
        list = clt_json_append(list, comparison_json(&record->comparisons[i]));
    return list;
}

static json_t *device_json(const struct clt_study_record *record)
{
    if (record->n_stages == 0) return json_null();
    const struct clt_run_record *run = record->stages[0].run;
    return clt_device_json(run);
}

static json_t *study_json(const struct clt_study_record *record)
{
    return json_pack("{s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "name",
                     clt_json_string(record->name), "version", CLTRAIN_VERSION, "status",
                     clt_run_status_name(record->status), "reason",
                     record->reason ? clt_json_string(record->reason) : json_null(), "exit_code",
                     clt_exit_code_json(record->status, clt_study_exit_code(record)), "signal",
                     clt_signal_json(record->signal), "device", device_json(record), "seconds",
                     clt_json_real(record->seconds), "ended",
                     clt_time_json(record->status == CLT_RUN_RUNNING ? 0 : time(NULL)), "stages",
                     stages_json(record), "expectations", expectations_json(record), "comparisons",
                     comparisons_json(record));
}

enum clt_status clt_study_record_write(const struct clt_study *study)
{
    char *text;
    json_t *json = study_json(&study->record);
    enum clt_status st = clt_json_write(&text, json);
    if (st == CLT_OK) st = clt_file_replace_text(clt_study_folder(study), "run.json", text);
    json_decref(json);
    free(text);
    return st;
}
