#include "record.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "exit_code.h"
#include "file.h"
#include "gradients.h"
#include "json.h"
#include "record_json.h"
#include "text.h"

const char *clt_run_status_name(enum clt_run_status status)
{
    switch (status) {
    case CLT_RUN_RUNNING: return "running";
    case CLT_RUN_DONE: return "done";
    case CLT_RUN_INTERRUPTED: return "interrupted";
    case CLT_RUN_DIVERGED: return "diverged";
    case CLT_RUN_FAILED: return "failed";
    }
    return "?";
}

enum clt_run_status clt_run_status_of(const char *name)
{
    enum clt_run_status status = CLT_RUN_RUNNING;
    while (status < CLT_RUN_FAILED && strcmp(clt_run_status_name(status), name) != 0) status++;
    return status;
}

struct clt_stop clt_stop_of(const struct clt_observer *observer)
{
    const struct clt_stop *stop =
        observer->should_stop ? observer->should_stop(observer->self) : NULL;
    return stop ? *stop : (struct clt_stop){.reason = "train.stop_at_update is reached"};
}

static bool is_all_met(const struct clt_run_record *record)
{
    bool met = !record->gradients || record->gradients->passed;
    for (size_t i = 0; i < record->n_expectations; i++) met = met && record->expectations[i].met;
    return met;
}

int clt_run_exit_code(const struct clt_run_record *record)
{
    switch (record->status) {
    case CLT_RUN_DIVERGED: return CLT_EXIT_DIVERGED;
    case CLT_RUN_FAILED: return clt_exit_code(record->failure);
    case CLT_RUN_INTERRUPTED:
        if (record->signal) return CLT_EXIT_SIGNAL + record->signal;
        break;
    case CLT_RUN_RUNNING:
    case CLT_RUN_DONE: break;
    }
    return is_all_met(record) ? CLT_EXIT_OK : CLT_EXIT_MISSED;
}

const char *clt_divergence_what_name(enum clt_divergence_what what)
{
    switch (what) {
    case CLT_DIVERGED_BY_LOSS: return "loss";
    case CLT_DIVERGED_BY_GRADIENT: return "gradient";
    case CLT_DIVERGED_BY_VALUE: break;
    }
    return "value";
}

/* A member that diverged or stopped has ended; any other shares the fate of the run. */
static const char *member_status(const struct clt_run_record *record, size_t member)
{
    if (record->members[member].stopped_at) return "stopped";
    return clt_run_status_name(record->members[member].diverged_at ? CLT_RUN_DIVERGED
                                                                   : record->status);
}

/* ---- run.json: each of these gives NULL where memory is out, and json_pack() passes it on ---- */

static json_t *text_or_null(const char *text)
{
    return text ? clt_json_string(text) : json_null();
}

static json_t *measured_or_null(const struct clt_measure *measure, double value)
{
    return measure->made ? clt_json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *count_or_null(uint64_t value)
{
    return value ? count(value) : json_null();
}

static enum clt_status values_json(json_t **out, const struct clt_config *config, size_t member)
{
    enum clt_status st = CLT_OK;
    char *text = NULL;
    json_t *values = json_object();
    *out = NULL;
    for (size_t key = 0; key < config->varied.count; key++) {
        TRY(clt_config_varied_value(&text, config, member, key));
        values = clt_json_set(values, config->varied.name[key], clt_json_value(text));
        free(text);
        text = NULL;
    }
    *out = values;
    values = NULL;
done:
    free(text);
    json_decref(values);
    return st;
}

static json_t *best_json(const struct clt_best *best)
{
    if (!best->exists) return json_null();
    return json_pack("{s:o,s:o,s:o}", "update", count(best->update), "val_accuracy",
                     clt_json_real(best->val_accuracy), "test_accuracy",
                     clt_json_real(best->test_accuracy));
}

static json_t *accuracies_json(const struct clt_accuracies *accuracy)
{
    return json_pack("{s:o,s:o}", "val_accuracy", clt_json_real(accuracy->validation),
                     "test_accuracy", clt_json_real(accuracy->test));
}

static json_t *ensemble_json(const struct clt_ensemble *ensemble)
{
    json_t *snapshots = json_array();
    if (ensemble->n_snapshots == 0) {
        json_decref(snapshots);
        return json_null();
    }
    for (size_t s = 0; s < ensemble->n_snapshots; s++) {
        const struct clt_snapshot *snapshot = &ensemble->snapshots[s];
        json_t *entry = json_pack("{s:o}", "update", count(snapshot->update));
        entry = clt_json_set(entry, "val_accuracy", clt_json_real(snapshot->accuracy.validation));
        entry = clt_json_set(entry, "test_accuracy", clt_json_real(snapshot->accuracy.test));
        snapshots = clt_json_append(snapshots, entry);
    }
    return json_pack("{s:o,s:o,s:o}", "snapshots", snapshots, "vote",
                     accuracies_json(&ensemble->vote), "mean", accuracies_json(&ensemble->mean));
}

static json_t *member_json(const struct clt_run_record *record, size_t index, json_t *values)
{
    const struct clt_member_result *member = &record->members[index];
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o}", "index", count(index), "values",
        values, "train_accuracy", measured_or_null(&member->train, member->train.accuracy),
        "val_accuracy", measured_or_null(&member->validation, member->validation.accuracy),
        "test_accuracy", measured_or_null(&member->test, member->test.accuracy), "train_loss",
        measured_or_null(&member->train, member->train.loss), "val_loss",
        measured_or_null(&member->validation, member->validation.loss), "test_loss",
        measured_or_null(&member->test, member->test.loss), "best", best_json(&member->best),
        "status", member_status(record, index), "diverged_at", count_or_null(member->diverged_at),
        "stopped_at", count_or_null(member->stopped_at));
}

