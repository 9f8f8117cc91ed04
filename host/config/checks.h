/* checks.h - what must hold between the keys of a config. */
#ifndef CLT_CONFIG_CHECKS_H
#define CLT_CONFIG_CHECKS_H

#include "errors.h"
#include "settings.h"

/* Each looks at one setting whose own keys are right and complete; see clt_check in schema.h. */
void clt_check_name(struct clt_errors *errors, const struct clt_settings *name);
void clt_check_train(struct clt_errors *errors, const struct clt_settings *train);
void clt_check_rate_bounds(struct clt_errors *errors, const struct clt_settings *rate);
void clt_check_model(struct clt_errors *errors, const struct clt_settings *model);
void clt_check_expect(struct clt_errors *errors, const struct clt_settings *expect);
void clt_check_stage_name(struct clt_errors *errors, const struct clt_settings *name);
void clt_check_stages(struct clt_errors *errors, const struct clt_settings *stages);

#endif
