/* replicas.h - members that differ in nothing but seeds: repetitions of one setting. */
#ifndef CLT_REPLICAS_H
#define CLT_REPLICAS_H

#include <cltrain/run.h>

#include "config.h"
#include "statistics.h"

/* Whether members that differ in this key are repetitions: seed, data.seed. */
bool clt_is_seed_key(const char *key);

/* setting [members]: the number of each member's setting, in order of first appearance. Members of
 * a setting agree in every key that varies but seed and data.seed. CLT_E_NOMEM. */
enum clt_status clt_replicas_find(size_t *setting, size_t *n_settings,
                                  const struct clt_config *config);

/* Of a metric of the members of setting `number`; NaN for those that have none. CLT_E_NOMEM. */
enum clt_status clt_replicas_summarize(struct clt_summary *out, const char *metric,
                                       const struct clt_member_result *results,
                                       const size_t *setting, size_t members, size_t number);

#endif