static json_t *divergence_json(const struct clt_divergence *divergence)
{
    if (!divergence->update) return json_null();
    return json_pack("{s:o,s:s,s:o,s:o,s:o}", "update", count(divergence->update), "what",
                     clt_divergence_what_name(divergence->what), "layer",
                     divergence->layer < 0 ? json_null() : json_integer(divergence->layer), "type",
                     text_or_null(*divergence->type ? divergence->type : NULL), "name",
                     text_or_null(*divergence->tensor ? divergence->tensor : NULL));
}

static json_t *rewinds_json(const struct clt_member_result *member)
{
    json_t *list = json_array();
    for (size_t i = 0; i < member->n_rewinds; i++)
        list = clt_json_append(list, json_pack("{s:o,s:o,s:o}", "update",
                                               count(member->rewinds[i].update), "to_update",
                                               count(member->rewinds[i].to_update), "factor",
                                               clt_json_real(member->rewinds[i].factor)));
    return list;
}

static enum clt_status members_json(json_t **out, const struct clt_run_record *record)
{
    enum clt_status st = CLT_OK;
    json_t *members = json_array(), *values = NULL;
    *out = NULL;
    for (size_t i = 0; i < record->config->members; i++) {
        TRY(values_json(&values, record->config, i));
        json_t *member = member_json(record, i, values);
        member = clt_json_set(member, "diverged", divergence_json(&record->members[i].divergence));
        member = clt_json_set(member, "rewinds", rewinds_json(&record->members[i]));
        if (record->config->train.snapshots)
            member = clt_json_set(member, "ensemble", ensemble_json(&record->members[i].ensemble));
        members = clt_json_append(members, member);
    }
    *out = members;
    members = NULL;
done:
    json_decref(members);
    return st;
}

json_t *clt_expectation_json(const struct clt_expectation_result *result)
{
    const struct clt_expectation *wanted = result->expectation;
    return json_pack(
        "{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "metric",
        clt_json_string(wanted->metric), "of", wanted->of == CLT_EXPECT_MEAN ? "mean" : "best",
        "tensor", text_or_null(wanted->tensor), "member", count(result->member), "value",
        clt_json_real(wanted->value), "low", clt_json_real(wanted->low), "high",
        clt_json_real(wanted->high), "source", text_or_null(wanted->source), "published",
        clt_json_real(wanted->published), "note", text_or_null(wanted->note), "measured",
        clt_json_real(result->measured), "met", result->met);
}

static json_t *expectations_json(const struct clt_run_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->n_expectations; i++)
        list = clt_json_append(list, clt_expectation_json(&record->expectations[i]));
    return list;
}

json_t *clt_device_json(const struct clt_run_record *record)
{
    return json_pack("{s:o,s:o,s:o}", "platform", text_or_null(record->platform), "name",
                     text_or_null(record->device), "driver", text_or_null(record->driver));
}

