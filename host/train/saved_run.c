#include "saved_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "expectations.h"
#include "file.h"
#include "gradients.h"
#include "run_directory.h"
#include "saved_json.h"
#include "text.h"

static struct clt_measure read_measure(struct clt_saved_json *reader, const json_t *member,
                                       const char *accuracy_key, const char *loss_key)
{
    const double accuracy = clt_saved_real(reader, member, accuracy_key, NAN);
    return (struct clt_measure){.made = !isnan(accuracy),
                                .cost = NAN,
                                .loss = clt_saved_real(reader, member, loss_key, NAN),
                                .accuracy = accuracy};
}

static struct clt_best read_best(struct clt_saved_json *reader, const json_t *member)
{
    const json_t *best = clt_saved_find(member, "best");
    if (!best) return (struct clt_best){.val_accuracy = NAN, .test_accuracy = NAN};
    if (!json_is_object(best)) clt_saved_complain(reader, "best", "object");
    return (struct clt_best){.exists = true,
                             .update = clt_saved_count(reader, best, "update"),
                             .val_accuracy = clt_saved_real(reader, best, "val_accuracy", NAN),
                             .test_accuracy = clt_saved_real(reader, best, "test_accuracy", NAN)};
}

static struct clt_accuracies read_accuracies(struct clt_saved_json *reader, const json_t *json)
{
    return (struct clt_accuracies){.validation = clt_saved_real(reader, json, "val_accuracy", NAN),
                                   .test = clt_saved_real(reader, json, "test_accuracy", NAN)};
}

/* Only of a run with snapshots. */
static void read_ensemble(struct clt_saved_json *reader, struct clt_ensemble *out,
                          const json_t *member)
{
    const json_t *json = clt_saved_find(member, "ensemble");
    if (!json) return;
    const json_t *list = clt_saved_list(reader, json, "snapshots");
    out->snapshots = calloc(json_array_size(list) + 1, sizeof *out->snapshots);
    if (!out->snapshots) {
        clt_saved_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < json_array_size(list) && reader->st == CLT_OK; i++) {
        const json_t *snapshot = json_array_get(list, i);
        out->snapshots[out->n_snapshots++] =
            (struct clt_snapshot){.update = clt_saved_count(reader, snapshot, "update"),
                                  .accuracy = read_accuracies(reader, snapshot)};
    }
    out->vote = read_accuracies(reader, clt_saved_find(json, "vote"));
    out->mean = read_accuracies(reader, clt_saved_find(json, "mean"));
}

static void read_divergence(struct clt_saved_json *reader, struct clt_divergence *out,
                            const json_t *member)
{
    const json_t *object = clt_saved_find(member, "diverged");
    if (!object) return;
    const char *what = json_string_value(json_object_get(object, "what"));
    const char *type = json_string_value(json_object_get(object, "type"));
    const char *tensor = json_string_value(json_object_get(object, "name"));
    out->update = clt_saved_count(reader, object, "update");
    out->layer =
        clt_saved_find(object, "layer") ? (long)clt_saved_count(reader, object, "layer") : -1;
    while (out->what < CLT_DIVERGED_BY_VALUE &&
           (!what || strcmp(what, clt_divergence_what_name(out->what)) != 0))
        out->what++;
    snprintf(out->type, sizeof out->type, "%s", type ? type : "");
    snprintf(out->tensor, sizeof out->tensor, "%s", tensor ? tensor : "");
}

static void read_rewinds(struct clt_saved_json *reader, struct clt_member_result *out,
                         const json_t *member)
{
    const json_t *list = clt_saved_find(member, "rewinds");
    const size_t n = json_array_size(list);
    struct clt_rewind *rewinds = n ? calloc(n, sizeof *rewinds) : NULL;
    if (n && !rewinds) clt_saved_out_of_memory(reader);
    for (size_t i = 0; rewinds && i < n; i++) {
        const json_t *entry = json_array_get(list, i);
        rewinds[i] = (struct clt_rewind){clt_saved_count(reader, entry, "update"),
                                         clt_saved_count(reader, entry, "to_update"),
                                         clt_saved_real(reader, entry, "factor", NAN)};
    }
    out->rewinds = rewinds;
    out->n_rewinds = rewinds ? n : 0;
}

