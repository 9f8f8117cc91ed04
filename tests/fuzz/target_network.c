/* target_network.c - safetensors: any, a member's network, the state of a run. */
#include <string.h>

#include "checkpoint.h"
#include "conditions.h"
#include "description.h"
#include "file.h"
#include "safetensors.h"
#include "target.h"
#include "weights.h"

/* Tensors that a generic file is asked for, each of which it may have. */
enum clt_status read_safetensors(struct reading *reading)
{
    static const struct clt_tensor wanted[] = {
        {"a", CLT_DTYPE_F32, 2, {2, 3}, NULL},       {"b", CLT_DTYPE_I64, 0, {0}, NULL},
        {"c", CLT_DTYPE_U8, 1, {5}, NULL},           {"", CLT_DTYPE_F64, 1, {0}, NULL},
        {"d", CLT_DTYPE_U64, 4, {1, 1, 2, 1}, NULL},
    };
    static const size_t sizes[] = {24, 8, 5, 0, 16};
    struct clt_safetensors *file = NULL;
    char *path = write_input(reading, "file.safetensors");
    const enum clt_status st = clt_safetensors_read(&file, path);
    free(path);
    if (st != CLT_OK) return st;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const void *data;
        const bool found = clt_safetensors_find(&data, file, &wanted[i]) == CLT_OK;
        require(found == (data != NULL));
        if (found) add_values(reading, data, sizes[i]);
        add_values(reading, &found, sizeof found);
    }
    add_text(reading, clt_safetensors_metadata(file, "format"));
    clt_safetensors_free(file);
    return CLT_OK;
}

static void add_weights(struct reading *reading, const struct clt_weights *weights)
{
    const struct clt_network *network = weights->network;
    add_values(reading, weights->parameters, network->n_parameters * sizeof(float));
    if (network->n_running)
        add_values(reading, weights->running, network->n_running * sizeof(float));
    for (size_t i = 0; i < weights->n_states; i++)
        add_values(reading, weights->state[i], network->n_parameters * sizeof(float));
}

static void add_description(struct reading *reading, const struct clt_description_parts *parts)
{
    const struct clt_dataset *dataset = parts->dataset;
    char *text;
    require(dataset->classes > 0 && dataset->mean && dataset->scale);
    require(dataset->features == dataset->channels * dataset->height * dataset->width);
    for (size_t c = 0; c < dataset->classes; c++)
        add_text(reading, dataset->class_names ? dataset->class_names[c] : NULL);
    add_values(reading, dataset->mean, dataset->features * sizeof(float));
    add_values(reading, dataset->scale, dataset->features * sizeof(float));
    require(clt_config_write(&text, parts->config) == CLT_OK);
    add_text(reading, text);
    free(text);
}

/* As clt_classifier_load() does before it opens a device. */
enum clt_status read_member(struct reading *reading)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    struct clt_description_parts parts = {0};
    struct clt_network *network = NULL;
    struct clt_weights weights = {0};
    char *path = write_input(reading, "member.safetensors");
    TRY(clt_safetensors_read(&file, path));
    TRY(clt_description_read(&parts, file, path));
    const struct clt_dataset *dataset = parts.dataset;
    const struct clt_config *const configs[] = {parts.config};
    const struct clt_shape input = {dataset->channels, dataset->height, dataset->width};
    TRY(clt_network_create(&network, configs, 1, input, dataset->classes));
    TRY(clt_weights_create(&weights, network, CLT_UPDATE_SGD));
    TRY(clt_weights_load(&weights, file, 0, false));
    add_description(reading, &parts);
    add_weights(reading, &weights);
done:
    clt_weights_free(&weights);
    clt_network_free(network);
    clt_description_parts_free(&parts);
    clt_safetensors_free(file);
    free(path);
    return st;
}

/* ---- a run's state ---- */

#define MEMBERS 2

const struct clt_device_info *__wrap_clt_device_describe(const struct clt_device *device);
const char *__wrap_clt_gemm_order(const struct clt_gemm *gemm);

/* What a state is compared with; there is no device. */
const struct clt_device_info *__wrap_clt_device_describe(const struct clt_device *device)
{
    static const struct clt_device_info info = {
        .platform_name = "platform", .name = "device", .driver = "1"};
    (void)device;
    return &info;
}

const char *__wrap_clt_gemm_order(const struct clt_gemm *gemm)
{
    (void)gemm;
    return "chain";
}

