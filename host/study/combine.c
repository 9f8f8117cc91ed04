#include "combine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "expectations.h"
#include "file.h"
#include "gradients.h"
#include "record.h"
#include "resumes.h"
#include "saved_run.h"

static enum clt_status no_memory(const char *folder)
{
    return clt_fail(CLT_E_NOMEM, "%s: no memory for the parts' results", folder);
}

/* ---- networks ---- */

/* `to` becomes another name of the file `from`, or a copy where the file system has no links. */
static enum clt_status link_file(const char *from, const char *to)
{
    enum clt_status st = CLT_OK;
    uint8_t *bytes = NULL;
    size_t size;
    if (unlink(to) != 0 && errno != ENOENT) return clt_file_cannot_write(to, "cannot replace it");
    if (link(from, to) == 0) return CLT_OK;
    TRY(clt_file_read(&bytes, &size, from));
    TRY(clt_file_replace(to, bytes, size));
done:
    free(bytes);
    return st;
}

/* The networks of one kind (last, best, ...) of a part, under their members' numbers in the whole;
 * `from` and `to` are folders of checkpoints. */
static enum clt_status link_kind(const char *from, const char *to, const char *kind,
                                 const struct clt_part *part)
{
    enum clt_status st = CLT_OK;
    bool exists;
    char *old = NULL, *new = NULL, *folder = clt_path_join(to, kind);
    if (!folder) return no_memory(to);
    TRY(clt_folder_create(folder));
    for (size_t i = 0; i < part->n_members; i++) {
        old = clt_member_path(from, kind, i);
        new = clt_member_path(to, kind, part->members[i]);
        if (!old || !new) TRY(no_memory(to));
        TRY(clt_file_find(&exists, old));
        if (exists) TRY(link_file(old, new));
        free(old);
        free(new);
        old = new = NULL;
    }
    TRY(clt_file_sync(folder)); /* links need not reach the disk with the files */
done:
    free(folder);
    free(old);
    free(new);
    return st;
}

static enum clt_status link_networks(const char *folder, const char *part_folder,
                                     const struct clt_part *part)
{
    enum clt_status st = CLT_OK;
    struct clt_listing kinds = {0};
    char *from = clt_path_join(part_folder, "checkpoint"),
         *to = clt_path_join(folder, "checkpoint");
    if (!from || !to) TRY(no_memory(folder));
    TRY(clt_folder_list(&kinds, from));
    for (size_t i = 0; i < kinds.count; i++)
        if (kinds.name[i][0] != '.') TRY(link_kind(from, to, kinds.name[i], part));
done:
    clt_listing_free(&kinds);
    free(from);
    free(to);
    return st;
}

/* ---- metrics.csv ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct clt_metrics_row *x = a, *y = b;
    if (x->update != y->update) return x->update < y->update ? -1 : 1;
    return x->member < y->member ? -1 : x->member > y->member;
}

static size_t collect_rows(struct clt_metrics_row *out, struct clt_saved_run *const *saved,
                           const struct clt_parts *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < parts->n_parts; i++)
        for (size_t r = 0; saved[i] && r < saved[i]->n_rows; r++) {
            out[n] = saved[i]->rows[r];
            out[n].member = parts->part[i].members[out[n].member];
            n++;
        }
    return n;
}

/* In the order of a population that trains together. */
static enum clt_status write_metrics(const char *folder, struct clt_saved_run *const *saved,
                                     const struct clt_parts *parts)
{
    enum clt_status st = CLT_OK;
    struct clt_metrics_file *file = NULL;
    uint64_t length;
    size_t n = 0;
    for (size_t i = 0; i < parts->n_parts; i++)
        if (saved[i]) n += saved[i]->n_rows;
    struct clt_metrics_row *rows = calloc(n + 1, sizeof *rows);
    if (!rows) return no_memory(folder);
    qsort(rows, collect_rows(rows, saved, parts), sizeof *rows, compare_rows);
    TRY(clt_metrics_file_open(&file, folder, 0));
    TRY(clt_metrics_file_append(file, rows, n));
    TRY(clt_metrics_file_sync(file, &length));
done:
    clt_metrics_file_close(file);
    free(rows);
    return st;
}

/* ---- run.json, result.csv ---- */

/* What the whole has in common with its parts, and their sums. */
static struct clt_run_record record_of(const struct clt_config *config,
                                       struct clt_saved_run *const *saved, size_t n,
                                       enum clt_run_status status, struct clt_stop stop)
{
    struct clt_run_record record = {.config = config, .status = status, .ended = time(NULL)};
    record.reason = status == CLT_RUN_DONE ? "all parts are done" : stop.reason;
    record.signal = status == CLT_RUN_DONE ? 0 : stop.signal;
    for (size_t i = 0; i < n && saved[i]; i++) {
        record.platform = saved[i]->platform;
        record.device = saved[i]->device;
        record.driver = saved[i]->driver;
        record.gemm_backend = saved[i]->gemm_backend;
        record.seconds += saved[i]->seconds;
        if (saved[i]->updates > record.updates) record.updates = saved[i]->updates;
        if (saved[i]->total_updates > record.total_updates)
            record.total_updates = saved[i]->total_updates;
    }
    return record;
}

static bool all_diverged(const struct clt_run_record *record)
{
    for (size_t p = 0; p < record->config->members; p++)
        if (!record->members[p].diverged_at) return false;
    return true;
}

/* The checks of all parts as one, its members with their numbers in the whole; NULL where there are
 * none. */
