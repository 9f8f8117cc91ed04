/* load.h - the config that a command line asks for. */
#ifndef CLT_LOAD_H
#define CLT_LOAD_H

#include "config.h"
#include "options.h"

/* `path` with the --set values over it; with --member, that member as a solo run. */
enum clt_status clt_load_config(struct clt_config **out, const char *path,
                                const struct clt_options *options);

#endif
