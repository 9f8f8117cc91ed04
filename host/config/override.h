/* override.h - `--set path=value`. */
#ifndef CLT_CONFIG_OVERRIDE_H
#define CLT_CONFIG_OVERRIDE_H

#include "errors.h"
#include "settings.h"

/* Puts one "path=value" over the settings, creating the groups it needs. What is wrong with it goes
 * to `errors`; CLT_E_NOMEM. */
enum clt_status clt_settings_override(struct clt_settings *root, const char *set,
                                      struct clt_errors *errors);

/* Puts `*value`, which it takes over, at "train.l2", creating the groups that lack. What does not
 * fit goes to `errors`, with `place` before it; CLT_E_NOMEM. */
enum clt_status clt_settings_put_at(struct clt_settings *root, const char *path,
                                    struct clt_settings **value, const char *place,
                                    struct clt_errors *errors);

#endif
