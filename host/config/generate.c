#include "generate.h"

#include <math.h>
#include <stdlib.h>

#include "philox.h"

const char *const clt_space_names[] = {"log_space", "linear_space", "log_uniform", "uniform", NULL};

/* One bit for each way to get from a space to a point, in the order of the names. */
struct form {
    bool logarithmic, random;
};
static const struct form forms[] = {{true, false}, {false, false}, {true, true}, {false, true}};

static size_t form_index(const struct clt_settings *row)
{
    size_t i = 0;
    while (clt_space_names[i] && !clt_settings_child(row, clt_space_names[i])) i++;
    return i;
}

struct clt_settings *clt_row_space(const struct clt_settings *row)
{
    const char *name = clt_space_names[form_index(row)];
    return name ? clt_settings_child(row, name) : NULL;
}

/* The key of the number that a row gives: a choice's shorthand is one; NULL where it gives none. */
static const struct clt_key *number_key(const struct clt_key *key)
{
    const bool choice = key->choice && key->choice->shorthand == CLT_SHORTHAND_NUMBER;
    switch (key->type) {
    case CLT_KEY_SIZE:
    case CLT_KEY_COUNT:
    case CLT_KEY_REAL: return key;
    case CLT_KEY_CHOICE: return choice ? key->choice->variants->keys : NULL;
    default: return NULL;
    }
}

void clt_row_check_space(struct clt_errors *errors, const struct clt_settings *row,
                         const struct clt_key *key)
{
    static const double largest_whole = 9007199254740992; /* 2^53: doubles hold each one up to it */
    const struct clt_settings *space = clt_row_space(row);
    const struct clt_key *number = number_key(key);
    if (!number) {
        struct clt_text type = {0};
        clt_schema_add_type(&type, key);
        clt_errors_add(errors, space, NULL, "gives numbers, and %s takes %s",
                       clt_settings_child(row, "key")->text, clt_text_shown(&type));
        clt_text_free(&type);
    } else if (space->kind == CLT_SETTING_GROUP) {
        clt_errors_add(errors, space, NULL,
                       "draws on a stage, and only a stage of a study can do that");
    } else {
        const double low = clt_settings_number(space->child[0]);
        const double high = clt_settings_number(space->child[1]);
        if (!(low < high))
            clt_errors_add(errors, space, NULL,
                           "must be (low, high) with low below high, got %g, %g", low, high);
        else if (forms[form_index(row)].logarithmic && low <= 0)
            clt_errors_add(errors, space, NULL, "has logarithms only above 0, got %g", low);
        else if (number->type != CLT_KEY_REAL &&
                 (fabs(low) > largest_whole || high > largest_whole))
            clt_errors_add(errors, space, NULL, "must lie within 2^53 for whole numbers");
    }
}

/* Six significant digits, which people can read and type. An integer over a power of ten that a
 * double holds exactly is the double next to that decimal. */
static double shortened(double value)
{
    const int digits = value == 0 ? 0 : 5 - (int)floor(log10(fabs(value)));
    if (digits > 22) return value;
    const double scale = pow(10, abs(digits));
    return digits >= 0 ? round(value * scale) / scale : round(value / scale) * scale;
}

/* A share of the way from low to high; exact at both ends. */
static double between(double low, double high, double share, bool logarithmic)
{
    if (share <= 0) return low;
    if (share >= 1) return high;
    const double from = logarithmic ? log10(low) : low, to = logarithmic ? log10(high) : high;
    const double value = from + share * (to - from);
    return fmin(fmax(logarithmic ? pow(10, value) : value, low), high);
}

static double point(const struct clt_settings *row, uint64_t seed, size_t stage, size_t index,
                    bool whole)
{
    const struct clt_settings *space = clt_row_space(row);
    const struct form form = forms[form_index(row)];
    const size_t count = (size_t)clt_settings_child(row, "count")->integer;
    const uint32_t stream = (uint32_t)(stage * 65536 + clt_settings_index(row));
    const double share = form.random ? clt_random_uniform(seed, CLT_RANDOM_SEARCH, stream, index)
                         : count > 1 ? (double)index / (double)(count - 1)
                                     : 0;
    const double low = clt_settings_number(space->child[0]);
    const double high = clt_settings_number(space->child[1]);
    const double value = between(low, high, share, form.logarithmic);
    if (whole) return round(value);
    return value > low && value < high ? fmin(fmax(shortened(value), low), high) : value;
}

enum clt_status clt_row_generate(struct clt_settings *row, const struct clt_key *key, uint64_t seed,
                                 size_t stage)
{
    enum clt_status st = CLT_OK;
    struct clt_settings *count = clt_settings_child(row, "count"), *space = clt_row_space(row);
    struct clt_settings *place = space ? space : count, *value = NULL;
    const bool whole = !space || number_key(key)->type != CLT_KEY_REAL;
    const enum clt_setting_kind kind = whole ? CLT_SETTING_INTEGER : CLT_SETTING_REAL;
    struct clt_settings *values =
        clt_settings_create(CLT_SETTING_LIST, "values", place->file, place->line);
    if (!values) return clt_settings_no_memory();
    for (size_t i = 0; i < (size_t)count->integer; i++) {
        value = clt_settings_create(kind, NULL, place->file, place->line);
        if (!value) TRY(clt_settings_no_memory());
        if (!space)
            value->integer = (int64_t)(seed + i);
        else if (whole)
            value->integer = (int64_t)point(row, seed, stage, i, true);
        else
            value->real = point(row, seed, stage, i, false);
        TRY(clt_settings_append(values, &value));
    }
    if (space) clt_settings_remove(count);
    clt_settings_replace(place, &values);
done:
    clt_settings_free(value);
    clt_settings_free(values);
    return st;
}
