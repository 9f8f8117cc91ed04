/* load.h - the config and the device that a command line asks for. */
#ifndef CLT_LOAD_H
#define CLT_LOAD_H

#include <cltrain/cltrain.h>

#include "options.h"

/* `path` with the --set values over it; with --member, that member as a solo run. */
enum clt_status clt_load_config(struct clt_config **out, const char *path,
                                const struct clt_options *options);
/* The same for whatever `cltrain run` takes. */
enum clt_status clt_load_study_config(struct clt_study_config **out, const char *path,
                                      const struct clt_options *options);
/* The device of --device; *out is NULL without that option, so that the config decides. */
enum clt_status clt_load_device(struct clt_device **out, const struct clt_options *options);
/* The same to train `config` on: with --profile, opened to be profiled, also where the config names
 * it. */
enum clt_status clt_load_training_device(struct clt_device **out,
                                         const struct clt_study_config *config,
                                         const struct clt_options *options);

#endif
