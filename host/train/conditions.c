#include "conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

enum condition { PLATFORM, DEVICE, DRIVER, GEMM, DATA, CONFIG };

static const struct row {
    const char *key, *what;
    enum clt_allow kind;
} rows[CLT_CONDITIONS] = {
    [PLATFORM] = {"platform", "the platform", CLT_ALLOW_DEVICE},
    [DEVICE] = {"device", "the device", CLT_ALLOW_DEVICE},
    [DRIVER] = {"driver", "the driver", CLT_ALLOW_DRIVER},
    [GEMM] = {"gemm", "the order of sums in matrix products", CLT_ALLOW_GEMM},
    [DATA] = {"data", "the data", CLT_ALLOW_DATA},
    [CONFIG] = {"config", "the config", CLT_ALLOW_CONFIG},
};

const char *clt_allow_name(enum clt_allow kind)
{
    switch (kind) {
    case CLT_ALLOW_DEVICE: return "device";
    case CLT_ALLOW_DRIVER: return "driver";
    case CLT_ALLOW_DATA: return "data";
    case CLT_ALLOW_GEMM: return "gemm";
    case CLT_ALLOW_CONFIG: break;
    }
    return "config";
}

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for what a run depends on");
}

/* ---- those of an experiment ---- */

/* "HASH NAME" of each file, a line each. */
static char *data_text(const struct clt_dataset *dataset)
{
    struct clt_text text = {0};
    for (size_t i = 0; i < dataset->n_files; i++)
        clt_text_add(&text, "%s %s\n", dataset->files[i].hash, dataset->files[i].name);
    return clt_text_take(&text);
}

/* The text as it comes back from a state, which is UTF-8. */
static char *as_metadata(const char *text)
{
    json_t *value = clt_json_string(text);
    char *copy = value ? strdup(json_string_value(value)) : NULL;
    json_decref(value);
    return copy;
}

enum clt_status clt_conditions_create(struct clt_conditions *out,
                                      const struct clt_experiment *experiment)
{
    enum clt_status st = CLT_OK;
    const struct clt_device_info *device = clt_device_describe(experiment->device);
    char *data = data_text(experiment->dataset), *config = NULL;
    *out = (struct clt_conditions){0};
    if (!data) TRY(no_memory());
    TRY(clt_config_write(&config, experiment->config));
    const char *const texts[CLT_CONDITIONS] = {
        [PLATFORM] = device->platform_name,
        [DEVICE] = device->name,
        [DRIVER] = device->driver,
        [GEMM] = clt_gemm_order(experiment->model->gemm),
        [DATA] = data,
        [CONFIG] = config,
    };
    for (size_t i = 0; i < CLT_CONDITIONS; i++)
        if (!(out->text[i] = as_metadata(texts[i]))) TRY(no_memory());
done:
    free(data);
    free(config);
    if (st != CLT_OK) clt_conditions_free(out);
    return st;
}

void clt_conditions_free(struct clt_conditions *conditions)
{
    for (size_t i = 0; i < CLT_CONDITIONS; i++) free(conditions->text[i]);
    *conditions = (struct clt_conditions){0};
}

void clt_conditions_metadata(struct clt_metadata out[CLT_CONDITIONS],
                             const struct clt_conditions *conditions)
{
    for (size_t i = 0; i < CLT_CONDITIONS; i++)
        out[i] = (struct clt_metadata){rows[i].key, conditions->text[i]};
}

/* ---- against those of a state ---- */

void clt_condition_changes_free(struct clt_condition_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) free(changes->change[i].text);
    free(changes->change);
    *changes = (struct clt_condition_changes){0};
}

/* Takes the text over. */
static enum clt_status add(struct clt_condition_changes *changes, enum clt_allow kind,
                           struct clt_text *text)
{
    char *taken = clt_text_take(text);
    struct clt_condition_change *grown = realloc(changes->change, (changes->n + 1) * sizeof *grown);
    if (grown) changes->change = grown;
    if (!grown || !taken) {
        free(taken);
        return no_memory();
    }
    grown[changes->n++] = (struct clt_condition_change){kind, taken};
    return CLT_OK;
}

/* What follows its first line; the last may lack its end in a state of others. */
static const char *behind_line(const char *lines)
{
    lines += strcspn(lines, "\n");
    return *lines ? lines + 1 : lines;
}

/* Each line of `lines`, as a change. */
static enum clt_status add_lines(struct clt_condition_changes *changes, enum clt_allow kind,
                                 const char *lines)
{
    enum clt_status st = CLT_OK;
    for (; *lines; lines = behind_line(lines)) {
        struct clt_text text = {0};
        clt_text_add_bytes(&text, lines, strcspn(lines, "\n"));
        TRY(add(changes, kind, &text));
    }
done:
    return st;
}

