/* stage.c - one config trained in its run directory, at once or in parts. */
#include <stdlib.h>
#include <string.h>

#include "combine.h"
#include "conditions.h"
#include "division.h"
#include "file.h"
#include "part_observer.h"
#include "run.h"
#include "study.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the study");
}

/* ---- as it stands on disk ---- */

void clt_stage_clear(struct clt_stage *stage)
{
    clt_saved_run_free(stage->saved);
    clt_config_free(stage->config);
    free(stage->expectations);
    free(stage->folder);
    *stage = (struct clt_stage){0};
}

static void fill_record(struct clt_stage *stage)
{
    const struct clt_saved_run *saved = stage->saved;
    for (size_t i = 0; i < saved->n_expectations; i++)
        stage->expectations[i] =
            (struct clt_expectation_result){.expectation = &saved->config->expect[i],
                                            .member = saved->expectations[i].member,
                                            .measured = saved->expectations[i].measured,
                                            .met = saved->expectations[i].met};
    stage->record = (struct clt_run_record){.config = saved->config,
                                            .status = clt_run_status_of(saved->status),
                                            .reason = saved->reason,
                                            .signal = saved->signal,
                                            .platform = saved->platform,
                                            .device = saved->device,
                                            .driver = saved->driver,
                                            .gemm_backend = saved->gemm_backend,
                                            .resumes = saved->resumes,
                                            .updates = saved->updates,
                                            .total_updates = saved->total_updates,
                                            .seconds = saved->seconds,
                                            .members = saved->results,
                                            .expectations = stage->expectations,
                                            .n_expectations = saved->n_expectations,
                                            .profile = saved->profile,
                                            .gradients = saved->gradients};
}

/* Reads the stage's run directory into stage->record. CLT_E_DATA. */
static enum clt_status read_stage(struct clt_stage *stage)
{
    enum clt_status st = CLT_OK;
    clt_saved_run_free(stage->saved);
    free(stage->expectations);
    stage->expectations = NULL;
    TRY(clt_saved_run_read(&stage->saved, stage->folder));
    const struct clt_saved_run *saved = stage->saved;
    if (saved->n_expectations > saved->config->n_expect)
        TRY(clt_fail(CLT_E_DATA,
                     "%s/run.json: it judges %zu expectations, config.cfg has %zu: they are not of "
                     "the same run",
                     stage->folder, saved->n_expectations, saved->config->n_expect));
    stage->expectations = calloc(saved->n_expectations + 1, sizeof *stage->expectations);
    if (!stage->expectations) TRY(no_memory());
    fill_record(stage);
done:
    return st;
}

/* How far the run of a run directory has come. */
enum standing {
    NOT_BEGUN, /* nothing is there that could go on */
    BEGUN,     /* there is a checkpoint */
    ENDED
};

static enum clt_status has_file(bool *has, const char *folder, const char *name)
{
    char *path = clt_path_join(folder, name);
    if (!path) return no_memory();
    const enum clt_status st = clt_file_find(has, path);
    free(path);
    return st;
}

static enum clt_status find_standing(enum standing *out, const char *folder)
{
    enum clt_status st = CLT_OK;
    enum clt_run_status status;
    static const char *const files[] = {"config.cfg", "run.json",
                                        "checkpoint/last/state.safetensors"};
    bool has = folder != NULL;
    *out = NOT_BEGUN;
    for (size_t i = 0; i < sizeof files / sizeof *files && has; i++)
        TRY(has_file(&has, folder, files[i]));
    if (!has) return CLT_OK;
    TRY(clt_saved_status(&status, folder));
    *out = status == CLT_RUN_DONE || status == CLT_RUN_DIVERGED ? ENDED : BEGUN;
done:
    return st;
}

/* What was begun goes on by the config in its folder, which has to be that of the study. */
static enum clt_status check_config(const struct clt_config *config, const char *folder)
{
    enum clt_status st = CLT_OK;
    enum standing standing;
    TRY(find_standing(&standing, folder));
    if (standing != NOT_BEGUN) st = clt_conditions_check_config(config, folder);
done:
    return st;
}

/* ---- one run ---- */

struct division {
    struct clt_division plan;
    bool on_disk; /* the run directory has been divided */
};

/* Takes away what a process that was killed after the end has left: its lock, temporary files. */
static enum clt_status clear_ended(const char *folder)
{
    struct clt_run_directory *directory;
    const enum clt_status st = clt_run_directory_open(&directory, folder);
    clt_run_directory_close(directory);
    return st;
}

/* A run of `config` in `folder`: one that goes on, or a new one in place of what a killed process
 * left there. *ended as for clt_stage_train(). */
