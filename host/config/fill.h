/* fill.h - from resolved settings to structs. */
#ifndef CLT_CONFIG_FILL_H
#define CLT_CONFIG_FILL_H

#include "config.h"
#include "schema.h"

/* Stores the keys of a resolved group from `base` on. CLT_E_NOMEM; what was stored then is the
 * caller's to free. */
enum clt_status clt_fill(void *base, const struct clt_key *keys, const struct clt_settings *group);
enum clt_status clt_fill_choice(void *base, const struct clt_choice *choice,
                                const struct clt_settings *setting);

/* config->layers from `model`, with mlp expanded. CLT_E_NOMEM. */
enum clt_status clt_fill_layers(struct clt_config *config, const struct clt_settings *model);
/* config->expect. CLT_E_NOMEM. */
enum clt_status clt_fill_expectations(struct clt_config *config, const struct clt_settings *expect);
/* config->published. CLT_E_NOMEM. */
enum clt_status clt_fill_published(struct clt_config *config, const struct clt_settings *pairs);

#endif
