/* description.h - what a member's file says about its network, so that it can be used by itself. */
#ifndef CLT_DESCRIPTION_H
#define CLT_DESCRIPTION_H

#include <jansson.h>

#include "experiment.h"
#include "safetensors.h"

struct clt_description { /* JSON, but for the config */
    char *layers;        /* [{"type": "dense", "units": 50}, ...], in nn.Sequential's order */
    char *input;         /* [channels, height, width] */
    char *classes;       /* names, or null for each where the data has none */
    char *normalization; /* {"mean": [features], "scale": [features]}: x = (byte - mean) * scale */
    char *config;        /* the member's own, as libconfig text */
    const char *loss;    /* as it is, no JSON either */
};

enum clt_status clt_description_create(struct clt_description *out,
                                       const struct clt_experiment *experiment, size_t member);
/* The list in `layers`, a new reference; NULL where memory is out. */
json_t *clt_description_layers(const struct clt_experiment *experiment, size_t member);
/* What makes probabilities of scores: "softmax" or "sigmoid". */
const char *clt_description_loss(const struct clt_config *config);
void clt_description_free(struct clt_description *description);

/* A member's network as its file describes it, read back. */
struct clt_description_parts {
    struct clt_config *config;   /* of one member */
    struct clt_dataset *dataset; /* shape, classes, normalisation; no samples */
};

/* `path`: the file's name, for messages. CLT_E_DATA: the description is missing or makes no sense;
 * CLT_E_NOMEM. On failure both parts are NULL. */
enum clt_status clt_description_read(struct clt_description_parts *out,
                                     const struct clt_safetensors *file, const char *path);
void clt_description_parts_free(struct clt_description_parts *parts);

#endif
