#include "values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDE_SPAN 30 /* from the lowest to the highest value: a logarithmic axis */

bool clt_value_number(double *out, const char *text)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && isfinite(*out);
}

static int by_number(const void *a, const void *b)
{
    double left, right;
    clt_value_number(&left, *(const char *const *)a);
    clt_value_number(&right, *(const char *const *)b);
    return (left > right) - (left < right);
}

static size_t find(const struct clt_values *values, const char *text)
{
    size_t i = 0;
    while (i < values->count && strcmp(values->text[i], text) != 0) i++;
    return i;
}

enum clt_status clt_values_find(struct clt_values *out, const struct clt_repeats *repeats,
                                size_t key)
{
    *out = (struct clt_values){.text = calloc(repeats->count, sizeof *out->text),
                               .place = calloc(repeats->count, sizeof *out->place),
                               .numbers = true,
                               .low = INFINITY,
                               .high = -INFINITY};
    if (!out->text || !out->place) return clt_fail(CLT_E_NOMEM, "no memory for a report");
    for (size_t setting = 0; setting < repeats->count; setting++) {
        const char *text = clt_repeats_value(repeats, setting, key);
        double number;
        if (clt_value_number(&number, text)) {
            out->low = fmin(out->low, number);
            out->high = fmax(out->high, number);
        } else {
            out->numbers = false;
        }
        if (find(out, text) == out->count) out->text[out->count++] = text;
    }
    if (out->numbers) qsort(out->text, out->count, sizeof *out->text, by_number);
    for (size_t setting = 0; setting < repeats->count; setting++)
        out->place[setting] = find(out, clt_repeats_value(repeats, setting, key));
    return CLT_OK;
}

void clt_values_free(struct clt_values *values)
{
    free(values->text);
    free(values->place);
}

enum clt_scale clt_values_scale(const struct clt_values *values)
{
    double positive = values->high; /* the lowest above zero */
    if (!values->numbers) return CLT_SCALE_NAMES;
    for (size_t i = values->count; i-- > 0;) {
        double number;
        clt_value_number(&number, values->text[i]);
        if (number > 0) positive = number;
    }
    if (values->high <= WIDE_SPAN * positive) return CLT_SCALE_LINEAR;
    return values->low > 0 ? CLT_SCALE_LOGARITHMIC : CLT_SCALE_NAMES;
}