/* The line of `lines` for the same file as `line`; NULL where there is none. */
static const char *same_file(const char *lines, const char *line)
{
    const char *name = line + strcspn(line, " ");
    const size_t length = strcspn(name, "\n");
    for (; *lines; lines = behind_line(lines)) {
        const char *other = lines + strcspn(lines, " \n");
        if (strcspn(other, "\n") == length && memcmp(other, name, length) == 0) return lines;
    }
    return NULL;
}

/* Files of `now` that the state tells of otherwise, or not at all. The names are keys of the
 * config: one that is gone has changed there. */
static enum clt_status compare_data(struct clt_condition_changes *out, const char *now,
                                    const char *before)
{
    enum clt_status st = CLT_OK;
    for (const char *line = now; *line; line = behind_line(line)) {
        struct clt_text text = {0};
        const char *was = same_file(before, line);
        const int hash = (int)strcspn(line, " "), length = (int)strcspn(line, "\n");
        if (was && strncmp(was, line, (size_t)length) == 0) continue;
        clt_text_add(&text, "the data in '%.*s' have the content hash %.*s, had %.*s",
                     length - hash - 1, line + hash + 1, hash, line,
                     was ? (int)strcspn(was, " ") : 4, was ? was : "none");
        TRY(add(out, CLT_ALLOW_DATA, &text));
    }
done:
    return st;
}

/* Keys that a resume may change, and those that no bit hangs on: data are compared by what they
 * are, not by where they lie. */
static const char *const ignored[] = {"train.epochs",
                                      "train.cycles",
                                      "train.updates",
                                      "train.stop_at_update",
                                      "data.path",
                                      "data.device_memory",
                                      "device",
                                      "gemm.tune_seconds",
                                      NULL};

static enum clt_status compare_config(struct clt_condition_changes *out, const char *now,
                                      const char *before)
{
    enum clt_status st = CLT_OK;
    struct clt_config *is = NULL, *was = NULL;
    char *lines = NULL;
    TRY(clt_config_parse(&is, now, "config.cfg"));
    TRY(clt_config_parse(&was, before, "the config in the state"));
    TRY(clt_config_compare(&lines, is, was, ignored));
    TRY(add_lines(out, CLT_ALLOW_CONFIG, lines));
done:
    free(lines);
    clt_config_free(is);
    clt_config_free(was);
    return st == CLT_E_CONFIG ? clt_fail(CLT_E_DATA, "%s", clt_error_message()) : st;
}

static enum clt_status compare_text(struct clt_condition_changes *out, const struct row *row,
                                    const char *now, const char *before)
{
    struct clt_text text = {0};
    if (strcmp(now, before) == 0) return CLT_OK;
    clt_text_add(&text, "%s is %s, was %s", row->what, now, before);
    return add(out, row->kind, &text);
}

enum clt_status clt_conditions_compare(struct clt_condition_changes *out,
                                       const struct clt_conditions *now,
                                       const struct clt_safetensors *file)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < CLT_CONDITIONS; i++) {
        const char *before = clt_safetensors_metadata(file, rows[i].key);
        if (!before)
            TRY(compare_text(out, &rows[i], now->text[i], "not recorded"));
        else if (i == DATA)
            TRY(compare_data(out, now->text[i], before));
        else if (i == CONFIG)
            TRY(compare_config(out, now->text[i], before));
        else
            TRY(compare_text(out, &rows[i], now->text[i], before));
    }
done:
    return st;
}

/* CLT_E_DATA: a change is not among those that are allowed; a line each, which offers to allow it
 * where it may be. */
static enum clt_status refuse(const struct clt_condition_changes *changes, unsigned allowed,
                              const char *folder, bool may_be_allowed)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    for (size_t i = 0; i < changes->n; i++) {
        const struct clt_condition_change *change = &changes->change[i];
        const char *name = clt_allow_name(change->kind);
        if (change->kind & allowed) continue;
        clt_text_add(&text, "%s%s: %s: %s; put it back as it was", text.length ? "\n" : "", folder,
                     name, change->text);
        if (may_be_allowed)
            clt_text_add(&text, ", or go on knowingly with --allow %s", name);
        else
            clt_text_add(&text, ": what was begun goes on as it began");
    }
    if (text.failed)
        st = no_memory();
    else if (text.length)
        st = clt_fail(CLT_E_DATA, "%s", text.bytes);
    clt_text_free(&text);
    return st;
}

enum clt_status clt_conditions_check(const struct clt_condition_changes *changes, unsigned allowed,
                                     const char *folder)
{
    return refuse(changes, allowed, folder, true);
}

enum clt_status clt_conditions_check_config(const struct clt_config *config, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_condition_changes changes = {0};
    struct clt_config *own = NULL;
    char *now = NULL, *before = NULL;
    TRY(clt_run_directory_config(&own, folder, NULL, 0));
    TRY(clt_config_write(&now, config));
    TRY(clt_config_write(&before, own));
    TRY(compare_config(&changes, now, before));
    TRY(refuse(&changes, 0, folder, false));
done:
    clt_condition_changes_free(&changes);
    clt_config_free(own);
    free(now);
    free(before);
    return st;
}
