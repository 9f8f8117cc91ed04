/* values.h - the different values of a key, in order. */
#ifndef CLT_VALUES_H
#define CLT_VALUES_H

#include "repeats.h"

struct clt_values {
    const char **text; /* [count], borrowed; rising where all are numbers, else as they come */
    size_t count;
    size_t *place; /* [settings] of each setting's value */
    bool numbers;
    double low, high; /* where they are numbers */
};

/* How an axis shows them. By name: texts, and numbers that span widely but begin with zero. */
enum clt_scale { CLT_SCALE_LINEAR, CLT_SCALE_LOGARITHMIC, CLT_SCALE_NAMES };

/* `key` counts within repeats->keys. CLT_E_NOMEM. */
enum clt_status clt_values_find(struct clt_values *out, const struct clt_repeats *repeats,
                                size_t key);
void clt_values_free(struct clt_values *values);

/* False where `text` is no finite number. */
bool clt_value_number(double *out, const char *text);
enum clt_scale clt_values_scale(const struct clt_values *values);

#endif