static void read_result(struct clt_saved_json *reader, struct clt_member_result *out,
                        const json_t *member)
{
    out->train = read_measure(reader, member, "train_accuracy", "train_loss");
    out->validation = read_measure(reader, member, "val_accuracy", "val_loss");
    out->test = read_measure(reader, member, "test_accuracy", "test_loss");
    out->best = read_best(reader, member);
    out->diverged_at = clt_saved_count(reader, member, "diverged_at");
    out->stopped_at = clt_saved_count(reader, member, "stopped_at");
    read_divergence(reader, &out->divergence, member);
    read_rewinds(reader, out, member);
    read_ensemble(reader, &out->ensemble, member);
}

/* A value of a varied key as the config writes it: a text without its quotes, a number with the
 * fewest digits. */
static char *value_text(struct clt_saved_json *reader, const json_t *value)
{
    struct clt_text text = {0};
    if (json_is_string(value))
        clt_text_add(&text, "%s", json_string_value(value));
    else if (json_is_integer(value))
        clt_text_add(&text, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        clt_text_add(&text, json_is_true(value) ? "true" : "false");
    else if (json_is_real(value))
        clt_text_add_shortest(&text, json_real_value(value));
    else
        clt_saved_complain(reader, "values", "group of numbers and texts");
    char *taken = clt_text_take(&text);
    if (!taken)
        clt_saved_out_of_memory(reader);
    else
        clt_text_make_shown(taken);
    return taken;
}

static void read_values(struct clt_saved_json *reader, struct clt_saved_run *run, size_t index,
                        const json_t *member)
{
    const json_t *values = json_object_get(member, "values");
    if (json_object_size(values) != run->n_keys)
        clt_saved_complain(reader, "values", "group like the first");
    for (size_t key = 0; key < run->n_keys && reader->st == CLT_OK; key++)
        run->values[index * run->n_keys + key] =
            value_text(reader, json_object_get(values, run->keys[key]));
}

/* The varied keys are the first member's. */
static void read_keys(struct clt_saved_json *reader, struct clt_saved_run *run,
                      const json_t *members)
{
    json_t *values = json_object_get(json_array_get(members, 0), "values");
    const char *key;
    const json_t *value;
    run->keys = calloc(json_object_size(values) + 1, sizeof *run->keys);
    run->values = calloc(run->members * json_object_size(values) + 1, sizeof *run->values);
    if (!run->keys || !run->values) {
        clt_saved_out_of_memory(reader);
        return;
    }
    json_object_foreach(values, key, value) run->keys[run->n_keys++] = clt_saved_copy(reader, key);
}

static void read_members(struct clt_saved_json *reader, struct clt_saved_run *run,
                         const json_t *json)
{
    const json_t *members = clt_saved_list(reader, json, "members");
    run->members = json_array_size(members);
    if (run->members == 0) clt_saved_complain(reader, "members", "list with a member");
    if (reader->st != CLT_OK) return;
    run->results = calloc(run->members, sizeof *run->results);
    run->member_status = calloc(run->members, sizeof *run->member_status);
    if (!run->results || !run->member_status) {
        clt_saved_out_of_memory(reader);
        return;
    }
    read_keys(reader, run, members);
    for (size_t i = 0; i < run->members && reader->st == CLT_OK; i++) {
        const json_t *member = json_array_get(members, i);
        read_result(reader, &run->results[i], member);
        run->member_status[i] = clt_saved_text(reader, member, "status");
        read_values(reader, run, i, member);
    }
    if (reader->st == CLT_OK) run->best = clt_best_member(run->results, run->members);
}

/* Pairs of a value and a metric. */
static void read_published(struct clt_saved_json *reader, struct clt_saved_run *run,
                           const json_t *json)
{
    const json_t *list = clt_saved_find(json, "published");
    const size_t count = json_array_size(list);
    run->published = calloc(count + 1, sizeof *run->published);
    if (!run->published) {
        clt_saved_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < count && reader->st == CLT_OK; i++) {
        const json_t *pair = json_array_get(list, i);
        if (!json_is_number(json_array_get(pair, 0)) || !json_is_number(json_array_get(pair, 1)))
            clt_saved_complain(reader, "published", "list of pairs of numbers");
        run->published[run->n_published++] = (struct clt_saved_point){
            json_number_value(json_array_get(pair, 0)), json_number_value(json_array_get(pair, 1))};
    }
}

static struct clt_profile_kernel read_kernel(struct clt_saved_json *reader, const json_t *json)
{
    return (struct clt_profile_kernel){.name = clt_saved_text(reader, json, "name"),
                                       .calls = clt_saved_count(reader, json, "calls"),
                                       .seconds = clt_saved_real(reader, json, "seconds", NAN),
                                       .share = clt_saved_real(reader, json, "share", 0),
                                       .gflops = clt_saved_real(reader, json, "gflops", NAN),
                                       .gbs = clt_saved_real(reader, json, "gbs", NAN)};
}

/* Only of a run that was profiled. */
static void read_profile(struct clt_saved_json *reader, struct clt_saved_run *run,
                         const json_t *json)
{
    const json_t *object = clt_saved_find(json, "profile");
    if (!object) return;
    const json_t *ceilings = clt_saved_find(object, "ceilings");
    const json_t *kernels = clt_saved_list(reader, object, "kernels");
    struct clt_profile *profile = calloc(1, sizeof *profile);
    run->profile = profile;
    if (profile) profile->kernels = calloc(json_array_size(kernels) + 1, sizeof *profile->kernels);
    if (!profile || !profile->kernels) {
        clt_saved_out_of_memory(reader);
        return;
    }
    profile->seconds = clt_saved_real(reader, object, "seconds", NAN);
    profile->idle_share = clt_saved_real(reader, object, "idle_share", 0);
    profile->ceilings = (struct clt_ceilings){clt_saved_real(reader, ceilings, "fma_gflops", NAN),
                                              clt_saved_real(reader, ceilings, "copy_gbs", NAN)};
    for (size_t i = 0; i < json_array_size(kernels) && reader->st == CLT_OK; i++) {
        profile->kernels[profile->n_kernels++] = read_kernel(reader, json_array_get(kernels, i));
        if (!profile->kernels[i].name)
            clt_saved_complain(reader, "profile", "list of kernels with a name");
    }
}

/* Only of a run that checked them. */
static void read_gradients(struct clt_saved_json *reader, struct clt_saved_run *run,
                           const json_t *json)
{
    const json_t *object = clt_saved_find(json, "gradients");
    if (!object) return;
    reader->st = clt_gradients_read(&run->gradients, object);
    for (size_t i = 0; reader->st == CLT_OK && i < run->gradients->n_tensors; i++)
        if (run->gradients->tensors[i].member >= run->members)
            clt_saved_complain(reader, "gradients", "check of this run's members");
}

/* Passed on as it is. */
static void read_resumes(struct clt_saved_json *reader, struct clt_saved_run *run,
                         const json_t *json)
{
    const json_t *list = clt_saved_find(json, "resumes");
    if (!list) return;
    if (!json_is_array(list)) clt_saved_complain(reader, "resumes", "list");
    run->resumes = json_dumps(list, JSON_COMPACT);
    if (!run->resumes) clt_saved_out_of_memory(reader);
}

/* By the exit code, which counts them from 128 on. */
static int read_signal(struct clt_saved_json *reader, const json_t *json)
{
    const uint64_t code =
        clt_saved_find(json, "exit_code") ? clt_saved_count(reader, json, "exit_code") : 0;
    return code > CLT_EXIT_SIGNAL && code < UINT64_C(2) * CLT_EXIT_SIGNAL
               ? (int)code - CLT_EXIT_SIGNAL
               : 0;
}

static void read_run(struct clt_saved_json *reader, struct clt_saved_run *run, const json_t *json)
{
    const json_t *device = clt_saved_find(json, "device");
    run->name = clt_saved_text(reader, json, "name");
    run->version = clt_saved_text(reader, json, "version");
    run->status = clt_saved_text(reader, json, "status");
    run->reason = clt_saved_text(reader, json, "reason");
    run->signal = read_signal(reader, json);
    run->platform = clt_saved_text(reader, device, "platform");
    run->device = clt_saved_text(reader, device, "name");
    run->driver = clt_saved_text(reader, device, "driver");
    run->gemm_backend = clt_saved_text(reader, json, "gemm_backend");
    run->ended = clt_saved_text(reader, json, "ended");
    run->seed = clt_saved_count(reader, json, "seed");
    run->data_seed = clt_saved_count(reader, json, "data_seed");
    run->updates = clt_saved_count(reader, json, "updates");
    run->total_updates = clt_saved_count(reader, json, "total_updates");
    run->seconds = clt_saved_real(reader, json, "seconds", NAN);
    read_resumes(reader, run, json);
    if (!run->name) clt_saved_complain(reader, "name", "text");
    if (!run->status) clt_saved_complain(reader, "status", "text");
    read_members(reader, run, json);
    if (reader->st == CLT_OK)
        clt_saved_expectations(&run->expectations, &run->n_expectations, reader, json);
    if (reader->st == CLT_OK) read_published(reader, run, json);
    if (reader->st == CLT_OK) read_profile(reader, run, json);
    if (reader->st == CLT_OK) read_gradients(reader, run, json);
}

static enum clt_status read_json(struct clt_saved_run *run, const char *path)
{
    struct clt_saved_json reader = {.path = path, .st = CLT_OK};
    json_t *json;
    const enum clt_status st = clt_saved_json_load(&json, path);
    if (st != CLT_OK) return st;
    if (clt_saved_find(json, "stages"))
        reader.st = clt_fail(CLT_E_DATA, "%s: it is of a study; name the folder of a stage", path);
    else
        read_run(&reader, run, json);
    json_decref(json);
    return reader.st;
}

enum clt_status clt_saved_status(enum clt_run_status *out, const char *folder)
{
    struct clt_saved_json reader = {.st = CLT_OK};
    json_t *json = NULL;
    char *path = clt_path_join(folder, "run.json"), *name = NULL;
    if (!path) return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
    reader.path = path;
    reader.st = clt_saved_json_load(&json, path);
    if (json) name = clt_saved_text(&reader, json, "status");
    if (json && !name) clt_saved_complain(&reader, "status", "text");
    if (name) *out = clt_run_status_of(name);
    json_decref(json);
    free(name);
    free(path);
    return reader.st;
}

/* It goes on, was killed, or failed, perhaps for want of room for a row. */
static bool is_unfinished(const struct clt_saved_run *run)
{
    const enum clt_run_status status = clt_run_status_of(run->status);
    return status == CLT_RUN_RUNNING || status == CLT_RUN_FAILED;
}

enum clt_status clt_saved_run_read(struct clt_saved_run **out, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_run *run = calloc(1, sizeof *run);
    char *json = clt_path_join(folder, "run.json");
    char *metrics = clt_path_join(folder, "metrics.csv");
    char *config = clt_path_join(folder, "config.cfg");
    size_t size;
    *out = NULL;
    if (!run || !json || !metrics || !config) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
        goto done;
    }
    TRY(clt_run_directory_check(folder));
    TRY(read_json(run, json));
    TRY(clt_saved_metrics_read(&run->rows, &run->n_rows, metrics, run->members,
                               is_unfinished(run)));
    TRY(clt_file_read_up_to((uint8_t **)&run->config_text, &size, config, CLT_CONFIG_MOST));
    TRY(clt_config_load(&run->config, config, NULL, 0));
    if (run->config->members != run->members) {
        st = clt_fail(CLT_E_DATA,
                      "%s: it has %zu members, config.cfg has %zu: they are not of "
                      "the same run",
                      json, run->members, run->config->members);
        goto done;
    }
    run->folder = strdup(folder);
    if (!run->folder) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
        goto done;
    }
    *out = run;
    run = NULL;
