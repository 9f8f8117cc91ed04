#include "result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "events.h"

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

/* An accuracy, a loss, or the error of a gradient. */
static void print_number(FILE *to, double value)
{
    if (value != 0 && fabs(value) < 1e-3)
        fprintf(to, "%.2e", value);
    else
        fprintf(to, "%.4f", value);
}

static void print_bounds(FILE *to, const struct clt_expectation *expectation)
{
    const bool range = !isinf(expectation->low) && !isinf(expectation->high);
    if (!range) fprintf(to, isinf(expectation->high) ? "at least " : "at most ");
    if (!isinf(expectation->low)) print_number(to, expectation->low);
    if (range) fprintf(to, " to ");
    if (!isinf(expectation->high)) print_number(to, expectation->high);
}

/* "expected test_accuracy at least 0.8800: 0.8859, met" */
static void print_verdict(FILE *to, const struct clt_run_record *record,
                          const struct clt_expectation_result *result)
{
    const struct clt_expectation *expectation = result->expectation;
    fprintf(to, "expected %s ", expectation->metric);
    if (*expectation->tensor) fprintf(to, "of %s ", expectation->tensor);
    print_bounds(to, expectation);
    if (*expectation->source) fprintf(to, " (%s)", expectation->source);
    if (expectation->of == CLT_EXPECT_MEAN)
        fprintf(to, ", mean of the members");
    else if (clt_config_members(record->config) > 1)
        fprintf(to, ", member %zu", result->member);
    fprintf(to, ": ");
    print_number(to, result->measured);
    fprintf(to, ", %s", result->met ? "met" : "MISSED");
}

/* The first entry of the tensor's name: members of one shape or several have it. */
static size_t first_of(const struct clt_gradients *gradients, const char *tensor)
{
    size_t i = 0;
    while (strcmp(gradients->tensors[i].tensor, tensor) != 0) i++;
    return i;
}

/* The worst of a tensor's members, measure by measure. */
static struct clt_tensor_gradient worst_of(const struct clt_gradients *gradients, size_t first)
{
    struct clt_tensor_gradient worst = gradients->tensors[first];
    for (size_t i = first + 1; i < gradients->n_tensors; i++) {
        const struct clt_tensor_gradient *tensor = &gradients->tensors[i];
        const struct clt_gradient_error *error = &tensor->error;
        if (strcmp(tensor->tensor, worst.tensor) != 0) continue;
        worst.error.compared += error->compared;
        worst.left_out += tensor->left_out;
        worst.error.norm = fmax(worst.error.norm, error->norm);
        worst.error.elementwise = fmax(worst.error.elementwise, error->elementwise);
        worst.error.absolute = fmax(worst.error.absolute, error->absolute);
        worst.error.below_1e_6 = fmin(worst.error.below_1e_6, error->below_1e_6);
        worst.within_rounding = worst.within_rounding || tensor->within_rounding;
        worst.passed = worst.passed && tensor->passed;
    }
    return worst;
}

