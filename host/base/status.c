#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* The one variable with static storage: the message belongs to the thread, as errno does. */
static _Thread_local char message[8192];

const char *clt_error_message(void)
{
    return message;
}

enum clt_status clt_fail(enum clt_status status, const char *format, ...)
{
    char text[sizeof message]; /* an argument may be the old message itself */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    clt_text_make_shown(text); /* names and texts of files may hold commands for a terminal */
    memcpy(message, text, sizeof message);
    return status;
}

enum clt_status clt_fail_within(enum clt_status status, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return clt_fail(status, "%s: %s", text, clt_error_message());
}
