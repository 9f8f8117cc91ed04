#include "gradient_dump.h"

#include <stdlib.h>

#include "description.h"
#include "file.h"
#include "json.h"
#include "npy.h"
#include "text.h"

static enum clt_status write_array(const char *folder, const char *name,
                                   const struct clt_npy *array)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    clt_text_add(&text, "%s/%s.npy", folder, name);
    char *path = clt_text_take(&text);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    TRY(clt_npy_write(path, array));
done:
    free(path);
    return st;
}

/* The device has [features][samples]. */
static enum clt_status write_batch(const char *folder, struct clt_probe *probe, size_t samples)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = clt_probe_experiment(probe)->dataset;
    const size_t features = dataset->features;
    double *input = calloc(2 * samples * features, sizeof *input);
    if (!input) return clt_fail(CLT_E_NOMEM, "no memory for the batch");
    double *turned = input + samples * features;
    TRY(clt_probe_input(probe, input));
    for (size_t b = 0; b < samples; b++)
        for (size_t f = 0; f < features; f++) turned[b * features + f] = input[f * samples + b];
    TRY(write_array(folder, "input",
                    &(struct clt_npy){CLT_NPY_F64, 2, {samples, features}, turned}));
    TRY(write_array(
        folder, "labels",
        &(struct clt_npy){CLT_NPY_U16, 1, {samples}, dataset->labels + dataset->train.first}));
done:
    free(input);
    return st;
}

/* One file for each tensor of a flat parameter vector. */
static enum clt_status write_vector(const char *folder, const char *name,
                                    const struct clt_network *network, const double *vector)
{
    enum clt_status st = CLT_OK;
    char *inner = clt_path_join(folder, name);
    if (!inner) return clt_fail(CLT_E_NOMEM, "no memory for a path");
    TRY(clt_folder_create(inner));
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (clt_segment_is_running(segment)) continue;
        struct clt_npy array = {CLT_NPY_F64, 1, {network->members}, vector + segment->offset};
        for (size_t i = 0; i < segment->rank; i++) array.dim[array.rank++] = segment->dim[i];
        TRY(write_array(inner, segment->name, &array));
    }
done:
    free(inner);
    return st;
}

static json_t *describe_members(const struct clt_experiment *experiment)
{
    json_t *members = json_array();
    for (size_t p = 0; p < experiment->config->members; p++) {
        const struct clt_config *config = experiment->members[p];
        json_t *json = clt_json_set(json_object(), "seed", json_integer((json_int_t)config->seed));
        json = clt_json_set(json, "l2", clt_json_real(config->train.l2));
        json = clt_json_set(json, "loss", json_string(clt_description_loss(config)));
        json = clt_json_set(json, "layers", clt_description_layers(experiment, p));
        members = clt_json_append(members, json);
    }
    return members;
}

static enum clt_status write_model(const char *folder, const struct clt_experiment *experiment)
{
    char *text;
    json_t *all = clt_json_set(json_object(), "real",
                               json_string(experiment->real == CLT_DOUBLE ? "double" : "float"));
    all = clt_json_set(all, "members", describe_members(experiment));
    enum clt_status st = clt_json_write(&text, all);
    if (st == CLT_OK) st = clt_file_replace_text(folder, "model.json", text);
    free(text);
    json_decref(all);
    return st;
}

enum clt_status clt_gradient_dump(const char *folder, struct clt_probe *probe, size_t samples,
                                  const struct clt_gradient_vectors *vectors)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = clt_probe_experiment(probe);
    const struct clt_network *network = experiment->network;
    TRY(clt_folder_create(folder));
    TRY(write_model(folder, experiment));
    TRY(write_batch(folder, probe, samples));
    TRY(write_vector(folder, "parameters", network, vectors->point));
    TRY(write_vector(folder, "analytic", network, vectors->analytic));
    TRY(write_vector(folder, "numeric", network, vectors->numeric));
done:
    return st;
}