/* What the checkpoint of a run knows of it, without a device. */
struct stand_in {
    struct clt_config *config, *members[MEMBERS];
    struct clt_dataset dataset;
    struct clt_network *network;
    struct clt_model model;
    float mean[3], scale[3];
    struct clt_experiment experiment;
};

static void stand_in_create(struct stand_in *out)
{
    static char train[] = "train", test[] = "test";
    static struct clt_data_file files[] = {{train, "0123456789abcdef0123456789abcdef"},
                                           {test, "fedcba9876543210fedcba9876543210"}};
    static const char text[] =
        "data = { format = \"idx\"; path = \".\"; };\n"
        "model = ( { type = \"dense\"; units = 2; }, { type = \"batch_norm\"; }, "
        "{ type = \"dense\"; } );\n"
        "train = { batch_size = 4; epochs = 1; learning_rate = 0.1;\n"
        "          optimizer = { type = \"sgd\"; momentum = 0.9; }; };\n"
        "population = ( { key = \"train.l2\"; values = (0.1, 0.2); } );\n"
        "name = \"x\";\n";
    *out = (struct stand_in){.scale = {1, 1, 1}};
    out->dataset = (struct clt_dataset){.channels = 1,
                                        .height = 1,
                                        .width = 3,
                                        .features = 3,
                                        .classes = 2,
                                        .mean = out->mean,
                                        .scale = out->scale,
                                        .files = files,
                                        .n_files = sizeof files / sizeof *files};
    require(clt_config_parse(&out->config, text, "text") == CLT_OK);
    for (size_t p = 0; p < MEMBERS; p++)
        require(clt_config_member(&out->members[p], out->config, p) == CLT_OK);
    require(clt_network_create(&out->network, (const struct clt_config *const *)out->members,
                               MEMBERS, (struct clt_shape){1, 1, 3}, 2) == CLT_OK);
    out->model.optimizer.rule = clt_network_update_rule(out->network);
    out->experiment = (struct clt_experiment){.config = out->config,
                                              .members = out->members,
                                              .dataset = &out->dataset,
                                              .network = out->network,
                                              .model = &out->model};
}

/* Made once: it takes longer than reading a state. */
static struct stand_in *stand_in_get(void)
{
    static struct stand_in *made;
    if (made) return made;
    made = malloc(sizeof *made);
    require(made);
    stand_in_create(made);
    return made;
}

static void add_progress(struct reading *reading, const struct clt_progress_state *state)
{
    add_values(reading, &state->update, sizeof state->update);
    add_values(reading, &state->metrics_length, sizeof state->metrics_length);
    add_values(reading, &state->seconds, sizeof state->seconds);
    add_values(reading, state->frozen, MEMBERS * sizeof *state->frozen);
    add_values(reading, state->stopped, MEMBERS * sizeof *state->stopped);
    add_values(reading, state->waited, MEMBERS * sizeof *state->waited);
    add_values(reading, state->improved, MEMBERS * sizeof *state->improved);
    for (size_t p = 0; p < MEMBERS; p++) {
        const struct clt_best *best = &state->best[p];
        add_values(reading, &best->exists, sizeof best->exists);
        add_values(reading, &best->update, sizeof best->update);
        add_values(reading, &best->val_accuracy, sizeof best->val_accuracy);
    }
}

enum clt_status read_state(struct reading *reading)
{
    enum clt_status st = CLT_OK;
    struct clt_checkpoint *checkpoint = NULL;
    struct clt_progress_state state = {0};
    struct clt_condition_changes changes = {0};
    static const char name[] = "checkpoint/last/state.safetensors";
    char *folder = clt_path_join(reading->folder, "checkpoint/last");
    require(folder && clt_folder_create(folder) == CLT_OK);
    free(folder);
    free(write_input(reading, name));
    TRY(clt_progress_state_create(&state, MEMBERS));
    TRY(clt_checkpoint_create(&checkpoint, reading->folder, &stand_in_get()->experiment));
    TRY(clt_checkpoint_load_state(checkpoint, &state));
    add_progress(reading, &state);
    clt_checkpoint_compare(&changes, checkpoint); /* it may tell nothing of its conditions */
    for (size_t i = 0; i < changes.n; i++) add_text(reading, changes.change[i].text);
done:
    clt_condition_changes_free(&changes);
    clt_checkpoint_free(checkpoint);
    clt_progress_state_free(&state);
    return st;
}
