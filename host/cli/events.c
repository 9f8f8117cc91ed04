#include "events.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "text.h"

static atomic_bool wanted;

void clt_events_begin(void)
{
    atomic_store(&wanted, true);
}

bool clt_events_wanted(void)
{
    return atomic_load(&wanted);
}

static json_t *time_now(void)
{
    char seconds[32], text[48];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, sizeof text, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
    return json_string(text);
}

void clt_event(const char *name, json_t *fields)
{
    struct clt_text line = {0};
    json_t *event = clt_json_set(json_object(), "event", json_string(name));
    event = clt_json_set(event, "time", time_now());
    char *text = event && fields && clt_events_wanted() && json_object_update(event, fields) == 0
                     ? json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9))
                     : NULL;
    json_decref(event);
    json_decref(fields);
    if (!text) return;
    clt_text_add(&line, "%s\n", text);
    free(text);
    if (!line.failed) clt_descriptor_write(STDERR_FILENO, line.bytes, line.length);
    clt_text_free(&line);
}

static void say(const char *event, const char *format, va_list arguments)
{
    char text[8192]; /* as long as a message of the library's */
    vsnprintf(text, sizeof text, format, arguments);
    if (clt_events_wanted())
        clt_event(event, clt_json_set(json_object(), "message", clt_json_string(text)));
    else
        fprintf(stderr, "cltrain: %s\n", text);
}

void clt_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("error", format, arguments);
    va_end(arguments);
}

void clt_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("warning", format, arguments);
    va_end(arguments);
}
