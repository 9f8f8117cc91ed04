#include "study.h"

#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "device.h"
#include "expectations.h"
#include "file.h"
#include "measure.h"
#include "parts.h"
#include "record.h"
#include "run.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the study");
}

void clt_study_free(struct clt_study *study)
{
    if (!study) return;
    clt_run_free(study->run);
    for (size_t i = 0; study->stages && i < clt_study_config_count(study->config); i++)
        clt_stage_clear(&study->stages[i]);
    clt_run_directory_close(study->directory);
    clt_device_close(study->own_device);
    clt_study_config_free(study->own_config);
    free(study->stages);
    free(study->records);
    free(study->comparisons);
    free(study->failure);
    free(study);
}

static enum clt_status study_new(struct clt_study **out, struct clt_device *device,
                                 const struct clt_study_config *config)
{
    enum clt_status st = CLT_OK;
    const struct clt_comparison *rows;
    const size_t count = clt_study_config_count(config);
    struct clt_study *study = calloc(1, sizeof *study);
    *out = NULL;
    if (!study) return no_memory();
    study->config = config;
    study->device = device;
    study->stages = calloc(count, sizeof *study->stages);
    study->records = calloc(count, sizeof *study->records);
    study->comparisons =
        calloc(clt_study_config_comparisons(&rows, config) + 1, sizeof *study->comparisons);
    if (!study->stages || !study->records || !study->comparisons) TRY(no_memory());
    if (!device) TRY(clt_device_open(&study->own_device, clt_study_config_device(config)));
    if (!device) study->device = study->own_device;
    study->record = (struct clt_study_record){.name = clt_study_config_name(config),
                                              .has_stages = clt_study_config_has_stages(config),
                                              .stages = study->records,
                                              .comparisons = study->comparisons};
    *out = study;
    study = NULL;
done:
    clt_study_free(study);
    return st;
}

enum clt_status clt_study_create(struct clt_study **out, struct clt_device *device,
                                 const struct clt_study_config *config)
{
    return study_new(out, device, config);
}

/* ---- resuming ---- */

/* A study's config; the stop that it recorded is forgotten. */
static enum clt_status load_config(struct clt_study_config **out, const char *folder)
{
    const char *const sets[] = {"train.stop_at_update=0"};
    char *path = clt_path_join(folder, "config.cfg");
    *out = NULL;
    if (!path) return no_memory();
    const enum clt_status st = clt_study_config_load(out, path, sets, 1);
    free(path);
    return st;
}

static enum clt_status has_parts(bool *out, const char *folder)
{
    struct clt_parts parts;
    const enum clt_status st = clt_parts_read(&parts, folder);
    *out = parts.n_parts > 0;
    clt_parts_free(&parts);
    return st;
}

static enum clt_status check_no_sets(size_t n_sets, const char *folder)
{
    if (n_sets == 0) return CLT_OK;
    return clt_fail(CLT_E_USAGE,
                    "%s: a study, or a population in parts, goes on as it was begun: resume it "
                    "without --set",
                    folder);
}

enum clt_status clt_study_resume(struct clt_study **out, struct clt_device *device,
                                 const char *folder, const struct clt_resume_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_study_config *config = NULL;
    struct clt_study *study = NULL;
    bool parts;
    *out = NULL;
    TRY(clt_run_directory_check(folder));
    TRY(load_config(&config, folder));
    TRY(has_parts(&parts, folder));
    const bool stages = clt_study_config_has_stages(config);
    if (stages || parts) TRY(check_no_sets(options->n_sets, folder));
    TRY(study_new(&study, device, config));
    study->own_config = config;
    config = NULL;
    study->resumed = true;
    study->allow = options->allow;
    if (stages)
        TRY(clt_run_directory_open(&study->directory, folder));
    else if (!parts)
        TRY(clt_run_resume(&study->run, study->device, folder, options));
    else if (!(study->stages[0].folder = strdup(folder)))
        TRY(no_memory());
    *out = study;
    study = NULL;
done:
    clt_study_config_free(config);
    clt_study_free(study);
    return st;
}

/* ---- training ---- */

static double stage_metric(const void *self, size_t member, const char *name)
{
    const struct clt_stage *stage = self;
    return clt_result_metric(&stage->record.members[member], name);
}

/* The config of a stage, by what those before it have found. */
static enum clt_status make_config(struct clt_config **out, const struct clt_study *study,
                                   size_t stage)
{
    struct clt_stage_trials *earlier = calloc(stage + 1, sizeof *earlier);
    *out = NULL;
    if (!earlier) return no_memory();
    for (size_t i = 0; i < stage; i++)
        earlier[i] = (struct clt_stage_trials){study->stages[i].record.config, stage_metric,
                                               &study->stages[i]};
    const enum clt_status st = clt_study_config_stage(out, study->config, stage, earlier);
    free(earlier);
    return st;
}

/* Whether there was one: a stage that failed may have ended before there was anything to tell. */
static bool add_record(struct clt_study *study, size_t index)
{
    const struct clt_stage *stage = &study->stages[index];
    if (!stage->record.config) return false;
    study->records[study->record.n_stages++] = (struct clt_stage_record){
        clt_study_config_stage_name(study->config, index), stage->folder, &stage->record};
    study->record.seconds += stage->record.seconds;
    study->record.status = stage->record.status;
    study->record.reason = stage->record.reason;
    study->record.signal = stage->record.signal;
    return true;
}

