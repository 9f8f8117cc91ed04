#include "replicas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expectations.h"
#include "text.h"

bool clt_is_seed_key(const char *key)
{
    return strcmp(key, "seed") == 0 || strcmp(key, "data.seed") == 0;
}

/* The member's values of all keys but seeds, each on a line: equal texts, equal settings. */
static enum clt_status describe(char **out, const struct clt_config *config, size_t member)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    char *value = NULL;
    *out = NULL;
    for (size_t key = 0; key < config->varied.count; key++) {
        if (clt_is_seed_key(config->varied.name[key])) continue;
        TRY(clt_config_varied_value(&value, config, member, key));
        clt_text_add(&text, "%s\n", value);
        free(value);
        value = NULL;
    }
    *out = clt_text_take(&text);
    if (!*out) TRY(clt_fail(CLT_E_NOMEM, "no memory for the members' settings"));
done:
    clt_text_free(&text);
    free(value);
    return st;
}

enum clt_status clt_replicas_find(size_t *setting, size_t *n_settings,
                                  const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    char **texts = calloc(config->members, sizeof *texts); /* of the settings so far */
    char *text = NULL;
    *n_settings = 0;
    if (!texts) return clt_fail(CLT_E_NOMEM, "no memory for the members' settings");
    for (size_t p = 0; p < config->members; p++) {
        TRY(describe(&text, config, p));
        setting[p] = 0;
        while (setting[p] < *n_settings && strcmp(texts[setting[p]], text) != 0) setting[p]++;
        if (setting[p] == *n_settings) {
            texts[(*n_settings)++] = text;
            text = NULL;
        }
        free(text);
        text = NULL;
    }
done:
    free(text);
    for (size_t i = 0; i < *n_settings; i++) free(texts[i]);
    free(texts);
    return st;
}

enum clt_status clt_replicas_summarize(struct clt_summary *out, const char *metric,
                                       const struct clt_member_result *results,
                                       const size_t *setting, size_t members, size_t number)
{
    size_t n = 0;
    double *values = calloc(members, sizeof *values);
    if (!values) return clt_fail(CLT_E_NOMEM, "no memory for the members' settings");
    for (size_t p = 0; p < members; p++)
        if (setting[p] == number) values[n++] = clt_result_metric(&results[p], metric);
    *out = clt_summarize(values, n);
    free(values);
    return CLT_OK;
}

static enum clt_status spread_of(struct clt_spread *out, const char *metric,
                                 const struct clt_run_record *record, const size_t *setting,
                                 size_t number)
{
    struct clt_summary summary;
    const enum clt_status st = clt_replicas_summarize(&summary, metric, record->members, setting,
                                                      record->config->members, number);
    if (st == CLT_OK)
        *out = (struct clt_spread){summary.mean, summary.deviation, summary.low, summary.high};
    return st;
}

enum clt_status clt_run_settings(struct clt_setting **out, size_t *n_settings,
                                 const struct clt_run_record *record)
{
    enum clt_status st = CLT_OK;
    const size_t members = record->config->members;
    size_t *setting = calloc(members, sizeof *setting);
    struct clt_setting *settings = calloc(members, sizeof *settings);
    *out = NULL;
    if (!setting || !settings) TRY(clt_fail(CLT_E_NOMEM, "no memory for the members' settings"));
    TRY(clt_replicas_find(setting, n_settings, record->config));
    for (size_t p = members; p-- > 0;) {
        settings[setting[p]].first = p;
        settings[setting[p]].members++;
    }
    for (size_t i = 0; i < *n_settings; i++) {
        TRY(spread_of(&settings[i].train, "train_accuracy", record, setting, i));
        TRY(spread_of(&settings[i].validation, "val_accuracy", record, setting, i));
        TRY(spread_of(&settings[i].test, "test_accuracy", record, setting, i));
    }
    *out = settings;
    settings = NULL;
done:
    free(setting);
    free(settings);
    return st;
}
