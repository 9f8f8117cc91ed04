/* doctor_run.c - a run directory: how the run stands, and what a resume would do. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "doctor.h"
#include "file.h"
#include "lock.h"
#include "run_directory.h"
#include "safetensors.h"
#include "saved_json.h"
#include "text.h"

struct run {
    const char *folder;
    struct clt_doctor *doctor;
    json_t *record;                   /* of run.json; NULL: it has none that can be read */
    enum clt_run_status status;       /* that the record tells */
    bool config_is_good, has_stages;  /* of config.cfg */
    bool held;                        /* by a process that runs */
    size_t files, damaged, temporary; /* of checkpoints; left by a process that ended */
    bool states_damaged;              /* one at least, of those that a resume reads */
    bool has_state, has_parts;        /* of its own; of what it consists of */
    uint64_t update;                  /* of that state */
};

/* ---- files ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* The state that a resume of this very folder reads. */
static bool is_own_state(const struct run *run, const char *path)
{
    const size_t length = strlen(run->folder);
    const char *inner = path + length;
    return strncmp(path, run->folder, length) == 0 &&
           strcmp(inner + strspn(inner, "/"), "checkpoint/last/state.safetensors") == 0;
}

static void note_state(struct run *run, const char *path, const struct clt_safetensors *file)
{
    if (!is_own_state(run, path)) {
        run->has_parts = true;
        return;
    }
    const char *update = clt_safetensors_metadata(file, "update");
    run->has_state = true;
    run->update = update ? strtoull(update, NULL, 10) : 0;
}

static void read_checkpoint(struct run *run, const char *path)
{
    const bool state = ends_with(path, "/last/state.safetensors");
    struct clt_safetensors *file = NULL;
    run->files++;
    if (clt_safetensors_read(&file, path) == CLT_OK) {
        if (state) note_state(run, path, file);
    } else {
        run->damaged++;
        run->states_damaged |= state;
        clt_doctor_say(run->doctor, CLT_VERDICT_PROBLEM,
                       state ? "put back a copy, or train anew"
                             : "put back a copy; a resume writes the last networks anew",
                       "%s", clt_error_message());
    }
    clt_safetensors_free(file);
}

static void visit(void *self, const char *path, const struct stat *info)
{
    struct run *run = self;
    if (!S_ISREG(info->st_mode)) return;
    run->temporary += clt_file_is_temporary(path);
    if (ends_with(path, ".safetensors")) read_checkpoint(run, path);
}

static void check_files(struct run *run)
{
    clt_doctor_walk(run->folder, CLT_RUN_DIRECTORY_DEPTH, visit, run);
    if (run->damaged < run->files)
        clt_doctor_say(run->doctor, CLT_VERDICT_OK, NULL,
                       "%zu of %zu checkpoint files can be read and are whole",
                       run->files - run->damaged, run->files);
    if (run->temporary && !run->held)
        clt_doctor_say(run->doctor, CLT_VERDICT_WARNING, "remove them",
                       "files *.tmp.* that a killed process left: %zu", run->temporary);
}

/* ---- how it stands ---- */

static const char *text_of(const struct run *run, const char *key)
{
    const char *text = json_string_value(json_object_get(run->record, key));
    return text ? text : "";
}

static void check_holder(struct run *run)
{
    run->held = clt_lock_look(run->folder) == CLT_E_DATA;
    if (run->held) clt_doctor_say(run->doctor, CLT_VERDICT_OK, NULL, "%s", clt_error_message());
}

static void read_record(struct run *run)
{
    char *path = clt_path_join(run->folder, "run.json");
    enum clt_status st = path ? clt_saved_json_load(&run->record, path) : CLT_E_NOMEM;
    if (st == CLT_OK) st = clt_saved_status(&run->status, run->folder);
    if (st != CLT_OK)
        clt_doctor_say(run->doctor, CLT_VERDICT_PROBLEM, "cltrain resume writes it again", "%s",
                       clt_error_message());
    free(path);
}

