#include "errors.h"

#include <stdio.h>

/* What fits into the message of a failure. */
enum { ROOM = 6000 };

/* Starts a line for an error at `place`; false where it is only counted. */
static bool start(struct clt_errors *errors, enum clt_status status)
{
    if (errors->count++ == 0) errors->status = status;
    if (errors->shown == CLT_ERRORS_SHOWN || errors->text.length > ROOM) return false;
    if (errors->shown++ > 0) clt_text_add(&errors->text, "\n");
    return true;
}

static void add_formatted(struct clt_text *text, const char *format, va_list args)
{
    enum { LONGEST = 2000 }; /* the list of keys that may vary is one line */
    char line[LONGEST];
    vsnprintf(line, sizeof line, format, args);
    clt_text_add(text, ": %s", line);
}

void clt_errors_add(struct clt_errors *errors, const struct clt_settings *setting, const char *key,
                    const char *format, ...)
{
    va_list args;
    if (!start(errors, CLT_E_CONFIG)) return;
    clt_settings_add_place(&errors->text, setting);
    if (setting->parent || key) clt_text_add(&errors->text, ": ");
    clt_settings_add_path(&errors->text, setting);
    if (key) clt_text_add(&errors->text, setting->parent ? ".%s" : "%s", key);
    va_start(args, format);
    add_formatted(&errors->text, format, args);
    va_end(args);
}

void clt_errors_add_at(struct clt_errors *errors, const char *file, unsigned line,
                       const char *format, ...)
{
    va_list args;
    if (!start(errors, CLT_E_CONFIG)) return;
    clt_text_add(&errors->text, "%s", file);
    if (line > 0) clt_text_add(&errors->text, ":%u", line);
    va_start(args, format);
    add_formatted(&errors->text, format, args);
    va_end(args);
}

void clt_errors_add_usage(struct clt_errors *errors, const char *place, const char *format, ...)
{
    va_list args;
    if (!start(errors, CLT_E_USAGE)) return;
    clt_text_add(&errors->text, "%s", place);
    va_start(args, format);
    add_formatted(&errors->text, format, args);
    va_end(args);
}

enum clt_status clt_errors_report(const struct clt_errors *errors)
{
    if (errors->count == 0) return CLT_OK;
    if (errors->text.failed) return clt_settings_no_memory();
    if (errors->count == errors->shown) return clt_fail(errors->status, "%s", errors->text.bytes);
    return clt_fail(errors->status, "%s\n... and %zu more", errors->text.bytes,
                    errors->count - errors->shown);
}

void clt_errors_free(struct clt_errors *errors)
{
    clt_text_free(&errors->text);
}
