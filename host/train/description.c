#include "description.h"

#include <stdlib.h>

#include "layer.h"
#include "text.h"

/* `config`: the member's own. */
static json_t *describe_layer(const struct clt_layer *layer, const struct clt_layer_config *config)
{
    json_t *json = json_pack("{s:s}", "type", layer->type->name);
    switch (config->kind) {
    case CLT_LAYER_DENSE:
        json_object_set_new(json, "units", json_integer((json_int_t)clt_shape_size(layer->out)));
        break;
    case CLT_LAYER_BATCH_NORM:
        json_object_set_new(json, "momentum", json_real(config->momentum));
        json_object_set_new(json, "epsilon", json_real(config->epsilon));
        break;
    case CLT_LAYER_LEAKY_RELU: json_object_set_new(json, "slope", json_real(config->slope)); break;
    case CLT_LAYER_DROPOUT: json_object_set_new(json, "rate", json_real(config->rate)); break;
    default: break;
    }
    return json;
}

/* The text of `json`, which is released; NULL where memory was out. */
static char *dump(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

json_t *clt_description_layers(const struct clt_experiment *experiment, size_t member)
{
    const struct clt_network *network = experiment->network;
    json_t *list = json_array();
    for (size_t i = 0; list && i < network->n_layers; i++)
        json_array_append_new(
            list, describe_layer(&network->layers[i], &experiment->members[member]->layers[i]));
    return list;
}

const char *clt_description_loss(const struct clt_config *config)
{
    return config->train.loss == CLT_LOSS_SIGMOID ? "sigmoid" : "softmax";
}

static char *describe_classes(const struct clt_dataset *dataset)
{
    json_t *list = json_array();
    for (size_t c = 0; list && c < dataset->classes; c++)
        json_array_append_new(list, dataset->class_names ? json_string(dataset->class_names[c])
                                                         : json_null());
    return dump(list);
}

/* By hand: nine digits give a float back, where JSON libraries write a double's seventeen. */
static void add_floats(struct clt_text *text, const char *name, const float *values, size_t n)
{
    clt_text_add(text, "\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (i) clt_text_add(text, ",");
        clt_text_add_digits(text, (double)values[i], 9);
    }
    clt_text_add(text, "]");
}

static char *describe_normalization(const struct clt_dataset *dataset)
{
    struct clt_text text = {0};
    clt_text_add(&text, "{");
    add_floats(&text, "mean", dataset->mean, dataset->features);
    clt_text_add(&text, ",");
    add_floats(&text, "scale", dataset->scale, dataset->features);
    clt_text_add(&text, "}");
    return clt_text_take(&text);
}

enum clt_status clt_description_create(struct clt_description *out,
                                       const struct clt_experiment *experiment, size_t member)
{
    enum clt_status st = CLT_OK;
    const struct clt_shape input = experiment->network->input;
    *out = (struct clt_description){
        .layers = dump(clt_description_layers(experiment, member)),
        .input = dump(json_pack("[I,I,I]", (json_int_t)input.channels, (json_int_t)input.height,
                                (json_int_t)input.width)),
        .classes = describe_classes(experiment->dataset),
        .normalization = describe_normalization(experiment->dataset),
        .loss = clt_description_loss(experiment->members[member])};
    if (!out->layers || !out->input || !out->classes || !out->normalization) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the description of the network");
        goto done;
    }
    TRY(clt_config_write(&out->config, experiment->members[member]));
done:
    if (st != CLT_OK) clt_description_free(out);
    return st;
}

void clt_description_free(struct clt_description *description)
{
    free(description->layers);
    free(description->input);
    free(description->classes);
    free(description->normalization);
    free(description->config);
    *description = (struct clt_description){0};
}
