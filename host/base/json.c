#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* A value takes up to 150 bytes. A run of 10,000 members writes some 300,000. */
#define MOST_VALUES ((size_t)4000000)

/* At least as many as there are: what stands in texts is counted too. */
static size_t count_values(const void *text, size_t size)
{
    const char *bytes = text;
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{' || bytes[i] == ':';
    return count;
}

json_t *clt_json_string(const char *text)
{
    json_t *value = json_string(text);
    if (value) return value;
    char *ascii = strdup(text);
    if (!ascii) return NULL;
    for (char *c = ascii; *c; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    value = json_string(ascii);
    free(ascii);
    return value;
}

enum clt_status clt_json_parse(json_t **out, const void *text, size_t size, size_t flags)
{
    json_error_t error;
    *out = NULL;
    if (count_values(text, size) > MOST_VALUES)
        return clt_fail(CLT_E_DATA, "1: more than %zu values", MOST_VALUES);
    *out = json_loadb(text, size, flags, &error);
    if (*out) return CLT_OK;
    /* Where memory is out, most of jansson fails without a text. */
    if (!*error.text) return clt_fail(CLT_E_NOMEM, "out of memory");
    return clt_fail(CLT_E_DATA, "%d: %s", error.line, error.text);
}

json_t *clt_json_value(const char *text)
{
    json_t *value;
    const enum clt_status st = clt_json_parse(&value, text, strlen(text), JSON_DECODE_ANY);
    if (json_is_number(value) || st == CLT_E_NOMEM) return value;
    json_decref(value);
    return clt_json_string(text);
}

json_t *clt_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *clt_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0) return object;
    json_decref(object);
    return NULL;
}

json_t *clt_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) == 0) return array;
    json_decref(array);
    return NULL;
}

static void write_real(struct clt_text *text, double value)
{
    struct clt_text digits = {0};
    clt_text_add_shortest(&digits, value);
    if (digits.failed)
        text->failed = true;
    else /* 1 would read back as an integer */
        clt_text_add(text, strpbrk(digits.bytes, ".e") ? "%s" : "%s.0", digits.bytes);
    clt_text_free(&digits);
}

/* Strings, integers, true, false, null. */
static void write_plain(struct clt_text *text, const json_t *value)
{
    char *plain = json_dumps(value, JSON_ENCODE_ANY);
    if (plain)
        clt_text_add(text, "%s", plain);
    else
        text->failed = true;
    free(plain);
}

static void new_line(struct clt_text *text, const char *before, int depth)
{
    clt_text_add(text, "%s\n%*s", before, 2 * depth, "");
}

static void write_value(struct clt_text *text, const json_t *value, int depth);

static void write_array(struct clt_text *text, const json_t *array, int depth)
{
    size_t i;
    const json_t *item;
    clt_text_add(text, "[");
    json_array_foreach(array, i, item)
    {
        new_line(text, i ? "," : "", depth + 1);
        write_value(text, item, depth + 1);
    }
    if (json_array_size(array)) new_line(text, "", depth);
    clt_text_add(text, "]");
}

static void write_object(struct clt_text *text, const json_t *object, int depth)
{
    const char *separator = "";
    clt_text_add(text, "{");
    /* jansson iterates over a const object, but its iterator comes from one that is not. */
    for (void *at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at)) {
        json_t *key = clt_json_string(json_object_iter_key(at));
        new_line(text, separator, depth + 1);
        write_plain(text, key);
        clt_text_add(text, ": ");
        write_value(text, json_object_iter_value(at), depth + 1);
        json_decref(key);
        separator = ",";
    }
    if (json_object_size(object)) new_line(text, "", depth);
    clt_text_add(text, "}");
}

static void write_value(struct clt_text *text, const json_t *value, int depth)
{
    if (json_is_object(value))
        write_object(text, value, depth);
    else if (json_is_array(value))
        write_array(text, value, depth);
    else if (json_is_real(value))
        write_real(text, json_real_value(value));
    else
        write_plain(text, value);
}

enum clt_status clt_json_write(char **out, const json_t *value)
{
    struct clt_text text = {0};
    write_value(&text, value, 0);
    clt_text_add(&text, "\n");
    *out = clt_text_take(&text);
    return *out ? CLT_OK : clt_fail(CLT_E_NOMEM, "out of memory for a JSON text");
}
