#include "read.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expectations.h"
#include "file.h"
#include "run_directory.h"
#include "text.h"

/* What is being read. The first failure sticks; the values that follow are empty. */
struct reader {
    const char *path;
    enum clt_status st;
};

static void complain(struct reader *reader, const char *key, const char *wanted)
{
    if (reader->st == CLT_OK)
        reader->st = clt_fail(CLT_E_DATA,
                              "%s: \"%s\" is no %s: the file is damaged; put back a "
                              "copy or train anew",
                              reader->path, key, wanted);
}

static char *copy(struct reader *reader, const char *text)
{
    char *out = strdup(text);
    if (!out && reader->st == CLT_OK) reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
    return out;
}

/* NULL for what is null or absent. */
static const json_t *find(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value) ? value : NULL;
}

static char *read_text(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = find(object, key);
    if (!value) return NULL;
    if (!json_is_string(value)) complain(reader, key, "text");
    return json_is_string(value) ? copy(reader, json_string_value(value)) : NULL;
}

static double read_real(struct reader *reader, const json_t *object, const char *key, double absent)
{
    const json_t *value = find(object, key);
    if (!value) return absent;
    if (!json_is_number(value)) complain(reader, key, "number");
    return json_number_value(value);
}

static uint64_t read_count(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = find(object, key);
    if (!value) return 0;
    if (!json_is_integer(value)) complain(reader, key, "whole number");
    return (uint64_t)json_integer_value(value);
}

static const json_t *read_list(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_array(value)) complain(reader, key, "list");
    return value;
}

static struct clt_measure read_accuracy(struct reader *reader, const json_t *member,
                                        const char *key)
{
    const double accuracy = read_real(reader, member, key, NAN);
    return (struct clt_measure){
        .made = !isnan(accuracy), .cost = NAN, .loss = NAN, .accuracy = accuracy};
}

static struct clt_best read_best(struct reader *reader, const json_t *member)
{
    const json_t *best = find(member, "best");
    if (!best) return (struct clt_best){.val_accuracy = NAN, .test_accuracy = NAN};
    if (!json_is_object(best)) complain(reader, "best", "object");
    return (struct clt_best){.exists = true,
                             .update = read_count(reader, best, "update"),
                             .val_accuracy = read_real(reader, best, "val_accuracy", NAN),
                             .test_accuracy = read_real(reader, best, "test_accuracy", NAN)};
}

static void read_result(struct reader *reader, struct clt_member_result *out, const json_t *member)
{
    out->train = read_accuracy(reader, member, "train_accuracy");
    out->validation = read_accuracy(reader, member, "val_accuracy");
    out->test = read_accuracy(reader, member, "test_accuracy");
    out->test.loss = read_real(reader, member, "test_loss", NAN);
    out->best = read_best(reader, member);
    out->diverged_at = read_count(reader, member, "diverged_at");
}

/* A value of a varied key as the config writes it: a text without its quotes, a number with the
 * fewest digits. */
