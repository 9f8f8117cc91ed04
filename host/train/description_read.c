/* description_read.c - the inverse of description.c. A file may come from anywhere, so every value
 * is checked. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "description.h"
#include "json.h"
#include "text.h"

struct source {
    const struct clt_safetensors *file;
    const char *path;
};

static enum clt_status no_memory(const struct source *source)
{
    return clt_fail(CLT_E_NOMEM, "%s: out of memory", source->path);
}

static enum clt_status makes_no_sense(const struct source *source, const char *key)
{
    return clt_fail(CLT_E_DATA,
                    "%s: the metadata's '%s' is missing or makes no sense; this is no network "
                    "that cltrain has written",
                    source->path, key);
}

/* The metadata's value of `key` as JSON; the caller releases *out. */
static enum clt_status parse(json_t **out, const struct source *source, const char *key)
{
    const char *text = clt_safetensors_metadata(source->file, key);
    *out = NULL;
    const enum clt_status st = text ? clt_json_parse(out, text, strlen(text), 0) : CLT_E_DATA;
    if (st == CLT_E_DATA) return makes_no_sense(source, key);
    return st == CLT_OK ? CLT_OK : no_memory(source);
}

static bool take_size(size_t *out, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 1) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static enum clt_status read_shape(struct clt_dataset *dataset, const struct source *source)
{
    enum clt_status st = CLT_OK;
    json_t *input;
    TRY(parse(&input, source, "input"));
    if (json_array_size(input) != 3 || !take_size(&dataset->channels, json_array_get(input, 0)) ||
        !take_size(&dataset->height, json_array_get(input, 1)) ||
        !take_size(&dataset->width, json_array_get(input, 2)) ||
        !clt_multiply(&dataset->features, dataset->channels, dataset->height) ||
        !clt_multiply(&dataset->features, dataset->features, dataset->width))
        st = makes_no_sense(source, "input");
    json_decref(input);
done:
    return st;
}

/* Names, or null for each. */
static enum clt_status take_names(struct clt_dataset *dataset, const struct source *source,
                                  const json_t *names)
{
    dataset->classes = json_array_size(names);
    if (dataset->classes == 0) return makes_no_sense(source, "classes");
    if (json_is_null(json_array_get(names, 0))) return CLT_OK;
    dataset->class_names = calloc(dataset->classes, sizeof *dataset->class_names);
    if (!dataset->class_names) return no_memory(source);
    for (size_t c = 0; c < dataset->classes; c++) {
        const char *name = json_string_value(json_array_get(names, c));
        if (!name || !clt_text_is_shown(name)) return makes_no_sense(source, "classes");
        if (!(dataset->class_names[c] = strdup(name))) return no_memory(source);
    }
    return CLT_OK;
}

static enum clt_status read_classes(struct clt_dataset *dataset, const struct source *source)
{
    enum clt_status st = CLT_OK;
    json_t *names;
    TRY(parse(&names, source, "classes"));
    st = take_names(dataset, source, names);
    json_decref(names);
done:
    return st;
}

/* [n] numbers; NULL and CLT_E_DATA for anything else. */
static enum clt_status take_floats(float **out, const struct source *source, const json_t *values,
                                   size_t n)
{
    if (json_array_size(values) != n) return makes_no_sense(source, "normalization");
    *out = calloc(n, sizeof **out);
    if (!*out) return no_memory(source);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(values, i);
        (*out)[i] = (float)json_number_value(value);
        if (!json_is_number(value) || !isfinite((*out)[i]))
            return makes_no_sense(source, "normalization");
    }
    return CLT_OK;
}

static enum clt_status read_normalization(struct clt_dataset *dataset, const struct source *source)
{
    enum clt_status st = CLT_OK;
    json_t *both = NULL;
    TRY(parse(&both, source, "normalization"));
    TRY(take_floats(&dataset->mean, source, json_object_get(both, "mean"), dataset->features));
    TRY(take_floats(&dataset->scale, source, json_object_get(both, "scale"), dataset->features));
done:
    json_decref(both);
    return st;
}

static enum clt_status read_config(struct clt_config **out, const struct source *source)
{
    const char *text = clt_safetensors_metadata(source->file, "config");
    if (!text) return makes_no_sense(source, "config");
    const enum clt_status st = clt_config_parse(out, text, source->path);
    return st == CLT_E_CONFIG ? clt_fail(CLT_E_DATA, "%s", clt_error_message()) : st;
}

enum clt_status clt_description_read(struct clt_description_parts *out,
                                     const struct clt_safetensors *file, const char *path)
{
    enum clt_status st = CLT_OK;
    const struct source source = {file, path};
    *out = (struct clt_description_parts){.dataset = calloc(1, sizeof *out->dataset)};
    if (!out->dataset) return no_memory(&source);
    TRY(read_shape(out->dataset, &source));
    TRY(read_classes(out->dataset, &source));
    TRY(read_normalization(out->dataset, &source));
    TRY(read_config(&out->config, &source));
done:
    if (st != CLT_OK) clt_description_parts_free(out);
    return st;
}

void clt_description_parts_free(struct clt_description_parts *parts)
{
    clt_config_free(parts->config);
    clt_dataset_free(parts->dataset);
    *parts = (struct clt_description_parts){0};
}
