/* resolve.h - settings against the tables. */
#ifndef CLT_CONFIG_RESOLVE_H
#define CLT_CONFIG_RESOLVE_H

#include "schema.h"

/* Checks a whole config, adds what is missing with its default, expands variables, makes data.path
 * absolute, and puts the keys into the order of the tables. Doing it again changes nothing.
 * What is wrong goes to `errors`; CLT_E_NOMEM, CLT_E_CONFIG (no working directory). */
enum clt_status clt_resolve(struct clt_settings *root, struct clt_errors *errors);

/* The same for a group of these keys. */
enum clt_status clt_resolve_group(struct clt_settings *group, const struct clt_key *keys,
                                  struct clt_errors *errors);

/* The same for one setting. */
enum clt_status clt_resolve_value(struct clt_settings *setting, const struct clt_key *key,
                                  struct clt_errors *errors);

#endif