json_t *clt_exit_code_json(enum clt_run_status status, int code)
{
    return status == CLT_RUN_RUNNING ? json_null() : json_integer(code);
}

json_t *clt_signal_json(int number)
{
    return number ? json_string(clt_signal_name(number)) : json_null();
}

json_t *clt_time_json(time_t when)
{
    char text[sizeof "2024-05-31T12:00:00Z"];
    struct tm parts;
    if (!when || !gmtime_r(&when, &parts) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return json_null();
    return json_string(text);
}

static json_t *products_json(const struct clt_run_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->n_products; i++) {
        const struct clt_run_product *product = &record->products[i];
        list = clt_json_append(
            list,
            json_pack("{s:s,s:s,s:b,s:o,s:o}", "product", product->name, "method", product->method,
                      "measured", product->measured, "seconds",
                      product->measured ? clt_json_real(product->seconds) : json_null(),
                      "default_seconds",
                      product->measured ? clt_json_real(product->default_seconds) : json_null()));
    }
    return list;
}

static json_t *spread_json(const struct clt_spread *spread)
{
    return json_pack("{s:o,s:o,s:o,s:o}", "mean", clt_json_real(spread->mean), "deviation",
                     clt_json_real(spread->deviation), "low", clt_json_real(spread->low), "high",
                     clt_json_real(spread->high));
}

/* Of a run whose members are not all settings of their own. */
static enum clt_status add_settings(json_t **run, const struct clt_run_record *record)
{
    struct clt_setting *settings;
    size_t n;
    const enum clt_status st = clt_run_settings(&settings, &n, record);
    if (st != CLT_OK) return st;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        list = clt_json_append(list,
                               json_pack("{s:o,s:o,s:o,s:o,s:o}", "first", count(settings[i].first),
                                         "members", count(settings[i].members), "train_accuracy",
                                         spread_json(&settings[i].train), "val_accuracy",
                                         spread_json(&settings[i].validation), "test_accuracy",
                                         spread_json(&settings[i].test)));
    if (n < record->config->members)
        *run = clt_json_set(*run, "settings", list);
    else
        json_decref(list);
    free(settings);
    return CLT_OK;
}

static json_t *published_json(const struct clt_config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < config->n_published; i++)
        list = clt_json_append(list, json_pack("[o,o]", clt_json_real(config->published[i].value),
                                               clt_json_real(config->published[i].metric)));
    return list;
}

static json_t *run_json(const struct clt_run_record *record, json_t *members)
{
    const struct clt_config *config = record->config;
    return json_pack("{s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
                     "name", clt_json_string(config->name), "version", CLTRAIN_VERSION, "status",
                     clt_run_status_name(record->status), "reason", text_or_null(record->reason),
                     "exit_code", clt_exit_code_json(record->status, clt_run_exit_code(record)),
                     "signal", clt_signal_json(record->signal), "device", clt_device_json(record),
                     "gemm_backend", text_or_null(record->gemm_backend), "tuning",
                     products_json(record), "seed", count(config->seed), "data_seed",
                     count(config->data.seed), "updates", count(record->updates), "total_updates",
                     count(record->total_updates), "seconds", clt_json_real(record->seconds),
                     "ended", clt_time_json(record->ended), "members", members, "expectations",
                     expectations_json(record), "published", published_json(config));
}

/* NaN becomes null: a rate that is not known. */
static json_t *profile_kernel_json(const struct clt_profile_kernel *kernel)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "name", clt_json_string(kernel->name), "calls",
                     count(kernel->calls), "seconds", clt_json_real(kernel->seconds), "share",
                     clt_json_real(kernel->share), "gflops", clt_json_real(kernel->gflops), "gbs",
                     clt_json_real(kernel->gbs));
}

static json_t *profile_json(const struct clt_profile *profile)
{
    json_t *kernels = json_array();
    for (size_t i = 0; i < profile->n_kernels; i++)
        kernels = clt_json_append(kernels, profile_kernel_json(&profile->kernels[i]));
    return json_pack("{s:o,s:o,s:o,s:{s:o,s:o}}", "kernels", kernels, "seconds",
                     clt_json_real(profile->seconds), "idle_share",
                     clt_json_real(profile->idle_share), "ceilings", "fma_gflops",
                     clt_json_real(profile->ceilings.fma_gflops), "copy_gbs",
                     clt_json_real(profile->ceilings.copy_gbs));
}