static enum clt_status train_run(struct clt_study *study, const struct clt_config *config,
                                 const char *folder, const struct clt_observer *observer,
                                 bool *ended)
{
    enum clt_status st = CLT_OK;
    const char *const sets[] = {"train.stop_at_update=0"};
    const struct clt_resume_options options = {sets, 1, study->allow};
    struct clt_run *run = NULL;
    enum standing standing;
    *ended = true;
    TRY(find_standing(&standing, folder));
    if (standing == ENDED) return clear_ended(folder);
    if (standing == BEGUN) {
        TRY(clt_run_resume_observed(&run, study->device, folder, &options, observer));
    } else {
        TRY(clt_folder_remove(folder));
        TRY(clt_run_create_observed(&run, study->device, config, observer));
    }
    st = clt_run_train(run, folder, observer);
    *ended = clt_run_record_of(run)->status != CLT_RUN_INTERRUPTED;
done:
    if (st == CLT_E_STOPPED) { /* before it had begun */
        *ended = false;
        st = CLT_OK;
    }
    clt_run_free(run);
    return st;
}

/* ---- in parts ---- */

static enum clt_status train_part(struct clt_study *study, const struct clt_config *config,
                                  const char *folder, const struct clt_part *part, bool *ended)
{
    enum clt_status st = CLT_OK;
    struct clt_config *own = NULL;
    struct clt_part_observer self = {&study->observer->run, part,
                                     calloc(part->n_members, sizeof *self.rows)};
    const struct clt_observer observer = clt_part_observer(&self);
    if (!self.rows) return no_memory();
    TRY(clt_config_select(&own, config, part->members, part->n_members));
    st = train_run(study, own, folder, &observer, ended);
    if (st == CLT_E_DIVERGED) st = CLT_OK; /* others may not */
done:
    clt_config_free(own);
    free(self.rows);
    return st;
}

static enum clt_status train_each(struct clt_study *study, const struct clt_config *config,
                                  const char *folder, const struct clt_parts *parts, bool *ended)
{
    enum clt_status st = CLT_OK;
    const struct clt_study_observer *observer = study->observer;
    char *part_folder = NULL;
    *ended = true;
    for (size_t i = 0; i < parts->n_parts && *ended; i++) {
        part_folder = clt_part_folder(folder, i);
        if (!part_folder) TRY(no_memory());
        if (observer->part)
            observer->part(observer->run.self, i, parts->n_parts, parts->part[i].n_members);
        TRY(train_part(study, config, part_folder, &parts->part[i], ended));
        free(part_folder);
        part_folder = NULL;
    }
done:
    free(part_folder);
    return st;
}

/* Before anything is written. */
static enum clt_status check_parts(const struct clt_config *config, const char *folder,
                                   const struct clt_parts *parts)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < parts->n_parts && st == CLT_OK; i++) {
        const struct clt_part *part = &parts->part[i];
        struct clt_config *own = NULL;
        char *part_folder = clt_part_folder(folder, i);
        st = part_folder ? clt_config_select(&own, config, part->members, part->n_members)
                         : no_memory();
        if (st == CLT_OK) st = check_config(own, part_folder);
        clt_config_free(own);
        free(part_folder);
    }
    return st;
}

/* The run directory of a stage in parts, locked: the one that is there, or a new one. The table of
 * parts comes before the config: a folder that has a config and no parts trains as a whole. */
static enum clt_status enter_parts(struct clt_run_directory **out, const struct clt_study *study,
                                   const struct clt_config *config, const char *folder,
                                   const struct division *division)
{
    enum clt_status st = CLT_OK;
    struct clt_run_directory *directory = NULL;
    *out = NULL;
    if (division->on_disk) return clt_run_directory_open(out, folder);
    if (clt_study_config_has_stages(study->config)) TRY(clt_folder_remove(folder));
    TRY(clt_run_directory_create(&directory, folder, config->name));
    TRY(clt_parts_write(&division->plan.parts, clt_run_directory_path(directory)));
    TRY(clt_run_directory_write_config(clt_run_directory_path(directory), config));
    *out = directory;
    directory = NULL;
done:
    clt_run_directory_discard(directory);
    return st;
}

/* Best effort, and without a word: what the caller hears is the failure itself. */
static void record_failure(const struct clt_config *config, const char *folder,
                           enum clt_status failure)
{
    char *reason = strdup(clt_error_message());
    if (!reason) return;
    clt_combine_nothing(folder, config, failure, reason);
    clt_fail(failure, "%s", reason);
    free(reason);
}

static enum clt_status train_and_combine(struct clt_study *study, const struct clt_config *config,
                                         const char *folder, const struct clt_parts *parts,
                                         bool *ended)
{
    enum clt_status st = CLT_OK;
    TRY(clt_combine_nothing(folder, config, CLT_OK, NULL));
    TRY(train_each(study, config, folder, parts, ended));
    TRY(clt_combine(folder, config, parts, *ended ? CLT_RUN_DONE : CLT_RUN_INTERRUPTED,
                    clt_stop_of(&study->observer->run)));
done:
    if (st != CLT_OK && st != CLT_E_DIVERGED) record_failure(config, folder, st);
    return st;
}

