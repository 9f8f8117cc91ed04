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
    for (size_t k = 0; k < clt_config_varied_count(config); k++) {
        char *value = NULL;
        if (clt_config_varied_value(&value, config, member, k) == CLT_OK) printf("  %20s", value);
        free(value);
    }
}

static void print_ensembles(const struct clt_run_record *record)
{
    for (size_t p = 0; p < clt_config_members(record->config); p++) {
        const struct clt_ensemble *ensemble = &record->members[p].ensemble;
        if (ensemble->n_snapshots == 0) continue;
        printf("member %zu, %zu snapshots together: test %.2f %% by vote, %.2f %% by mean; each:",
               p, ensemble->n_snapshots, 100 * ensemble->vote.test, 100 * ensemble->mean.test);
        for (size_t s = 0; s < ensemble->n_snapshots; s++)
            printf(" %.2f %%", 100 * ensemble->snapshots[s].accuracy.test);
        printf("\n");
    }
}

static void print_members(const struct clt_run_record *record)
{
    const struct clt_config *config = record->config;
    printf("member");
    for (size_t k = 0; k < clt_config_varied_count(config); k++)
        printf("  %20s", clt_config_varied_name(config, k));
    printf("  %10s  %10s  %10s  %10s\n", "train", "validation", "test", "best test");
    for (size_t p = 0; p < clt_config_members(config); p++) {
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
        if (result->stopped_at) printf("  stopped at update %" PRIu64, result->stopped_at);
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
    if (clt_config_members(record->config) > 1) fprintf(to, ", member %zu", result->member);
    fprintf(to, ": %.4f, %s\n", result->measured, result->met ? "met" : "MISSED");
}

/* A rate, and its share of the best that the device does; "-" where it is not known. */
static void print_rate(double rate, double ceiling)
{
    if (isnan(rate))
        printf("  %9s  %7s", "-", "-");
    else
        printf("  %9.2f  %5.1f %%", rate, 100 * rate / ceiling);
}

static void print_profile(const struct clt_profile *profile)
{
    printf("%-24s  %9s  %9s  %7s  %9s  %7s  %9s  %7s\n", "kernel", "calls", "seconds", "share",
           "GFLOP/s", "of best", "GB/s", "of best");
    for (size_t i = 0; i < profile->n_kernels; i++) {
        const struct clt_profile_kernel *kernel = &profile->kernels[i];
        printf("%-24s  %9" PRIu64 "  %9.4f  %5.1f %%", kernel->name, kernel->calls, kernel->seconds,
               100 * kernel->share);
        print_rate(kernel->gflops, profile->ceilings.fma_gflops);
        print_rate(kernel->gbs, profile->ceilings.copy_gbs);
        printf("\n");
    }
    printf("%-24s  %9s  %9.4f  %5.1f %%\n", "idle", "", profile->idle_share * profile->seconds,
           100 * profile->idle_share);
    printf("%-24s  %9s  %9s  %7s  %9.2f  %7s  %9.2f\n", "the device at its best", "", "", "",
           profile->ceilings.fma_gflops, "", profile->ceilings.copy_gbs);
}

void clt_result_print(const struct clt_run *run)
{
    const struct clt_run_record *record = clt_run_record_of(run);
    printf("%s: %s, %" PRIu64 " of %" PRIu64 " updates in %.1f s on %s\n",
           clt_config_name(record->config), clt_run_status_name(record->status), record->updates,
           record->total_updates, record->seconds, record->device);
    if (record->status == CLT_RUN_DONE || record->status == CLT_RUN_DIVERGED) {
        print_members(record);
        print_ensembles(record);
        for (size_t i = 0; i < record->n_expectations; i++)
            print_verdict(stdout, record, &record->expectations[i]);
    }
    if (record->profile) print_profile(record->profile);
    printf("run directory: %s\n", clt_run_folder(run));
}

void clt_result_complain(const struct clt_run *run)
{
    const struct clt_run_record *record = clt_run_record_of(run);
    if (record->status == CLT_RUN_INTERRUPTED && clt_stop_signal())
        fprintf(stderr,
                "cltrain: %s: interrupted by signal %d after %" PRIu64 " of %" PRIu64
                " updates; `cltrain resume %s` goes on\n",
                clt_config_name(record->config), clt_stop_signal(), record->updates,
                record->total_updates, clt_run_folder(run));
    for (size_t i = 0; i < record->n_expectations; i++) {
        if (record->expectations[i].met) continue;
        fprintf(stderr, "cltrain: %s: ", clt_config_name(record->config));
        print_verdict(stderr, record, &record->expectations[i]);
    }
}

int clt_result_exit_code(const struct clt_run *run)
{
    const struct clt_run_record *record = clt_run_record_of(run);
    if (record->status == CLT_RUN_DIVERGED) return CLT_EXIT_DIVERGED;
    if (record->status == CLT_RUN_INTERRUPTED && clt_stop_signal())
        return CLT_EXIT_SIGNAL + clt_stop_signal();
    for (size_t i = 0; i < record->n_expectations; i++)
        if (!record->expectations[i].met) return CLT_EXIT_MISSED;
    return CLT_EXIT_OK;
}
