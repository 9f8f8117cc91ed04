#include "templates.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "checkpoint.h"
#include "file.h"
#include "json.h"
#include "markup.h"
#include "picture.h"
#include "safetensors.h"

/* The first layer, as the checkpoint's metadata describe it. */
struct first_layer {
    struct clt_shape input;
    size_t index, units; /* of the dense layer; units = 0: it does not see the pixels */
    bool last;           /* the network's outputs are its own */
    json_t *classes;     /* [units] where `last`; names or null */
};

/* NULL for what is not there or makes no sense. */
static enum clt_status parse(json_t **out, const struct clt_safetensors *file, const char *key)
{
    const char *text = clt_safetensors_metadata(file, key);
    *out = NULL;
    const enum clt_status st = text ? clt_json_parse(out, text, strlen(text), 0) : CLT_OK;
    return st == CLT_E_NOMEM ? st : CLT_OK;
}

static size_t size_at(const json_t *list, size_t index)
{
    return (size_t)json_integer_value(json_array_get(list, index));
}

static const char *type_at(const json_t *layers, size_t index)
{
    const char *type = json_string_value(json_object_get(json_array_get(layers, index), "type"));
    return type ? type : "";
}

/* Layers that hand the pixels on as they are may stand before it. */
static enum clt_status find_first_layer(struct first_layer *out, const struct clt_safetensors *file)
{
    enum clt_status st = CLT_OK;
    json_t *layers = NULL, *input = NULL;
    size_t i = 0;
    TRY(parse(&layers, file, "layers"));
    TRY(parse(&input, file, "input"));
    TRY(parse(&out->classes, file, "classes"));
    while (strcmp(type_at(layers, i), "flatten") == 0 || strcmp(type_at(layers, i), "dropout") == 0)
        i++;
    out->index = i;
    out->input.channels = size_at(input, 0);
    out->input.height = size_at(input, 1);
    out->input.width = size_at(input, 2);
    if (strcmp(type_at(layers, i), "dense") == 0)
        out->units =
            (size_t)json_integer_value(json_object_get(json_array_get(layers, i), "units"));
    out->last = i + 1 == json_array_size(layers);
done:
    json_decref(layers);
    json_decref(input);
    return st;
}

/* A vector of features is no picture. */
static bool is_picture(struct clt_shape shape)
{
    return shape.height > 1 && shape.width > 1 && (shape.channels == 1 || shape.channels == 3);
}

/* Grey is zero; the largest weight is black or white. */
static void scale_to_bytes(uint8_t *out, const float *weights, size_t n)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmaxf(largest, fabsf(weights[i]));
    for (size_t i = 0; i < n; i++) {
        const float share = largest > 0 ? weights[i] / largest : 0;
        out[i] = isfinite(share) ? (uint8_t)lrintf(127.5F + 127.5F * share) : 128;
    }
}

static void name_unit(struct clt_tile *tile, const struct first_layer *layer, size_t unit)
{
    const char *name = json_string_value(json_array_get(layer->classes, unit));
    if (layer->last && name)
        clt_markup_shorten(tile->lines[0], sizeof tile->lines[0], name, 14);
    else
        snprintf(tile->lines[0], sizeof tile->lines[0], "%zu", unit);
}

static enum clt_status draw(struct clt_figure *figure, const struct first_layer *layer,
                            const float *weights, size_t most)
{
    enum clt_status st = CLT_OK;
    const size_t features = clt_shape_size(layer->input);
    const size_t shown = layer->units < most ? layer->units : most;
    assert(most <= CLT_MAX_TEMPLATES);
    const char *const what = layer->last ? "class" : "hidden unit";
    struct clt_tile tiles[CLT_MAX_TEMPLATES] = {0};
    char caption[200];
    uint8_t *pixels = malloc(shown * features);
    if (!pixels) return clt_fail(CLT_E_NOMEM, "no memory for the weights' pictures");
    for (size_t unit = 0; unit < shown; unit++) {
        tiles[unit].planes = pixels + unit * features;
        scale_to_bytes(pixels + unit * features, weights + unit * features, features);
        name_unit(&tiles[unit], layer, unit);
    }
    TRY(clt_tiles_draw(figure, tiles, shown, layer->input, shown > 10 ? 10 : 5, 1));
    snprintf(caption, sizeof caption,
             "A picture for each %s (%zu of %zu). Grey: weight zero; each is scaled by its largest "
             "weight.",
             what, shown, layer->units);
    figure->caption = strdup(caption);
    figure->title = strdup("Weights of the first layer");
    if (!figure->caption || !figure->title)
        st = clt_fail(CLT_E_NOMEM, "no memory for the weights' pictures");
done:
    free(pixels);
    return st;
}

static enum clt_status add_layer(struct clt_figures *figures, const struct clt_safetensors *file,
                                 const struct first_layer *layer, size_t most)
{
    enum clt_status st = CLT_OK;
    struct clt_figure figure = {.name = "weights"};
    const void *weights;
    char name[40];
    snprintf(name, sizeof name, "%zu.weight", layer->index);
    const struct clt_tensor wanted = {.name = name,
                                      .dtype = CLT_DTYPE_F32,
                                      .rank = 2,
                                      .dim = {layer->units, clt_shape_size(layer->input)}};
    TRY(clt_safetensors_find(&weights, file, &wanted));
    TRY(draw(&figure, layer, weights, most));
    st = clt_figures_add(figures, &figure);
    figure = (struct clt_figure){0};
done:
    clt_figure_free(&figure);
    return st;
}

enum clt_status clt_templates_add(struct clt_figures *figures, const struct clt_saved_run *run,
                                  size_t most)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    struct first_layer layer = {0};
    char *path = clt_member_path(run->folder, "checkpoint/last", run->best);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    if (!clt_file_exists(path)) goto done;
    TRY(clt_safetensors_read(&file, path));
    TRY(find_first_layer(&layer, file));
    if (layer.units && is_picture(layer.input)) st = add_layer(figures, file, &layer, most);
done:
    json_decref(layer.classes);
    clt_safetensors_free(file);
    free(path);
    return st;
}