static enum clt_status train_parts(struct clt_study *study, struct clt_stage *stage,
                                   const struct division *division, bool *ended)
{
    enum clt_status st = CLT_OK, read;
    struct clt_run_directory *directory = NULL;
    TRY(enter_parts(&directory, study, stage->config, stage->folder, division));
    char *folder = strdup(clt_run_directory_path(directory));
    if (!folder) TRY(no_memory());
    free(stage->folder);
    stage->folder = folder;
    TRY(check_parts(stage->config, folder, &division->plan.parts));
    st = train_and_combine(study, stage->config, folder, &division->plan.parts, ended);
    if (st != CLT_OK && st != CLT_E_DIVERGED) goto done;
    read = read_stage(stage);
    if (read != CLT_OK) st = read;
done:
    clt_run_directory_close(directory);
    return st;
}

/* ---- at once ---- */

/* A plain config's run stays, so that its networks can be used without reading them again. */
static enum clt_status train_plain(struct clt_study *study, struct clt_stage *stage, bool *ended)
{
    enum clt_status st = CLT_OK;
    if (!study->run)
        TRY(clt_run_create_observed(&study->run, study->device, stage->config,
                                    &study->observer->run));
    st = clt_run_train(study->run, stage->folder, &study->observer->run);
    if (!clt_run_folder(study->run)) goto done;
    free(stage->folder);
    stage->folder = strdup(clt_run_folder(study->run));
    if (!stage->folder) TRY(no_memory());
    stage->record = *clt_run_record_of(study->run);
    *ended = stage->record.status != CLT_RUN_INTERRUPTED;
done:
    return st;
}

static enum clt_status train_whole(struct clt_study *study, struct clt_stage *stage, bool *ended)
{
    enum clt_status st;
    bool begun;
    if (!clt_study_config_has_stages(study->config)) return train_plain(study, stage, ended);
    st = train_run(study, stage->config, stage->folder, &study->observer->run, ended);
    if (st != CLT_OK && st != CLT_E_DIVERGED) return st;
    TRY(has_file(&begun, stage->folder, "run.json"));
    if (!*ended && !begun) return CLT_OK;
    TRY(read_stage(stage));
    if (stage->record.status == CLT_RUN_DIVERGED) /* now, or before the study was resumed */
        st = clt_fail(CLT_E_DIVERGED, CLT_ALL_DIVERGED, stage->config->name);
done:
    return st;
}

/* ---- the stage ---- */

/* As it was begun, so that other memory today changes nothing; else as it is planned now. What a
 * new run finds in the folder that it was given is not its own, and is refused later. */
static enum clt_status divide(struct division *out, const struct clt_study *study,
                              const struct clt_stage *stage)
{
    enum clt_status st = CLT_OK;
    const bool own = study->resumed || clt_study_config_has_stages(study->config);
    const char *folder = own ? stage->folder : NULL;
    enum standing standing = NOT_BEGUN;
    bool has_config = false;
    *out = (struct division){0};
    if (folder) TRY(has_file(&has_config, folder, "config.cfg"));
    if (has_config) TRY(clt_parts_read(&out->plan.parts, folder));
    out->on_disk = out->plan.parts.n_parts > 0;
    TRY(find_standing(&standing, folder));
    if (out->on_disk || standing != NOT_BEGUN) {
        st = clt_division_restore(&out->plan, stage->config);
        if (st != CLT_OK) st = clt_fail_within(st, "%s", folder);
    } else
        TRY(clt_division_create(&out->plan, stage->config, study->device));
done:
    return st;
}

static enum clt_status tell_start(const struct clt_study *study, size_t stage,
                                  const struct clt_division *division)
{
    const struct clt_study_observer *observer = study->observer;
    const size_t n = division->parts.n_parts;
    size_t *sizes = calloc(n, sizeof *sizes);
    if (!sizes) return no_memory();
    for (size_t i = 0; i < n; i++) sizes[i] = division->parts.part[i].n_members;
    const struct clt_stage_start start = {
        .name = clt_study_config_stage_name(study->config, stage),
        .folder = study->stages[stage].folder,
        .index = stage,
        .count = clt_study_config_count(study->config),
        .members = study->stages[stage].config->members,
        .groups = division->groups,
        .n_parts = n,
        .parts = sizes,
        .capacity = division->capacity.members,
        .memory = division->capacity.several,
    };
    if (observer->stage) observer->stage(observer->run.self, &start);
    free(sizes);
    return CLT_OK;
}

enum clt_status clt_stage_train(struct clt_study *study, size_t index, bool *ended)
{
    enum clt_status st = CLT_OK;
    struct clt_stage *stage = &study->stages[index];
    struct division division = {0};
    *ended = false;
    if (study->resumed && !study->run && stage->folder)
        TRY(check_config(stage->config, stage->folder));
    TRY(divide(&division, study, stage));
    TRY(tell_start(study, index, &division.plan));
    if (division.plan.parts.n_parts > 1)
        st = train_parts(study, stage, &division, ended);
    else
        st = train_whole(study, stage, ended);
done:
    clt_division_free(&division.plan);
    return st;
}