static char *value_text(struct reader *reader, const json_t *value)
{
    struct clt_text text = {0};
    if (json_is_string(value))
        clt_text_add(&text, "%s", json_string_value(value));
    else if (json_is_integer(value))
        clt_text_add(&text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        clt_text_add_shortest(&text, json_real_value(value));
    else
        complain(reader, "values", "group of numbers and texts");
    char *taken = clt_text_take(&text);
    if (!taken && reader->st == CLT_OK)
        reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
    return taken;
}

static void read_values(struct reader *reader, struct clt_report_run *run, size_t index,
                        const json_t *member)
{
    const json_t *values = json_object_get(member, "values");
    if (json_object_size(values) != run->n_keys) complain(reader, "values", "group like the first");
    for (size_t key = 0; key < run->n_keys && reader->st == CLT_OK; key++)
        run->values[index * run->n_keys + key] =
            value_text(reader, json_object_get(values, run->keys[key]));
}

/* The varied keys are the first member's. */
static void read_keys(struct reader *reader, struct clt_report_run *run, const json_t *members)
{
    json_t *values = json_object_get(json_array_get(members, 0), "values");
    const char *key;
    const json_t *value;
    run->keys = calloc(json_object_size(values) + 1, sizeof *run->keys);
    run->values = calloc(run->members * json_object_size(values) + 1, sizeof *run->values);
    if (!run->keys || !run->values) {
        reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
        return;
    }
    json_object_foreach(values, key, value) run->keys[run->n_keys++] = copy(reader, key);
}

static void read_members(struct reader *reader, struct clt_report_run *run, const json_t *json)
{
    const json_t *members = read_list(reader, json, "members");
    run->members = json_array_size(members);
    if (run->members == 0) complain(reader, "members", "list with a member");
    if (reader->st != CLT_OK) return;
    run->results = calloc(run->members, sizeof *run->results);
    run->member_status = calloc(run->members, sizeof *run->member_status);
    if (!run->results || !run->member_status) {
        reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
        return;
    }
    read_keys(reader, run, members);
    for (size_t i = 0; i < run->members && reader->st == CLT_OK; i++) {
        const json_t *member = json_array_get(members, i);
        read_result(reader, &run->results[i], member);
        run->member_status[i] = read_text(reader, member, "status");
        read_values(reader, run, i, member);
    }
    if (reader->st == CLT_OK) run->best = clt_best_member(run->results, run->members);
}

static void read_expectations(struct reader *reader, struct clt_report_run *run, const json_t *json)
{
    const json_t *list = find(json, "expectations");
    const size_t count = json_array_size(list);
    run->expectations = calloc(count + 1, sizeof *run->expectations);
    if (!run->expectations) reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t i = 0; i < count && reader->st == CLT_OK; i++) {
        const json_t *item = json_array_get(list, i);
        run->expectations[run->n_expectations++] =
            (struct clt_report_expectation){.metric = read_text(reader, item, "metric"),
                                            .source = read_text(reader, item, "source"),
                                            .member = (size_t)read_count(reader, item, "member"),
                                            .published = read_real(reader, item, "published", NAN),
                                            .low = read_real(reader, item, "low", -INFINITY),
                                            .high = read_real(reader, item, "high", INFINITY),
                                            .measured = read_real(reader, item, "measured", NAN),
                                            .met = json_is_true(json_object_get(item, "met"))};
    }
}

static struct clt_profile_kernel read_kernel(struct reader *reader, const json_t *json)
{
    return (struct clt_profile_kernel){.name = read_text(reader, json, "name"),
                                       .calls = read_count(reader, json, "calls"),
                                       .seconds = read_real(reader, json, "seconds", NAN),
                                       .share = read_real(reader, json, "share", 0),
                                       .gflops = read_real(reader, json, "gflops", NAN),
                                       .gbs = read_real(reader, json, "gbs", NAN)};
}

/* Only of a run that was profiled. */
static void read_profile(struct reader *reader, struct clt_report_run *run, const json_t *json)
{
    const json_t *object = find(json, "profile");
    if (!object) return;
    const json_t *ceilings = find(object, "ceilings");
    const json_t *kernels = read_list(reader, object, "kernels");
    struct clt_profile *profile = calloc(1, sizeof *profile);
    run->profile = profile;
    if (profile) profile->kernels = calloc(json_array_size(kernels) + 1, sizeof *profile->kernels);
    if (!profile || !profile->kernels) {
        reader->st = clt_fail(CLT_E_NOMEM, "no memory for a report");
        return;
    }
    profile->seconds = read_real(reader, object, "seconds", NAN);
    profile->idle_share = read_real(reader, object, "idle_share", 0);
    profile->ceilings = (struct clt_ceilings){read_real(reader, ceilings, "fma_gflops", NAN),
                                              read_real(reader, ceilings, "copy_gbs", NAN)};
    for (size_t i = 0; i < json_array_size(kernels) && reader->st == CLT_OK; i++) {
        profile->kernels[profile->n_kernels++] = read_kernel(reader, json_array_get(kernels, i));
        if (!profile->kernels[i].name) complain(reader, "profile", "list of kernels with a name");
    }
}

