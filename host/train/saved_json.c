#include "saved_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "parts.h"
#include "text.h"

enum clt_status clt_saved_json_load(json_t **out, const char *path)
{
    uint8_t *bytes;
    size_t size;
    *out = NULL;
    enum clt_status st = clt_file_read_up_to(&bytes, &size, path, CLT_RECORD_MOST);
    if (st != CLT_OK) return st;
    st = clt_json_parse(out, bytes, size, 0);
    free(bytes);
    if (st == CLT_E_DATA)
        return clt_fail(st, "%s:%s: the file is damaged; put back a copy or train anew", path,
                        clt_error_message());
    return st == CLT_OK ? CLT_OK : clt_fail_within(st, "%s", path);
}

void clt_saved_complain(struct clt_saved_json *reader, const char *key, const char *wanted)
{
    if (reader->st == CLT_OK)
        reader->st = clt_fail(CLT_E_DATA,
                              "%s: \"%s\" is no %s: the file is damaged; put back a "
                              "copy or train anew",
                              reader->path, key, wanted);
}

void clt_saved_out_of_memory(struct clt_saved_json *reader)
{
    if (reader->st == CLT_OK) reader->st = clt_fail(CLT_E_NOMEM, "%s: out of memory", reader->path);
}

char *clt_saved_copy(struct clt_saved_json *reader, const char *text)
{
    char *out = strdup(text);
    if (out)
        clt_text_make_shown(out); /* tables and messages show it on a terminal */
    else
        clt_saved_out_of_memory(reader);
    return out;
}

const json_t *clt_saved_find(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value) ? value : NULL;
}

char *clt_saved_text(struct clt_saved_json *reader, const json_t *object, const char *key)
{
    const json_t *value = clt_saved_find(object, key);
    if (!value) return NULL;
    if (!json_is_string(value)) clt_saved_complain(reader, key, "text");
    return json_is_string(value) ? clt_saved_copy(reader, json_string_value(value)) : NULL;
}

double clt_saved_real(struct clt_saved_json *reader, const json_t *object, const char *key,
                      double absent)
{
    const json_t *value = clt_saved_find(object, key);
    if (!value) return absent;
    if (!json_is_number(value)) clt_saved_complain(reader, key, "number");
    return json_number_value(value);
}

uint64_t clt_saved_count(struct clt_saved_json *reader, const json_t *object, const char *key)
{
    const json_t *value = clt_saved_find(object, key);
    if (!value) return 0;
    if (!json_is_integer(value)) clt_saved_complain(reader, key, "whole number");
    return (uint64_t)json_integer_value(value);
}

const json_t *clt_saved_list(struct clt_saved_json *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_array(value)) clt_saved_complain(reader, key, "list");
    return value;
}

static bool is_mean(const json_t *of)
{
    return json_is_string(of) && strcmp(json_string_value(of), "mean") == 0;
}

void clt_saved_expectations(struct clt_saved_expectation **out, size_t *n,
                            struct clt_saved_json *reader, const json_t *object)
{
    const json_t *list = clt_saved_find(object, "expectations");
    const size_t count = json_array_size(list);
    *n = 0;
    *out = calloc(count + 1, sizeof **out);
    if (!*out) clt_saved_out_of_memory(reader);
    for (size_t i = 0; i < count && reader->st == CLT_OK; i++) {
        const json_t *item = json_array_get(list, i);
        (*out)[(*n)++] = (struct clt_saved_expectation){
            .stage = clt_saved_text(reader, item, "stage"),
            .metric = clt_saved_text(reader, item, "metric"),
            .source = clt_saved_text(reader, item, "source"),
            .tensor = clt_saved_text(reader, item, "tensor"),
            .note = clt_saved_text(reader, item, "note"),
            .member = (size_t)clt_saved_count(reader, item, "member"),
            .mean = is_mean(json_object_get(item, "of")),
            .published = clt_saved_real(reader, item, "published", NAN),
            .low = clt_saved_real(reader, item, "low", -INFINITY),
            .high = clt_saved_real(reader, item, "high", INFINITY),
            .measured = clt_saved_real(reader, item, "measured", NAN),
            .met = json_is_true(json_object_get(item, "met"))};
        if (!(*out)[i].metric) clt_saved_complain(reader, "expectations", "list with metrics");
    }
}

void clt_saved_expectations_free(struct clt_saved_expectation *expectations, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(expectations[i].stage);
        free(expectations[i].metric);
        free(expectations[i].source);
        free(expectations[i].tensor);
        free(expectations[i].note);
    }
    free(expectations);
}
