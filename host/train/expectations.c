#include "expectations.h"

#include <math.h>
#include <string.h>

#include "gradients.h"

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

double clt_result_metric(const struct clt_member_result *result, const char *name)
{
    const struct clt_measure *train = &result->train, *validation = &result->validation;
    const struct clt_measure *test = &result->test;
    const bool together = result->ensemble.n_snapshots > 0;
    const struct {
        const char *name;
        bool made;
        double value;
    } metrics[] = {
        {"train_accuracy", train->made, train->accuracy},
        {"train_loss", train->made, train->loss},
        {"train_cost", train->made, train->cost},
        {"val_accuracy", validation->made, validation->accuracy},
        {"val_loss", validation->made, validation->loss},
        {"val_cost", validation->made, validation->cost},
        {"test_accuracy", test->made, test->accuracy},
        {"test_loss", test->made, test->loss},
        {"test_cost", test->made, test->cost},
        {"vote_accuracy", together, result->ensemble.vote.test},
        {"mean_accuracy", together, result->ensemble.mean.test},
    };
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (strcmp(metrics[i].name, name) == 0) return metrics[i].made ? metrics[i].value : NAN;
    return NAN;
}

/* Of a metric "gradient_...": what was measured, and of which member. */
static double gradient_metric(size_t *member, const struct clt_gradients *gradients,
                              const struct clt_expectation *expectation)
{
    double measured = NAN;
    *member = expectation->member < 0 ? 0 : (size_t)expectation->member;
    const struct clt_tensor_gradient *worst =
        gradients ? clt_gradients_worst(&measured, gradients, expectation) : NULL;
    if (worst) *member = worst->member;
    return measured;
}

/* The mean over the members that did not diverge; NaN where there is none. */
static double mean_metric(const struct clt_member_result *results, size_t members, const char *name)
{
    double sum = 0;
    size_t n = 0;
    for (size_t p = 0; p < members; p++) {
        if (results[p].diverged_at) continue;
        sum += clt_result_metric(&results[p], name);
        n++;
    }
    return n ? sum / (double)n : NAN;
}

void clt_expectations_judge(struct clt_expectation_result *out, const struct clt_config *config,
                            const struct clt_member_result *results,
                            const struct clt_gradients *gradients)
{
    const size_t best = clt_best_member(results, config->members);
    for (size_t i = 0; i < config->n_expect; i++) {
        const struct clt_expectation *expectation = &config->expect[i];
        const char *name = expectation->metric;
        size_t member = expectation->member < 0 ? best : (size_t)expectation->member;
        const double measured =
            strncmp(name, "gradient_", 9) == 0   ? gradient_metric(&member, gradients, expectation)
            : expectation->of == CLT_EXPECT_MEAN ? mean_metric(results, config->members, name)
                                                 : clt_result_metric(&results[member], name);
        out[i] = (struct clt_expectation_result){.expectation = expectation,
                                                 .member = member,
                                                 .measured = measured,
                                                 .met = measured >= expectation->low &&
                                                        measured <= expectation->high};
    }
}
