#include "duration.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE 60.0
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* "90", "1.5h" */
static bool read_with_unit(double *seconds, const char *text)
{
    char *end;
    if (!strchr("0123456789.", *text)) return false;
    *seconds = strtod(text, &end);
    if (end == text || strspn(text, "0123456789.") != (size_t)(end - text)) return false;
    if (*end && end[1]) return false;
    switch (*end) {
    case '\0':
    case 's': return true;
    case 'm': *seconds *= MINUTE; return true;
    case 'h': *seconds *= HOUR; return true;
    case 'd': *seconds *= DAY; return true;
    default: return false;
    }
}

/* Whole numbers with colons between them, into `fields`: how many, 0 where it is something else. */
static size_t read_fields(double fields[3], const char *text)
{
    size_t n = 0;
    while (n < 3) {
        const size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 9) return 0;
        fields[n++] = strtod(text, NULL);
        text += digits;
        if (*text == '\0') return n;
        if (*text++ != ':') return 0;
    }
    return 0;
}

/* "1:30:00", "30:00"; behind days, the first field is hours. */
static bool read_clock(double *seconds, const char *text)
{
    double fields[3], day = 0;
    const char *dash = strchr(text, '-');
    if (dash) {
        char *end;
        day = strtod(text, &end);
        if (strspn(text, "0123456789") != (size_t)(dash - text) || dash == text || end != dash)
            return false;
        text = dash + 1;
    }
    const size_t n = read_fields(fields, text);
    if (n == 0 || (!dash && n == 1)) return false;
    double unit = dash || n == 3 ? HOUR : MINUTE;
    *seconds = day * DAY;
    for (size_t i = 0; i < n; i++, unit /= 60) *seconds += fields[i] * unit;
    return true;
}

enum clt_status clt_duration_parse(double *seconds, const char *option, const char *text)
{
    if ((read_with_unit(seconds, text) || read_clock(seconds, text)) && *seconds > 0 &&
        isfinite(*seconds))
        return CLT_OK;
    return clt_fail(CLT_E_USAGE,
                    "--%s: '%s' is no length of time; write 90 or 90s, 30m, 2h, 1:30:00 or "
                    "1-12:00:00",
                    option, text);
}
