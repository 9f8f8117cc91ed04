/* status.h - saying an error once, where it is found. */
#ifndef CLT_BASE_STATUS_H
#define CLT_BASE_STATUS_H

#include <cltrain/status.h>

/* Records the message for clt_error_message() and returns `status`. */
__attribute__((format(printf, 2, 3))) enum clt_status clt_fail(enum clt_status status,
                                                               const char *format, ...);

/* Puts "text: " before the message that is already recorded and returns `status`. */
__attribute__((format(printf, 2, 3))) enum clt_status clt_fail_within(enum clt_status status,
                                                                      const char *format, ...);

/* Leaves the function by its label `done` when `call` fails; wants a local `st`.
 * The only macro that hides control flow. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        st = (call);                                                                               \
        if (st != CLT_OK) goto done;                                                               \
    } while (0)

#endif