static void print_gradients(const struct clt_gradients *gradients)
{
    printf("gradients against central differences: %zu samples of %zu features, in %s, h = %g\n",
           gradients->samples, gradients->features, gradients->in_double ? "double" : "float",
           gradients->step);
    printf("%-16s  %8s  %8s  %9s  %11s  %9s  %7s\n", "tensor", "compared", "left out", "norm-wise",
           "elementwise", "absolute", "< 1e-6");
    for (size_t i = 0; i < gradients->n_tensors; i++) {
        if (first_of(gradients, gradients->tensors[i].tensor) < i) continue;
        const struct clt_tensor_gradient worst = worst_of(gradients, i);
        printf("%-16s  %8zu  %8zu  %9.1e  %11.1e  %9.1e  %6.1f%%%s\n", worst.tensor,
               worst.error.compared, worst.left_out, worst.error.norm, worst.error.elementwise,
               worst.error.absolute, 100 * worst.error.below_1e_6,
               !worst.passed           ? "  wrong"
               : worst.within_rounding ? "  within rounding"
                                       : "");
    }
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

/* "mean of 5: 52.84 % +- 0.31, 52.31 to 53.20" */
static void print_spread(const char *split, const struct clt_spread *spread)
{
    if (isnan(spread->mean)) return;
    printf("  %s %.2f %%", split, 100 * spread->mean);
    if (!isnan(spread->deviation)) printf(" +- %.2f", 100 * spread->deviation);
    printf(" (%.2f to %.2f)", 100 * spread->low, 100 * spread->high);
}

/* What repetitions over seeds say, a line a setting. */
static void print_settings(const struct clt_run_record *record)
{
    struct clt_setting *settings;
    size_t n;
    if (clt_run_settings(&settings, &n, record) != CLT_OK) return;
    for (size_t i = 0; n < clt_config_members(record->config) && i < n; i++) {
        printf("like member %zu, mean of %zu:", settings[i].first, settings[i].members);
        print_spread("train", &settings[i].train);
        print_spread("validation", &settings[i].validation);
        print_spread("test", &settings[i].test);
        printf("\n");
    }
    free(settings);
}

void clt_result_print_run(const struct clt_run_record *record)
{
    printf("%s: %s, %" PRIu64 " of %" PRIu64 " updates in %.1f s on %s\n",
           clt_config_name(record->config), clt_run_status_name(record->status), record->updates,
           record->total_updates, record->seconds, record->device ? record->device : "no device");
    if (record->status == CLT_RUN_DONE || record->status == CLT_RUN_DIVERGED) {
        print_members(record);
        print_settings(record);
        print_ensembles(record);
        if (record->gradients && record->gradients->n_tensors > 0)
            print_gradients(record->gradients);
        for (size_t i = 0; i < record->n_expectations; i++) {
            print_verdict(stdout, record, &record->expectations[i]);
            printf("\n");
        }
    }
    if (record->profile) print_profile(record->profile);
}

/* "without: 0.5284 +- 0.0031 (5), with: ...; difference 0.0050, 95 % interval 0.0011 to 0.0089:
 * larger than the spread" */
static void print_comparison(const struct clt_comparison_result *c)
{
    printf("%s of ", c->metric);
    for (size_t side = 0; side < 2; side++)
        printf("%s%s: %.4f +- %.4f (n = %zu)", side ? ", " : "", c->stages[side], c->mean[side],
               c->deviation[side], c->n[side]);
    printf("; difference %+.4f", c->difference);
    if (isnan(c->low))
        printf("; at least two seeds on each side would tell whether that is more than chance\n");
    else
        printf(", 95 %% interval %+.4f to %+.4f: %s\n", c->low, c->high,
               c->significant ? "larger than the spread" : "within the spread");
}

void clt_result_print(const struct clt_study *study)
{
    const struct clt_study_record *record = clt_study_record_of(study);
    if (record->has_stages)
        printf("%s: %s, %zu stages in %.1f s\n", record->name, clt_run_status_name(record->status),
               record->n_stages, record->seconds);
    else
        clt_result_print_run(record->stages[0].run);
    for (size_t i = 0; i < record->n_comparisons; i++) print_comparison(&record->comparisons[i]);
    printf("run directory: %s\n", clt_study_folder(study));
    if (record->status == CLT_RUN_INTERRUPTED && !record->signal)
        printf("%s; `cltrain resume %s` goes on\n", record->reason, clt_study_folder(study));
}

void clt_result_summarize(struct clt_text *lines, const struct clt_study *study)
{
    const struct clt_study_record *record = clt_study_record_of(study);
    size_t members = 0, expectations = 0, met = 0;
    for (size_t i = 0; i < record->n_stages; i++) {
        const struct clt_run_record *run = record->stages[i].run;
        members += clt_config_members(run->config);
        expectations += run->n_expectations;
        for (size_t e = 0; e < run->n_expectations; e++) met += run->expectations[e].met;
    }
    if (lines->length == 0)
        clt_text_add(lines, "%-32s  %-12s  %8s  %16s  %9s  %s\n", "config", "status", "networks",
                     "expectations met", "seconds", "folder");
    clt_text_add(lines, "%-32s  %-12s  %8zu  %9zu of %3zu  %9.1f  %s\n", record->name,
                 clt_run_status_name(record->status), members, met, expectations, record->seconds,
                 clt_study_folder(study));
}

static bool gradients_failed(const struct clt_run_record *record)
{
    return record->gradients && !record->gradients->passed;
}

static void complain_about_miss(const struct clt_run_record *record,
                                const struct clt_expectation_result *missed)
{
    char *line = NULL;
    size_t length;
    FILE *text = open_memstream(&line, &length);
    if (text) {
        print_verdict(text, record, missed);
        fclose(text);
    }
    clt_complain("%s: %s", clt_config_name(record->config),
                 line ? line : missed->expectation->metric);
    free(line);
}

static void complain_about_run(const struct clt_run_record *record)
{
    if (gradients_failed(record))
        clt_complain("%s: the check of the gradients failed: %s", clt_config_name(record->config),
                     record->gradients->n_tensors > 0
                         ? "`cltrain gradcheck` on its config tells where"
                         : "the loss at the initial weights is not finite");
    for (size_t i = 0; i < record->n_expectations; i++)
        if (!record->expectations[i].met) complain_about_miss(record, &record->expectations[i]);
}

/* The stage that a study has come to, or the run itself; NULL before there is one. */
static const struct clt_run_record *last_run(const struct clt_study_record *record)
{
    return record->n_stages ? record->stages[record->n_stages - 1].run : NULL;
}

static void complain_about_signal(const struct clt_study *study)
{
    const struct clt_study_record *record = clt_study_record_of(study);
    const struct clt_run_record *run = last_run(record);
    char made[80] = "";
    if (run)
        snprintf(made, sizeof made, " after %" PRIu64 " of %" PRIu64 " updates", run->updates,
                 run->total_updates);
    clt_complain("%s: %s%s; `cltrain resume %s` goes on", record->name, record->reason, made,
                 clt_study_folder(study));
}

void clt_result_complain(const struct clt_study *study)
{
    const struct clt_study_record *record = clt_study_record_of(study);
    if (record->status == CLT_RUN_INTERRUPTED && record->signal) complain_about_signal(study);
    for (size_t i = 0; i < record->n_stages; i++) complain_about_run(record->stages[i].run);
}
