/* errors.h - the errors of one config, gathered so that they are reported in one go. */
#ifndef CLT_CONFIG_ERRORS_H
#define CLT_CONFIG_ERRORS_H

#include <stddef.h>

#include "settings.h"
#include "status.h"
#include "text.h"

enum { CLT_ERRORS_SHOWN = 20 };

/* Start with {0}. */
struct clt_errors {
    struct clt_text text;
    size_t count, shown;
    enum clt_status status; /* of the first one */
};

/* An error at `setting`, or at its missing child `key` where that is not NULL: "x.cfg:3: path:
 * what". */
__attribute__((format(printf, 4, 5))) void clt_errors_add(struct clt_errors *errors,
                                                          const struct clt_settings *setting,
                                                          const char *key, const char *format, ...);
/* An error at a line of a file, or at `file` as a whole where `line` is 0. */
__attribute__((format(printf, 4, 5))) void clt_errors_add_at(struct clt_errors *errors,
                                                             const char *file, unsigned line,
                                                             const char *format, ...);
/* An error in `place`, a --set whose text makes no sense. */
__attribute__((format(printf, 3, 4))) void
clt_errors_add_usage(struct clt_errors *errors, const char *place, const char *format, ...);

/* CLT_OK where there is none; else the status of the first, with all of them as the message. */
enum clt_status clt_errors_report(const struct clt_errors *errors);

void clt_errors_free(struct clt_errors *errors);

#endif