static void say_status(const struct run *run)
{
    const char *status = text_of(run, "status"), *reason = text_of(run, "reason");
    char go_on[1024];
    if (!run->record) return;
    snprintf(go_on, sizeof go_on, "go on with it by cltrain resume %s", run->folder);
    if (run->status == CLT_RUN_RUNNING && !run->held)
        clt_doctor_say(run->doctor, CLT_VERDICT_PROBLEM, go_on,
                       "the run was killed: run.json says \"running\", but no process holds it");
    else if (run->status == CLT_RUN_FAILED)
        clt_doctor_say(run->doctor, CLT_VERDICT_PROBLEM, go_on, "the run failed: %s", reason);
    else if (run->status == CLT_RUN_DIVERGED)
        clt_doctor_say(
            run->doctor, CLT_VERDICT_WARNING,
            "lower train.learning_rate; train.on_divergence = \"rewind\" does so by itself, "
            "train.max_rewinds times",
            "the run diverged: %s", reason);
    else
        clt_doctor_say(run->doctor, CLT_VERDICT_OK, NULL, "status %s%s%s", status,
                       *reason ? ": " : "", reason);
}

/* ---- what a resume would do ---- */

static void say_going_on(const struct run *run)
{
    const json_t *total = json_object_get(run->record, "total_updates");
    struct clt_text of = {0};
    if (total) clt_text_add(&of, " of %" JSON_INTEGER_FORMAT, json_integer_value(total));
    clt_doctor_say(run->doctor, CLT_VERDICT_OK, NULL,
                   "cltrain resume would go on after update %" PRIu64
                   "%s, if device, driver, data and config are those it had",
                   run->update, of.length ? of.bytes : "");
    clt_text_free(&of);
}

/* Of a run that was stopped before it had a state. */
static bool would_begin_again(const struct run *run)
{
    bool has_checkpoint;
    return clt_checkpoint_find(&has_checkpoint, run->folder) == CLT_OK && !has_checkpoint;
}

static void say_resume(const struct run *run)
{
    struct clt_doctor *doctor = run->doctor;
    const enum clt_verdict ok = CLT_VERDICT_OK;
    if (run->held)
        clt_doctor_say(doctor, ok, NULL, "cltrain resume would refuse: the run is in use");
    else if (!run->config_is_good)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, "put back a copy of config.cfg",
                       "cltrain resume would refuse: the config cannot be used");
    else if (run->states_damaged)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, "put back a copy, or train anew",
                       "cltrain resume would refuse: the last state is damaged");
    else if (run->record && run->status == CLT_RUN_DONE)
        clt_doctor_say(doctor, ok, NULL,
                       "cltrain resume would have nothing to do, unless --set makes it longer");
    else if (run->record && run->status == CLT_RUN_DIVERGED)
        clt_doctor_say(doctor, ok, NULL,
                       "cltrain resume would have nothing to do: every member has diverged");
    else if (run->has_state)
        say_going_on(run);
    else if (run->has_parts || run->has_stages)
        clt_doctor_say(doctor, ok, NULL,
                       "cltrain resume would go on with the stage or part that is not done");
    else if (would_begin_again(run))
        clt_doctor_say(doctor, ok, NULL, "cltrain resume would begin the run again");
    else
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, "train anew",
                       "cltrain resume would find no state to go on from");
}

static void check_config(struct run *run)
{
    struct clt_study_config *config = NULL;
    char *path = clt_path_join(run->folder, "config.cfg");
    run->config_is_good = path && clt_study_config_load(&config, path, NULL, 0) == CLT_OK;
    if (run->config_is_good)
        run->has_stages = clt_study_config_has_stages(config);
    else
        clt_doctor_say(run->doctor, CLT_VERDICT_PROBLEM,
                       "put back a copy: without it the run can be neither resumed nor used", "%s",
                       clt_error_message());
    clt_study_config_free(config);
    free(path);
}

void clt_doctor_run(struct clt_doctor *doctor, const char *folder)
{
    struct run run = {.folder = folder, .doctor = doctor};
    doctor->heading = "run directory";
    if (clt_run_directory_check(folder) != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, NULL, "%s", clt_error_message());
        return;
    }
    clt_doctor_check_folder(doctor, "the folder", folder, CLT_VERDICT_WARNING,
                            "a resume needs to write there: become its owner, or make a copy");
    check_config(&run);
    check_holder(&run);
    read_record(&run);
    say_status(&run);
    check_files(&run);
    say_resume(&run);
    json_decref(run.record);
}
