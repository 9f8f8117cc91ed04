#include "progress_events.h"

#include "events.h"
#include "json.h"
#include "result.h"
#include "stop.h"

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *set(json_t *object, const char *key, uint64_t value)
{
    return clt_json_set(object, key, count(value));
}

static json_t *set_text(json_t *object, const char *key, const char *value)
{
    return clt_json_set(object, key, clt_json_string(value));
}

/* null where it is empty */
static json_t *set_name(json_t *object, const char *key, const char *value)
{
    return clt_json_set(object, key, *value ? clt_json_string(value) : json_null());
}

static bool is_quiet(const void *self)
{
    return ((const struct clt_progress *)self)->quiet;
}

static void started(void *self, const struct clt_start *start)
{
    json_t *skipped = json_array();
    clt_stop_hold();
    if (is_quiet(self)) {
        json_decref(skipped);
        return;
    }
    for (size_t i = 0; i < start->n_skipped; i++)
        skipped = clt_json_append(skipped, clt_json_string(start->skipped[i]));
    json_t *event = set_text(json_object(), "name", start->name);
    event = set_text(event, "folder", start->folder);
    event = set_text(event, "device", start->device);
    event = clt_json_set(event, "skipped", skipped);
    event = set_text(event, "gemm_backend", start->gemm_backend);
    event = set(event, "members", start->members);
    event = set(event, "parameters", start->parameters);
    event = set(event, "train_samples", start->train_samples);
    event = set(event, "update", start->update);
    clt_event("started", set(event, "total_updates", start->total_updates));
}

static void tuning(void *self, size_t done, size_t total)
{
    if (!is_quiet(self)) clt_event("tuning", set(set(json_object(), "done", done), "total", total));
}

/* PART_cost, PART_loss and PART_accuracy, as in metrics.csv; null where nothing was measured. */
static json_t *add_measure(json_t *event, const char *const keys[3],
                           const struct clt_measure *measure)
{
    const double values[3] = {measure->cost, measure->loss, measure->accuracy};
    for (size_t i = 0; i < 3; i++)
        event =
            clt_json_set(event, keys[i], measure->made ? clt_json_real(values[i]) : json_null());
    return event;
}

static void report(void *self, const struct clt_report *report)
{
    static const char *const train[] = {"train_cost", "train_loss", "train_accuracy"};
    static const char *const validation[] = {"val_cost", "val_loss", "val_accuracy"};
    for (size_t i = 0; !is_quiet(self) && i < report->n_rows; i++) {
        const struct clt_metrics_row *row = &report->rows[i];
        json_t *event = set(json_object(), "member", row->member);
        event = set(event, "update", row->update);
        event = set(event, "total_updates", report->total);
        event = clt_json_set(event, "epoch", clt_json_real(row->epoch));
        event = clt_json_set(event, "learning_rate", clt_json_real(row->learning_rate));
        event = add_measure(event, train, &row->train);
        event = add_measure(event, validation, &row->validation);
        event = clt_json_set(event, "seconds", clt_json_real(row->seconds));
        clt_event("report", clt_json_set(event, "updates_per_second",
                                         clt_json_real(report->updates_per_second)));
    }
}

/* As `diverged` of a member in run.json. */
static json_t *divergence_fields(size_t member, const struct clt_divergence *divergence)
{
    json_t *event = set(json_object(), "member", member);
    event = set(event, "update", divergence->update);
    event = set_text(event, "what", clt_divergence_what_name(divergence->what));
    event = clt_json_set(event, "layer",
                         divergence->layer >= 0 ? json_integer(divergence->layer) : json_null());
    event = set_name(event, "type", divergence->type);
    return set_name(event, "name", divergence->tensor);
}

static void diverged(void *self, size_t member, const struct clt_divergence *divergence)
{
    if (!is_quiet(self)) clt_event("diverged", divergence_fields(member, divergence));
}

static void rewound(void *self, size_t member, const struct clt_divergence *divergence,
                    const struct clt_rewind *rewind)
{
    if (is_quiet(self)) return;
    json_t *event = set(divergence_fields(member, divergence), "to_update", rewind->to_update);
    clt_event("rewound", clt_json_set(event, "factor", clt_json_real(rewind->factor)));
}

static void stopped(void *self, size_t member, uint64_t update)
{
    if (!is_quiet(self))
        clt_event("stopped", set(set(json_object(), "member", member), "update", update));
}

static void warning(void *self, const char *text)
{
    (void)self;
    clt_warn("%s", text);
}

static void saved(void *self, const struct clt_saving *saving)
{
    const struct clt_progress *progress = self;
    clt_stopping_note_saving(progress->stopping, saving->seconds);
    if (progress->quiet) return;
    json_t *event = set(json_object(), "update", saving->update);
    event = clt_json_set(event, "wished", json_boolean(saving->wished));
    clt_event("checkpoint", clt_json_set(event, "seconds", clt_json_real(saving->seconds)));
}

static void stage_started(void *self, const struct clt_stage_start *start)
{
    if (*start->name || start->n_parts > 1) clt_stop_hold();
    if (is_quiet(self)) return;
    json_t *event = set_text(json_object(), "name", start->name);
    event = set_text(event, "folder", start->folder);
    event = set(event, "index", start->index);
    event = set(event, "count", start->count);
    event = set(event, "members", start->members);
    clt_event("stage", set(event, "parts", start->n_parts));
}

static void part_started(void *self, size_t part, size_t n_parts, size_t members)
{
    if (is_quiet(self)) return;
    clt_event("part",
              set(set(set(json_object(), "index", part), "count", n_parts), "members", members));
}

static void stage_ended(void *self, const struct clt_stage_record *stage)
{
    const struct clt_progress *progress = self;
    if (progress->results) clt_result_print_run(stage->run);
    if (progress->quiet) return;
    json_t *event = set_text(json_object(), "name", stage->name);
    event = set_text(event, "folder", stage->folder);
    clt_event("stage_ended", set_text(event, "status", clt_run_status_name(stage->run->status)));
}

void clt_progress_tell_events(struct clt_study_observer *observer)
{
    observer->run.started = started;
    observer->run.report = report;
    observer->run.advanced = NULL;
    observer->run.diverged = diverged;
    observer->run.rewound = rewound;
    observer->run.stopped = stopped;
    observer->run.warning = warning;
    observer->run.tuning = tuning;
    observer->run.saved = saved;
    observer->stage = stage_started;
    observer->part = part_started;
    observer->stage_ended = stage_ended;
}

void clt_progress_ended_event(const struct clt_study *study, int exit_code)
{
    const struct clt_study_record *record = clt_study_record_of(study);
    json_t *event = set_text(json_object(), "name", record->name);
    event = set_text(event, "folder", clt_study_folder(study));
    event = set_text(event, "status", clt_run_status_name(record->status));
    event = clt_json_set(event, "reason",
                         record->reason ? clt_json_string(record->reason) : json_null());
    event = clt_json_set(event, "seconds", clt_json_real(record->seconds));
    clt_event("ended", clt_json_set(event, "exit_code", json_integer(exit_code)));
}
