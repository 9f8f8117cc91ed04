/* events.h - what goes to standard error: lines for people or, with --log-json, for programs: a
 * JSON object each, {"event": NAME, "time": "2024-05-31T12:00:00.123Z", ...}.
 *
 * Which of the two it is belongs to the process, as standard error itself does. */
#ifndef CLT_EVENTS_H
#define CLT_EVENTS_H

#include <jansson.h>
#include <stdbool.h>

/* Events from now on; before the first thread. */
void clt_events_begin(void);
bool clt_events_wanted(void);

/* Writes an event with these fields, which it releases, in one piece. Nothing where lines are
 * wanted or `fields` is NULL, as memory was out when they were made. */
void clt_event(const char *name, json_t *fields);

/* What went wrong: the line "cltrain: TEXT", or the event "error" with `message`. From any thread.
 */
__attribute__((format(printf, 1, 2))) void clt_complain(const char *format, ...);
/* The same of what is lost while the run goes on: the event is "warning". */
__attribute__((format(printf, 1, 2))) void clt_warn(const char *format, ...);

#endif
