/* parse.h - from files to a tree of settings. */
#ifndef CLT_CONFIG_PARSE_H
#define CLT_CONFIG_PARSE_H

#include "errors.h"
#include "settings.h"

/* The settings of `path`, merged over those of its `base` and of that one's: no `base` is left in
 * them. *out is NULL where an error was added or the call fails.
 * CLT_E_CONFIG where `path` cannot be read, CLT_E_NOMEM. */
enum clt_status clt_settings_read(struct clt_settings **out, const char *path,
                                  struct clt_errors *errors);

/* The same for a text that is no file and has no base or include; `place` stands in for a file. */
enum clt_status clt_settings_read_text(struct clt_settings **out, const char *text,
                                       const char *place, struct clt_errors *errors);

/* The one value that `text` holds, as a setting called `name` (may be NULL); its file is `place`.
 * *out is NULL where an error was added: `place` stands before it, as a usage error. CLT_E_NOMEM.
 */
enum clt_status clt_settings_parse_value(struct clt_settings **out, const char *text,
                                         const char *name, const char *place,
                                         struct clt_errors *errors);

#endif