/* An empty list where it was never resumed. */
static json_t *resumes_json(const struct clt_run_record *record)
{
    return record->resumes ? json_loads(record->resumes, 0, NULL) : json_array();
}

enum clt_status clt_record_json(char **out, const struct clt_run_record *record)
{
    enum clt_status st = CLT_OK;
    json_t *members = NULL, *run = NULL;
    *out = NULL;
    TRY(members_json(&members, record));
    run = run_json(record, members);
    TRY(add_settings(&run, record));
    run = clt_json_set(run, "resumes", resumes_json(record));
    if (record->gradients)
        run = clt_json_set(run, "gradients", clt_gradients_json(record->gradients));
    if (record->profile) run = clt_json_set(run, "profile", profile_json(record->profile));
    st = clt_json_write(out, run);
done:
    json_decref(run);
    return st;
}

/* ---- files ---- */

enum clt_status clt_record_write_json(const char *folder, const struct clt_run_record *record)
{
    char *text;
    enum clt_status st = clt_record_json(&text, record);
    if (st == CLT_OK) st = clt_file_replace_text(folder, "run.json", text);
    free(text);
    return st;
}

static void add_measured(struct clt_text *text, const struct clt_measure *measure, double value)
{
    clt_text_add(text, ",");
    if (measure->made) clt_csv_add_real(text, value);
}

static void add_ensemble(struct clt_text *text, const struct clt_ensemble *ensemble)
{
    const double values[] = {ensemble->vote.validation, ensemble->vote.test,
                             ensemble->mean.validation, ensemble->mean.test};
    clt_text_add(text, ",%zu", ensemble->n_snapshots);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        clt_text_add(text, ",");
        if (ensemble->n_snapshots && !isnan(values[i])) clt_csv_add_real(text, values[i]);
    }
}

static bool stops_early(const struct clt_run_record *record)
{
    return record->config->train.early_stopping.patience > 0;
}

static enum clt_status add_result(struct clt_text *text, const struct clt_run_record *record,
                                  size_t index)
{
    const struct clt_member_result *member = &record->members[index];
    clt_text_add(text, "%zu", index);
    for (size_t key = 0; key < record->config->varied.count; key++) {
        char *value;
        const enum clt_status st = clt_config_varied_value(&value, record->config, index, key);
        if (st != CLT_OK) return st;
        clt_text_add(text, ",");
        clt_csv_add_text(text, value);
        free(value);
    }
    add_measured(text, &member->train, member->train.accuracy);
    add_measured(text, &member->validation, member->validation.accuracy);
    add_measured(text, &member->test, member->test.accuracy);
    add_measured(text, &member->test, member->test.loss);
    clt_text_add(text, ",");
    if (member->best.exists) clt_text_add(text, "%" PRIu64, member->best.update);
    clt_text_add(text, ",%s", member_status(record, index));
    if (stops_early(record)) clt_text_add(text, ",");
    if (member->stopped_at) clt_text_add(text, "%" PRIu64, member->stopped_at);
    if (record->config->train.snapshots) add_ensemble(text, &member->ensemble);
    clt_text_add(text, "\n");
    return CLT_OK;
}

enum clt_status clt_record_write_results(const char *folder, const struct clt_run_record *record)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    char *csv = NULL;
    const struct clt_names *varied = &record->config->varied;
    clt_text_add(&text, "member");
    for (size_t key = 0; key < varied->count; key++) {
        clt_text_add(&text, ",");
        clt_csv_add_text(&text, varied->name[key]);
    }
    clt_text_add(&text, ",train_accuracy,val_accuracy,test_accuracy,test_loss,best_update,status");
    if (stops_early(record)) clt_text_add(&text, ",stopped_at");
    if (record->config->train.snapshots)
        clt_text_add(&text, ",snapshots,vote_val_accuracy,vote_test_accuracy,mean_val_accuracy,"
                            "mean_test_accuracy");
    clt_text_add(&text, "\n");
    for (size_t i = 0; i < record->config->members; i++) TRY(add_result(&text, record, i));
    csv = clt_text_take(&text);
    st = clt_file_replace_text(folder, "result.csv", csv);
done:
    free(csv);
    clt_text_free(&text);
    return st;
}