static enum clt_status train_stage(struct clt_study *study, size_t index, bool *ended)
{
    enum clt_status st = CLT_OK;
    const struct clt_study_observer *observer = study->observer;
    *ended = false;
    TRY(make_config(&study->stages[index].config, study, index));
    st = clt_stage_train(study, index, ended);
    const bool told = add_record(study, index) && study->record.has_stages && *ended;
    if (told && observer->stage_ended)
        observer->stage_ended(observer->run.self, &study->records[study->record.n_stages - 1]);
done:
    return st;
}

static enum clt_status write_config(const struct clt_study *study)
{
    char *text;
    enum clt_status st = clt_study_config_write(&text, study->config);
    if (st == CLT_OK) st = clt_file_replace_text(clt_study_folder(study), "config.cfg", text);
    free(text);
    return st;
}

/* How the study stands, in its run.json. */
static enum clt_status write_record(struct clt_study *study, enum clt_run_status status,
                                    struct clt_stop why)
{
    study->record.status = status;
    study->record.reason = why.reason;
    study->record.signal = why.signal;
    return clt_study_record_write(study);
}

static enum clt_status compare_stages(struct clt_study *study)
{
    enum clt_status st = CLT_OK;
    const struct clt_comparison *rows;
    const size_t n = clt_study_config_comparisons(&rows, study->config);
    for (size_t i = 0; i < n; i++)
        TRY(clt_comparison_make(&study->comparisons[i], &rows[i], study->records,
                                study->record.n_stages));
    study->record.n_comparisons = n;
done:
    return st;
}

static enum clt_status train_stages(struct clt_study *study)
{
    enum clt_status st = CLT_OK;
    const struct clt_stop going_on = {0};
    bool ended = true;
    TRY(write_record(study, CLT_RUN_RUNNING, going_on));
    for (size_t i = 0; i < clt_study_config_count(study->config) && ended; i++) {
        const char *name = clt_study_config_stage_name(study->config, i);
        study->stages[i].folder = clt_path_join(clt_study_folder(study), name);
        if (!study->stages[i].folder) TRY(no_memory());
        TRY(train_stage(study, i, &ended));
        if (ended) TRY(write_record(study, CLT_RUN_RUNNING, going_on));
    }
    if (ended) TRY(compare_stages(study));
    if (ended)
        TRY(write_record(study, CLT_RUN_DONE, (struct clt_stop){.reason = "all stages are done"}));
    else
        TRY(write_record(study, CLT_RUN_INTERRUPTED, clt_stop_of(&study->observer->run)));
done:
    return st;
}

/* Best effort: what the caller hears is the failure itself. */
static void record_failure(struct clt_study *study, enum clt_status failure)
{
    study->failure = strdup(clt_error_message());
    if (!study->failure) return;
    study->record.failure = failure;
    write_record(study, failure == CLT_E_DIVERGED ? CLT_RUN_DIVERGED : CLT_RUN_FAILED,
                 (struct clt_stop){.reason = study->failure});
    clt_fail(failure, "%s", study->failure);
}

static enum clt_status train_study(struct clt_study *study, const char *folder)
{
    enum clt_status st = CLT_OK;
    const char *name = clt_study_config_name(study->config);
    if (!study->resumed) TRY(clt_run_directory_create_bare(&study->directory, folder, name));
    st = write_config(study); /* of a resumed one, without the stop that it recorded */
    if (st != CLT_OK && !study->resumed) {
        clt_run_directory_discard(study->directory);
        study->directory = NULL;
        return st;
    }
    if (st == CLT_OK) st = train_stages(study);
    if (st != CLT_OK) record_failure(study, st);
done:
    return st;
}

enum clt_status clt_study_train(struct clt_study *study, const char *folder,
                                const struct clt_study_observer *observer)
{
    bool ended;
    if (study->trained)
        return clt_fail(CLT_E_USAGE, "%s: this study has been trained; create or resume another",
                        study->record.name);
    study->trained = true;
    study->observer = observer;
    if (study->record.has_stages) return train_study(study, folder);
    if (!study->resumed && folder && !(study->stages[0].folder = strdup(folder)))
        return no_memory();
    return train_stage(study, 0, &ended);
}

/* ---- getters ---- */

const char *clt_study_folder(const struct clt_study *study)
{
    if (study->directory) return clt_run_directory_path(study->directory);
    return study->record.n_stages ? study->stages[0].folder : NULL;
}

const struct clt_study_record *clt_study_record_of(const struct clt_study *study)
{
    return &study->record;
}

const struct clt_run *clt_study_run(const struct clt_study *study)
{
    return study->run;
}

enum clt_status clt_study_json(char **out, const struct clt_study *study)
{
    uint8_t *bytes = NULL;
    size_t size;
    char *path = clt_path_join(clt_study_folder(study), "run.json");
    *out = NULL;
    if (!path) return no_memory();
    const enum clt_status st = clt_file_read(&bytes, &size, path);
    if (st == CLT_OK) *out = (char *)bytes;
    free(path);
    return st;
}
