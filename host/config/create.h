/* create.h - from merged settings to a config. */
#ifndef CLT_CONFIG_CREATE_H
#define CLT_CONFIG_CREATE_H

#include "config.h"
#include "errors.h"

/* Takes `*settings` over: checks them and stores them as a config. `stage` is the number of the
 * study's stage that they describe, 0 without one. CLT_E_CONFIG, CLT_E_NOMEM. */
enum clt_status clt_config_create(struct clt_config **out, struct clt_settings **settings,
                                  size_t stage, struct clt_errors *errors);

/* What only a member's values together can break, such as a minimum above the maximum.
 * CLT_E_CONFIG, CLT_E_NOMEM. */
enum clt_status clt_config_check_members(const struct clt_config *config);

/* A config without a name goes by its file's, without folder and ending. CLT_E_NOMEM. */
enum clt_status clt_settings_add_name(struct clt_settings *root, const char *path);

#endif
