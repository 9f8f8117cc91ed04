/* gradients.h - the gradient check of a run: written, and judged. */
#ifndef CLT_GRADIENTS_H
#define CLT_GRADIENTS_H

#include <jansson.h>

#include <cltrain/gradients.h>

#include "config.h"

void clt_gradients_free(struct clt_gradients *gradients); /* NULL is fine */

/* FOLDER/gradients.csv. CLT_E_OUTPUT, CLT_E_NOMEM. */
enum clt_status clt_gradients_write(const char *folder, const struct clt_gradients *gradients);

/* New references; NULL where memory is out. */
json_t *clt_gradients_json(const struct clt_gradients *gradients);
json_t *clt_tensor_gradient_json(const struct clt_tensor_gradient *tensor);

/* What clt_gradients_json() made; what is missing there is NaN, 0 or false. The caller frees *out,
 * also on failure. CLT_E_NOMEM. */
enum clt_status clt_gradients_read(struct clt_gradients **out, const json_t *json);

/* Whether `wanted`, an expectation's `tensor`, is this one: its name or kind, or "" for all. */
bool clt_gradients_selects(const char *wanted, const char *name, const char *kind);
/* The tensor that is worst in a metric "gradient_..." among those that the expectation selects, of
 * its member (-1: of all), and *measured, that metric; NULL and NaN where there is none. One that
 * is within rounding has no ratio: it counts in "gradient_absolute" and in the share alone. */
const struct clt_tensor_gradient *clt_gradients_worst(double *measured,
                                                      const struct clt_gradients *gradients,
                                                      const struct clt_expectation *expectation);

#endif