static void read_run(struct reader *reader, struct clt_report_run *run, const json_t *json)
{
    const json_t *device = find(json, "device");
    run->name = read_text(reader, json, "name");
    run->version = read_text(reader, json, "version");
    run->status = read_text(reader, json, "status");
    run->reason = read_text(reader, json, "reason");
    run->platform = read_text(reader, device, "platform");
    run->device = read_text(reader, device, "name");
    run->driver = read_text(reader, device, "driver");
    run->gemm_backend = read_text(reader, json, "gemm_backend");
    run->ended = read_text(reader, json, "ended");
    run->seed = read_count(reader, json, "seed");
    run->data_seed = read_count(reader, json, "data_seed");
    run->updates = read_count(reader, json, "updates");
    run->total_updates = read_count(reader, json, "total_updates");
    run->seconds = read_real(reader, json, "seconds", NAN);
    if (!run->name) complain(reader, "name", "text");
    if (!run->status) complain(reader, "status", "text");
    read_members(reader, run, json);
    if (reader->st == CLT_OK) read_expectations(reader, run, json);
    if (reader->st == CLT_OK) read_profile(reader, run, json);
}

static enum clt_status read_json(struct clt_report_run *run, const char *path)
{
    struct reader reader = {.path = path, .st = CLT_OK};
    json_error_t error;
    uint8_t *bytes;
    size_t size;
    const enum clt_status st = clt_file_read(&bytes, &size, path);
    if (st != CLT_OK) return st;
    json_t *json = json_loadb((const char *)bytes, size, 0, &error);
    free(bytes);
    if (!json)
        return clt_fail(CLT_E_DATA, "%s:%d: %s: the file is damaged; put back a copy or train anew",
                        path, error.line, error.text);
    read_run(&reader, run, json);
    json_decref(json);
    return reader.st;
}

enum clt_status clt_report_run_read(struct clt_report_run **out, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_report_run *run = calloc(1, sizeof *run);
    char *json = clt_path_join(folder, "run.json");
    char *metrics = clt_path_join(folder, "metrics.csv");
    char *config = clt_path_join(folder, "config.cfg");
    size_t size;
    *out = NULL;
    if (!run || !json || !metrics || !config) {
        st = clt_fail(CLT_E_NOMEM, "%s: no memory for a report", folder);
        goto done;
    }
    TRY(clt_run_directory_check(folder));
    TRY(read_json(run, json));
    TRY(clt_report_metrics_read(&run->rows, &run->n_rows, metrics, run->members));
    TRY(clt_file_read((uint8_t **)&run->config_text, &size, config));
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
        st = clt_fail(CLT_E_NOMEM, "%s: no memory for a report", folder);
        goto done;
    }
    *out = run;
    run = NULL;
done:
    clt_report_run_free(run);
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

void clt_report_run_free(struct clt_report_run *run)
{
    if (!run) return;
    char *const texts[] = {run->folder,       run->name,     run->version,    run->status,
                           run->reason,       run->platform, run->device,     run->driver,
                           run->gemm_backend, run->ended,    run->config_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    for (size_t i = 0; i < run->n_expectations; i++) {
        free(run->expectations[i].metric);
        free(run->expectations[i].source);
    }
    clt_config_free(run->config);
    profile_free(run->profile);
    free_texts(run->values, run->members * run->n_keys);
    free_texts(run->keys, run->n_keys);
    free_texts(run->member_status, run->members);
    free(run->expectations);
    free(run->results);
    free(run->rows);
    free(run);
}

char *clt_report_run_label(const struct clt_report_run *run, size_t member)
{
    struct clt_text text = {0};
    for (size_t key = 0; key < run->n_keys; key++)
        clt_text_add(&text, "%s%s = %s", key ? ", " : "", run->keys[key],
                     run->values[member * run->n_keys + key]);
    if (run->n_keys == 0) clt_text_add(&text, "member %zu", member);
    return clt_text_take(&text);
}
