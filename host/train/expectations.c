#include "expectations.h"

#include <math.h>
#include <string.h>

size_t clt_best_member(const struct clt_member_result *results, size_t members)
{
    size_t best = 0;
    double highest = -1;
    for (size_t p = 0; p < members; p++) {
        if (results[p].diverged_at) continue;
        const struct clt_measure *validation = &results[p].validation;
        const double accuracy = validation->made ? validation->accuracy : 0;
        if (accuracy > highest) {
            highest = accuracy;
            best = p;
        }
    }
    return best;
}

static double metric(const struct clt_member_result *result, const char *name)
{
    const struct {
        const char *name;
        const struct clt_measure *measure;
        double value;
    } metrics[] = {
        {"train_accuracy", &result->train, result->train.accuracy},
        {"train_loss", &result->train, result->train.loss},
        {"train_cost", &result->train, result->train.cost},
        {"val_accuracy", &result->validation, result->validation.accuracy},
        {"val_loss", &result->validation, result->validation.loss},
        {"val_cost", &result->validation, result->validation.cost},
        {"test_accuracy", &result->test, result->test.accuracy},
        {"test_loss", &result->test, result->test.loss},
        {"test_cost", &result->test, result->test.cost},
    };
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return metrics[i].measure->made ? metrics[i].value : NAN;
    return NAN;
}

/* The mean over the members that did not diverge; NaN where there is none. */
static double mean_metric(const struct clt_member_result *results, size_t members, const char *name)
{
    double sum = 0;
    size_t count = 0;
    for (size_t p = 0; p < members; p++) {
        if (results[p].diverged_at) continue;
        sum += metric(&results[p], name);
        count++;
    }
    return count > 0 ? sum / (double)count : NAN;
}

void clt_expectations_judge(struct clt_expectation_result *out, const struct clt_config *config,
                            const struct clt_member_result *results)
{
    const size_t best = clt_best_member(results, config->members);
    for (size_t i = 0; i < config->n_expect; i++) {
        const struct clt_expectation *expectation = &config->expect[i];
        const size_t member = expectation->member < 0 ? best : (size_t)expectation->member;
        const double measured = expectation->of == CLT_EXPECT_MEAN
                                    ? mean_metric(results, config->members, expectation->metric)
                                    : metric(&results[member], expectation->metric);
        out[i] = (struct clt_expectation_result){.expectation = expectation,
                                                 .member = member,
                                                 .measured = measured,
                                                 .met = measured >= expectation->low &&
                                                        measured <= expectation->high};
    }
}
