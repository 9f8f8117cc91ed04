#include "repeats.h"

#include <math.h>
#include <stdlib.h>

#include "replicas.h"

static const char *value_of(const struct clt_repeats *repeats, size_t member, size_t key)
{
    return repeats->run->values[member * repeats->run->n_keys + repeats->keys[key]];
}

enum clt_status clt_repeats_find(struct clt_repeats *out, const struct clt_saved_run *run)
{
    *out = (struct clt_repeats){.run = run,
                                .setting = calloc(run->members, sizeof *out->setting),
                                .first = calloc(run->members, sizeof *out->first),
                                .keys = calloc(run->n_keys + 1, sizeof *out->keys),
                                .scratch = calloc(run->members, sizeof *out->scratch)};
    if (!out->setting || !out->first || !out->keys || !out->scratch)
        return clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t key = 0; key < run->n_keys; key++)
        if (!clt_is_seed_key(run->keys[key])) out->keys[out->n_keys++] = key;
    const enum clt_status st = clt_replicas_find(out->setting, &out->count, run->config);
    for (size_t member = run->members; st == CLT_OK && member-- > 0;)
        out->first[out->setting[member]] = member;
    return st;
}

void clt_repeats_free(struct clt_repeats *repeats)
{
    free(repeats->setting);
    free(repeats->first);
    free(repeats->keys);
    free(repeats->scratch);
}

bool clt_repeats_exist(const struct clt_repeats *repeats)
{
    return repeats->count < repeats->run->members;
}

const char *clt_repeats_value(const struct clt_repeats *repeats, size_t setting, size_t key)
{
    return value_of(repeats, repeats->first[setting], key);
}

double clt_result_accuracy(const struct clt_member_result *result, enum clt_split split)
{
    const struct clt_measure *measure = split == CLT_SPLIT_TRAIN        ? &result->train
                                        : split == CLT_SPLIT_VALIDATION ? &result->validation
                                                                        : &result->test;
    return measure->made && !result->diverged_at ? measure->accuracy : NAN;
}

struct clt_summary clt_repeats_summary(const struct clt_repeats *repeats, size_t setting,
                                       enum clt_split split)
{
    double *values = repeats->scratch;
    size_t n = 0;
    for (size_t member = 0; member < repeats->run->members; member++)
        if (repeats->setting[member] == setting)
            values[n++] = clt_result_accuracy(&repeats->run->results[member], split);
    return clt_summarize(values, n);
}

size_t clt_repeats_best(const struct clt_repeats *repeats)
{
    size_t best = 0;
    double highest = -1;
    for (size_t setting = 0; setting < repeats->count; setting++) {
        const double mean = clt_repeats_summary(repeats, setting, CLT_SPLIT_VALIDATION).mean;
        if (!(mean > highest)) continue;
        highest = mean;
        best = setting;
    }
    return best;
}
