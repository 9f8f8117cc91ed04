/* repeats.h - which members of a run are the same but for their seeds. */
#ifndef CLT_REPEATS_H
#define CLT_REPEATS_H

#include "saved_run.h"
#include "statistics.h"

/* A setting is what members have in common that agree in all keys but seeds. */
struct clt_repeats {
    const struct clt_saved_run *run; /* borrowed */
    size_t *setting;                 /* [members] */
    size_t count;                    /* of settings, in the order of their first members */
    size_t *first;                   /* [count] a member of each */
    size_t *keys;                    /* numbers of the keys that are no seeds */
    size_t n_keys;
    double *scratch; /* [members] */
};

/* CLT_E_NOMEM. */
enum clt_status clt_repeats_find(struct clt_repeats *out, const struct clt_saved_run *run);
void clt_repeats_free(struct clt_repeats *repeats);

/* Whether some setting has more than one member. */
bool clt_repeats_exist(const struct clt_repeats *repeats);
/* A key's value in a setting; `key` counts within repeats->keys. */
const char *clt_repeats_value(const struct clt_repeats *repeats, size_t setting, size_t key);
/* A member's accuracy at the end; NaN where it was not measured, or where the member diverged. */
double clt_result_accuracy(const struct clt_member_result *result, enum clt_split split);
/* Over the members of a setting. */
struct clt_summary clt_repeats_summary(const struct clt_repeats *repeats, size_t setting,
                                       enum clt_split split);
/* The setting of highest mean validation accuracy. */
size_t clt_repeats_best(const struct clt_repeats *repeats);

#endif
