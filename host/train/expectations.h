/* expectations.h - what the config expects of the result, judged. */
#ifndef CLT_EXPECTATIONS_H
#define CLT_EXPECTATIONS_H

#include "record.h"

/* The member that speaks for a population: highest validation accuracy at the end, the first of
 * equals; without validation member 0. Members that diverged come last. */
size_t clt_best_member(const struct clt_member_result *results, size_t members);

/* "val_accuracy", ... of a member; NaN where it was not measured, or is none. */
double clt_result_metric(const struct clt_member_result *result, const char *name);

/* out [config->n_expect]; `gradients` may be NULL. */
void clt_expectations_judge(struct clt_expectation_result *out, const struct clt_config *config,
                            const struct clt_member_result *results,
                            const struct clt_gradients *gradients);

#endif
