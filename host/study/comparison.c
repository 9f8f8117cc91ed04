#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expectations.h"
#include "replicas.h"

#define LEVEL 0.95

/* The replicas of a stage's best member, in the metric. */
static enum clt_status summarize(struct clt_summary *out, const struct clt_run_record *run,
                                 const char *metric)
{
    enum clt_status st = CLT_OK;
    const size_t members = run->config->members, best = clt_best_member(run->members, members);
    size_t n_settings;
    size_t *setting = calloc(members, sizeof *setting);
    if (!setting) return clt_fail(CLT_E_NOMEM, "no memory for a comparison");
    TRY(clt_replicas_find(setting, &n_settings, run->config));
    TRY(clt_replicas_summarize(out, metric, run->members, setting, members, setting[best]));
done:
    free(setting);
    return st;
}

enum clt_status clt_comparison_make(struct clt_comparison_result *out,
                                    const struct clt_comparison *comparison,
                                    const struct clt_stage_record *stages, size_t n_stages)
{
    enum clt_status st = CLT_OK;
    struct clt_summary sides[2] = {{.mean = NAN, .deviation = NAN},
                                   {.mean = NAN, .deviation = NAN}};
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < n_stages; i++)
            if (strcmp(stages[i].name, comparison->stages[side]) == 0)
                TRY(summarize(&sides[side], stages[i].run, comparison->metric));
    const struct clt_difference welch = clt_welch(&sides[0], &sides[1], LEVEL);
    *out = (struct clt_comparison_result){.stages = {comparison->stages[0], comparison->stages[1]},
                                          .metric = comparison->metric,
                                          .n = {sides[0].n, sides[1].n},
                                          .mean = {sides[0].mean, sides[1].mean},
                                          .deviation = {sides[0].deviation, sides[1].deviation},
                                          .difference = welch.difference,
                                          .low = welch.low,
                                          .high = welch.high,
                                          .level = LEVEL,
                                          .significant = clt_difference_is_significant(&welch)};
done:
    return st;
}
