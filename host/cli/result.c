#include "result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "stop.h"

static void print_percent(const struct clt_measure *measure)
{
    if (measure->made)
        printf("  %8.2f %%", 100 * measure->accuracy);
    else
        printf("  %10s", "-");
}

static void print_values(const struct clt_config *config, size_t member)
{
    for (size_t k = 0; k < config->varied.count; k++) {
        char *value = NULL;
        if (clt_config_varied_value(&value, config, member, k) == CLT_OK) printf("  %20s", value);
        free(value);
    }
}

static void print_members(const struct clt_run_record *record)
{
    const struct clt_config *config = record->config;
    printf("member");
    for (size_t k = 0; k < config->varied.count; k++) printf("  %20s", config->varied.name[k]);
    printf("  %10s  %10s  %10s  %10s\n", "train", "validation", "test", "best test");
    for (size_t p = 0; p < config->members; p++) {
        const struct clt_member_result *result = &record->members[p];
        const struct clt_measure best = {.made = result->best.exists && !result->diverged_at,
                                         .accuracy = result->best.test_accuracy};
        printf("%6zu", p);
        print_values(config, p);
        print_percent(&result->train);
        print_percent(&result->validation);
        print_percent(&result->test);
        print_percent(&best);
        if (result->diverged_at) printf("  diverged at update %" PRIu64, result->diverged_at);
        printf("\n");
    }
}

static void print_bounds(FILE *to, const struct clt_expectation *expectation)
{
    if (isinf(expectation->high))
        fprintf(to, "at least %.4f", expectation->low);
    else if (isinf(expectation->low))
        fprintf(to, "at most %.4f", expectation->high);
    else
        fprintf(to, "%.4f to %.4f", expectation->low, expectation->high);
}

/* "expected test_accuracy at least 0.8800: 0.8859, met" */
static void print_verdict(FILE *to, const struct clt_run_record *record,
                          const struct clt_expectation_result *result)
{
    const struct clt_expectation *expectation = result->expectation;
    fprintf(to, "expected %s ", expectation->metric);
    print_bounds(to, expectation);
    if (*expectation->source) fprintf(to, " (%s)", expectation->source);
    if (record->config->members > 1) fprintf(to, ", member %zu", result->member);
    fprintf(to, ": %.4f, %s\n", result->measured, result->met ? "met" : "MISSED");
}

void clt_result_print(const struct clt_outcome *outcome)
{
    const struct clt_run_record *record = &outcome->record;
    printf("%s: %s, %" PRIu64 " of %" PRIu64 " updates in %.1f s on %s\n", record->config->name,
           clt_run_status_name(record->status), record->updates, record->total_updates,
           record->seconds, record->device);
    if (record->status == CLT_RUN_DONE || record->status == CLT_RUN_DIVERGED) {
        print_members(record);
        for (size_t i = 0; i < record->n_expectations; i++)
            print_verdict(stdout, record, &record->expectations[i]);
    }
    printf("run directory: %s\n", outcome->folder);
}

void clt_result_complain(const struct clt_outcome *outcome)
{
    const struct clt_run_record *record = &outcome->record;
    if (record->status == CLT_RUN_INTERRUPTED && clt_stop_signal())
        fprintf(stderr,
                "cltrain: %s: interrupted by signal %d after %" PRIu64 " of %" PRIu64
                " updates; `cltrain resume %s` goes on\n",
                record->config->name, clt_stop_signal(), record->updates, record->total_updates,
                outcome->folder);
    for (size_t i = 0; i < record->n_expectations; i++) {
        if (record->expectations[i].met) continue;
        fprintf(stderr, "cltrain: %s: ", record->config->name);
        print_verdict(stderr, record, &record->expectations[i]);
    }
}

int clt_result_exit_code(const struct clt_outcome *outcome)
{
    const struct clt_run_record *record = &outcome->record;
    if (record->status == CLT_RUN_DIVERGED) return CLT_EXIT_DIVERGED;
    if (record->status == CLT_RUN_INTERRUPTED && clt_stop_signal())
        return CLT_EXIT_SIGNAL + clt_stop_signal();
    for (size_t i = 0; i < record->n_expectations; i++)
        if (!record->expectations[i].met) return CLT_EXIT_MISSED;
    return CLT_EXIT_OK;
}