done:
    clt_saved_run_free(run);
    free(json);
    free(metrics);
    free(config);
    return st;
}

static void profile_free(struct clt_profile *profile)
{
    if (!profile) return;
    for (size_t i = 0; i < profile->n_kernels; i++) free(profile->kernels[i].name);
    free(profile->kernels);
    free(profile);
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++) free(texts[i]);
    free(texts);
}

void clt_saved_run_free(struct clt_saved_run *run)
{
    if (!run) return;
    char *const texts[] = {run->folder,       run->name,     run->version,     run->status,
                           run->reason,       run->platform, run->device,      run->driver,
                           run->gemm_backend, run->ended,    run->config_text, run->resumes};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    clt_saved_expectations_free(run->expectations, run->n_expectations);
    clt_config_free(run->config);
    profile_free(run->profile);
    free_texts(run->values, run->members * run->n_keys);
    free_texts(run->keys, run->n_keys);
    free_texts(run->member_status, run->members);
    free(run->published);
    clt_gradients_free(run->gradients);
    for (size_t i = 0; run->results && i < run->members; i++) {
        free(run->results[i].ensemble.snapshots);
        free((void *)run->results[i].rewinds);
    }
    free(run->results);
    free(run->rows);
    free(run);
}

char *clt_saved_run_label(const struct clt_saved_run *run, size_t member)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < run->n_keys; key++)
        clt_text_add(&text, "%s%s = %s", key ? ", " : "", run->keys[key],
                     run->values[member * run->n_keys + key]);
    if (run->n_keys == 0) clt_text_add(&text, "member %zu", member);
    return clt_text_take(&text);
}