static enum clt_status merge_gradients(struct clt_gradients **out,
                                       struct clt_saved_run *const *saved,
                                       const struct clt_parts *parts)
{
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < parts->n_parts; i++) {
        if (!saved[i] || !saved[i]->gradients) return CLT_OK;
        n += saved[i]->gradients->n_tensors;
    }
    struct clt_gradients *merged = calloc(1, sizeof *merged);
    *out = merged;
    if (!merged || !(merged->tensors = calloc(n + 1, sizeof *merged->tensors)))
        return clt_fail(CLT_E_NOMEM, "no memory for the check of gradients");
    struct clt_tensor_gradient *tensors = merged->tensors;
    *merged = *saved[0]->gradients;
    merged->tensors = tensors;
    merged->n_tensors = 0;
    for (size_t i = 0; i < parts->n_parts; i++) {
        const struct clt_gradients *of_part = saved[i]->gradients;
        merged->passed = merged->passed && of_part->passed;
        for (size_t t = 0; t < of_part->n_tensors; t++) {
            tensors[merged->n_tensors] = of_part->tensors[t];
            tensors[merged->n_tensors++].member =
                parts->part[i].members[of_part->tensors[t].member];
        }
    }
    return CLT_OK;
}

static enum clt_status write_record(const char *folder, const struct clt_config *config,
                                    struct clt_saved_run *const *saved,
                                    const struct clt_parts *parts, enum clt_run_status status,
                                    struct clt_stop stop)
{
    enum clt_status st = CLT_OK;
    struct clt_run_record record = record_of(config, saved, parts->n_parts, status, stop);
    struct clt_member_result *members = calloc(config->members, sizeof *members);
    struct clt_expectation_result *judged = calloc(config->n_expect + 1, sizeof *judged);
    struct clt_gradients *gradients = NULL;
    char *resumes = NULL;
    if (!members || !judged) TRY(no_memory(folder));
    TRY(merge_gradients(&gradients, saved, parts));
    for (size_t i = 0; i < parts->n_parts; i++)
        if (saved[i]) TRY(clt_resumes_join(&resumes, saved[i]->resumes));
    record.resumes = resumes;
    for (size_t i = 0; i < parts->n_parts; i++)
        for (size_t p = 0; saved[i] && p < parts->part[i].n_members; p++)
            members[parts->part[i].members[p]] = saved[i]->results[p];
    record.members = members;
    record.gradients = gradients;
    if (status == CLT_RUN_DONE) {
        clt_expectations_judge(judged, config, members, gradients);
        record.expectations = judged;
        record.n_expectations = config->n_expect;
    }
    if (status == CLT_RUN_DONE && all_diverged(&record)) {
        record.status = CLT_RUN_DIVERGED;
        record.reason = "every member diverged";
    }
    TRY(clt_record_write_results(folder, &record));
    TRY(clt_record_write_json(folder, &record));
    if (record.status == CLT_RUN_DIVERGED)
        st = clt_fail(CLT_E_DIVERGED, CLT_ALL_DIVERGED, config->name);
done:
    clt_gradients_free(gradients);
    free(resumes);
    free(members);
    free(judged);
    return st;
}

/* *out stays NULL where the part has not begun. */
static enum clt_status read_part(struct clt_saved_run **out, const char *folder, size_t number,
                                 const struct clt_part *part)
{
    enum clt_status st = CLT_OK;
    bool begun;
    char *part_folder = clt_part_folder(folder, number);
    char *record = part_folder ? clt_path_join(part_folder, "run.json") : NULL;
    if (!record) TRY(no_memory(folder));
    TRY(clt_file_find(&begun, record));
    if (!begun) goto done;
    TRY(clt_saved_run_read(out, part_folder));
    if ((*out)->members != part->n_members)
        TRY(clt_fail(CLT_E_DATA,
                     "%s: has %zu members, parts.json gives it %zu: they are not of the same run; "
                     "put back a copy or train anew",
                     part_folder, (*out)->members, part->n_members));
    TRY(link_networks(folder, part_folder, part));
done:
    free(part_folder);
    free(record);
    return st;
}

enum clt_status clt_combine(const char *folder, const struct clt_config *config,
                            const struct clt_parts *parts, enum clt_run_status status,
                            struct clt_stop stop)
{
    enum clt_status st = CLT_OK;
    struct clt_saved_run **saved = calloc(parts->n_parts, sizeof *saved);
    if (!saved) return no_memory(folder);
    for (size_t i = 0; i < parts->n_parts; i++)
        TRY(read_part(&saved[i], folder, i, &parts->part[i]));
    TRY(write_metrics(folder, saved, parts));
    TRY(write_record(folder, config, saved, parts, status, stop));
done:
    for (size_t i = 0; i < parts->n_parts; i++) clt_saved_run_free(saved[i]);
    free(saved);
    return st;
}

enum clt_status clt_combine_nothing(const char *folder, const struct clt_config *config,
                                    enum clt_status failure, const char *reason)
{
    enum clt_status st = CLT_OK;
    struct clt_metrics_file *file = NULL;
    char *metrics = clt_path_join(folder, "metrics.csv");
    struct clt_member_result *members = calloc(config->members, sizeof *members);
    const struct clt_run_record record = {.config = config,
                                          .status = failure ? CLT_RUN_FAILED : CLT_RUN_RUNNING,
                                          .reason = reason,
                                          .failure = failure,
                                          .members = members};
    if (!metrics || !members) TRY(no_memory(folder));
    if (!clt_file_exists(metrics)) TRY(clt_metrics_file_open(&file, folder, 0));
    TRY(clt_record_write_json(folder, &record));
done:
    clt_metrics_file_close(file);
    free(metrics);
    free(members);
    return st;
}
