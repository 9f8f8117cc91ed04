#include "checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "description.h"
#include "file.h"
#include "rewinds.h"
#include "safetensors.h"
#include "weights.h"

struct clt_checkpoint {
    char *folder;
    struct clt_experiment *experiment;
    struct clt_weights weights;
    struct clt_description *descriptions; /* [members]: what their files say about the network */
    struct clt_conditions conditions;     /* what the state says it was made under */
};

enum clt_status clt_checkpoint_create(struct clt_checkpoint **out, const char *folder,
                                      struct clt_experiment *experiment)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = experiment->network;
    struct clt_checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    *out = NULL;
    if (!checkpoint) return clt_fail(CLT_E_NOMEM, "no memory for checkpoints");
    checkpoint->experiment = experiment;
    checkpoint->folder = clt_path_join(folder, "checkpoint");
    checkpoint->descriptions = calloc(network->members, sizeof *checkpoint->descriptions);
    if (!checkpoint->folder || !checkpoint->descriptions) {
        st = clt_fail(CLT_E_NOMEM, "no memory for checkpoints");
        goto done;
    }
    TRY(clt_weights_create(&checkpoint->weights, network, experiment->model->optimizer.rule));
    for (size_t p = 0; p < network->members; p++)
        TRY(clt_description_create(&checkpoint->descriptions[p], experiment, p));
    TRY(clt_conditions_create(&checkpoint->conditions, experiment));
    *out = checkpoint;
    checkpoint = NULL;
done:
    clt_checkpoint_free(checkpoint);
    return st;
}

enum clt_status clt_checkpoint_find(bool *exists, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_listing names = {0};
    char *last = clt_path_join(folder, "checkpoint/last");
    *exists = true;
    if (!last) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    if (!clt_folder_exists(last)) goto done;
    TRY(clt_folder_list(&names, last));
    *exists = false;
    for (size_t i = 0; i < names.count; i++)
        if (!clt_file_is_temporary(names.name[i])) *exists = true;
done:
    clt_listing_free(&names);
    free(last);
    return st;
}

void clt_checkpoint_free(struct clt_checkpoint *checkpoint)
{
    if (!checkpoint) return;
    for (size_t p = 0; checkpoint->descriptions && p < checkpoint->experiment->network->members;
         p++)
        clt_description_free(&checkpoint->descriptions[p]);
    free(checkpoint->descriptions);
    clt_conditions_free(&checkpoint->conditions);
    clt_weights_free(&checkpoint->weights);
    free(checkpoint->folder);
    free(checkpoint);
}

enum clt_status clt_checkpoint_read_device(struct clt_checkpoint *checkpoint)
{
    return clt_weights_read(&checkpoint->weights, checkpoint->experiment->model);
}

enum clt_status clt_checkpoint_write_device(struct clt_checkpoint *checkpoint)
{
    return clt_weights_write(&checkpoint->weights, checkpoint->experiment->model);
}

/* --- the state --- */

#define OWN_METADATA  7 /* beside the conditions */
#define STATE_TENSORS 8 /* beside the segments and what the optimiser remembers of them */

/* The parts of `best` as arrays, for the file. */
struct best_arrays {
    uint64_t *update;
    double *accuracy;
    uint8_t *exists;
};

static void best_arrays_free(struct best_arrays *arrays)
{
    free(arrays->update);
    free(arrays->accuracy);
    free(arrays->exists);
    *arrays = (struct best_arrays){0};
}

static enum clt_status best_arrays_create(struct best_arrays *out, size_t members)
{
    *out = (struct best_arrays){calloc(members, sizeof(uint64_t)), calloc(members, sizeof(double)),
                                calloc(members, 1)};
    if (out->update && out->accuracy && out->exists) return CLT_OK;
    best_arrays_free(out);
    return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
}

/* A tensor of a state file that is no segment: where its data are, in memory. */
struct state_tensor {
    const char *name;
    enum clt_dtype dtype;
    size_t size; /* of an element */
    void *data;
};

static void fill_best(struct best_arrays *best, const struct clt_progress_state *state,
                      size_t members)
{
    for (size_t p = 0; p < members; p++) {
        best->exists[p] = state->best[p].exists;
        best->update[p] = state->best[p].update;
        best->accuracy[p] = state->best[p].val_accuracy;
    }
}

static void state_tensors(struct state_tensor out[STATE_TENSORS],
                          const struct clt_progress_state *state, const struct best_arrays *best)
{
    const struct state_tensor tensors[STATE_TENSORS] = {
        {"state.frozen", CLT_DTYPE_U64, sizeof(uint64_t), state->frozen},
        {"state.cause", CLT_DTYPE_U64, sizeof(uint64_t), state->cause},
        {"state.stopped", CLT_DTYPE_U64, sizeof(uint64_t), state->stopped},
        {"state.waited", CLT_DTYPE_U64, sizeof(uint64_t), state->waited},
        {"state.improved", CLT_DTYPE_F64, sizeof(double), state->improved},
        {"state.best_update", CLT_DTYPE_U64, sizeof(uint64_t), best->update},
        {"state.best_val_accuracy", CLT_DTYPE_F64, sizeof(double), best->accuracy},
        {"state.best_exists", CLT_DTYPE_U8, 1, best->exists},
    };
    memcpy(out, tensors, sizeof tensors);
}

static struct clt_tensor file_tensor(const struct state_tensor *tensor, size_t members)
{
    return (struct clt_tensor){tensor->name, tensor->dtype, 1, {members}, tensor->data};
}

/* Those of all members, then what the optimiser remembers of them; returns how many. */
static size_t weight_tensors(struct clt_tensor *out, char (*names)[CLT_STATE_NAME],
                             const struct clt_weights *weights)
{
    const struct clt_network *network = weights->network;
    size_t n = 0;
    for (size_t s = 0; s < network->n_segments; s++)
        out[n++] = clt_weights_tensor(weights, s, 0, true);
    for (size_t i = 0; i < weights->n_states; i++)
        for (size_t s = 0; s < network->n_segments; s++) {
            if (clt_segment_is_running(&network->segments[s])) continue;
            out[n] = clt_weights_state_tensor(weights, i, s, names[n]);
            n++;
        }
    return n;
}

static char *state_path(const struct clt_checkpoint *checkpoint)
{
    return clt_path_join(checkpoint->folder, "last/state.safetensors");
}

static char *target_path(const struct clt_checkpoint *checkpoint)
{
    return clt_path_join(checkpoint->folder, "rewind/state.safetensors");
}

/* No update makes them so: the state on disk is better than one with such weights. */
static enum clt_status check_weights(const struct clt_checkpoint *checkpoint,
                                     const struct clt_progress_state *state)
{
    for (size_t p = 0; state->update > 0 && p < checkpoint->experiment->network->members; p++) {
        size_t segment, element;
        if (clt_progress_ended(state, p) ||
            clt_weights_are_finite(&segment, &element, &checkpoint->weights, p))
            continue;
        return clt_fail(CLT_E_DEVICE,
                        "the device has given back numbers that are not finite, in tensor '%s' of "
                        "member %zu after update %" PRIu64
                        "; the checkpoint before it is kept: see whether `cltrain selftest` passes",
                        checkpoint->experiment->network->segments[segment].name, p, state->update);
    }
    return CLT_OK;
}

/* Frees `path`, which may be NULL where memory is out. */
static enum clt_status write_state(char *path, const struct clt_checkpoint *checkpoint,
                                   const struct clt_progress_state *state)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = checkpoint->experiment->network;
    size_t n = 0;
    char update[32], seconds[32], length[32];
    struct best_arrays best = {0};
    struct state_tensor own[STATE_TENSORS];
    char *rewinds = clt_rewinds_text(state->rewinds, network->members);
    const size_t most = network->n_segments * (1 + checkpoint->weights.n_states) + STATE_TENSORS;
    struct clt_tensor *tensors = calloc(most, sizeof *tensors);
    char(*names)[CLT_STATE_NAME] = calloc(most, sizeof *names);
    if (!path || !rewinds || !tensors || !names) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
        goto done;
    }
    TRY(check_weights(checkpoint, state));
    TRY(best_arrays_create(&best, network->members));
    fill_best(&best, state, network->members);
    n = weight_tensors(tensors, names, &checkpoint->weights);
    state_tensors(own, state, &best);
    for (size_t i = 0; i < STATE_TENSORS; i++)
        tensors[n + i] = file_tensor(&own[i], network->members);
    snprintf(update, sizeof update, "%" PRIu64, state->update);
    snprintf(length, sizeof length, "%" PRIu64, state->metrics_length);
    snprintf(seconds, sizeof seconds, "%.17g", state->seconds);
    struct clt_metadata metadata[OWN_METADATA + CLT_CONDITIONS] = {
        {"format", "cltrain state 1"},
        {"update", update},
        {"metrics_length", length},
        {"report_due", state->report_due ? "yes" : "no"},
        {"seconds", seconds},
        {"rewinds", rewinds},
        {"resumes", state->resumes ? state->resumes : "[]"}};
    clt_conditions_metadata(metadata + OWN_METADATA, &checkpoint->conditions);
    TRY(clt_safetensors_write(path, tensors, n + STATE_TENSORS, metadata,
                              sizeof metadata / sizeof *metadata));
done:
    best_arrays_free(&best);
    free(names);
    free(tensors);
    free(rewinds);
    free(path);
    return st;
}

enum clt_status clt_checkpoint_save_state(const struct clt_checkpoint *checkpoint,
                                          const struct clt_progress_state *state)
{
    return write_state(state_path(checkpoint), checkpoint, state);
}

enum clt_status clt_checkpoint_has_target(bool *has, const struct clt_checkpoint *checkpoint)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    char *path = target_path(checkpoint);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    TRY(clt_file_find(has, path));
    if (*has) st = clt_safetensors_read(&file, path);
    if (st == CLT_E_DATA)
        st =
            clt_fail_within(st, "put back what diverging members go back to, or remove it, so that "
                                "they go back to where this resume begins");
done:
    clt_safetensors_free(file);
    free(path);
    return st;
}

enum clt_status clt_checkpoint_save_target(const struct clt_checkpoint *checkpoint,
                                           const struct clt_progress_state *state)
{
    enum clt_status st = CLT_OK;
    TRY(clt_checkpoint_make_folder(checkpoint, "rewind"));
    TRY(write_state(target_path(checkpoint), checkpoint, state));
done:
    return st;
}

static enum clt_status read_number(uint64_t *out, const struct clt_safetensors *file,
                                   const char *path, const char *key)
{
    const char *text = clt_safetensors_metadata(file, key);
    char *end = NULL;
    errno = 0;
    if (text) *out = strtoull(text, &end, 10);
    if (!text || end == text || *end || errno)
        return clt_fail(CLT_E_DATA,
                        "%s: the metadata lack a number '%s'; this is no state of a run", path,
                        key);
    return CLT_OK;
}

static enum clt_status load_arrays(struct clt_progress_state *state,
                                   const struct clt_safetensors *file, size_t members)
{
    enum clt_status st = CLT_OK;
    struct state_tensor own[STATE_TENSORS];
    struct best_arrays best = {0};
    TRY(best_arrays_create(&best, members));
    state_tensors(own, state, &best);
    for (size_t i = 0; i < STATE_TENSORS; i++) {
        const struct clt_tensor wanted = file_tensor(&own[i], members);
        const void *data;
        TRY(clt_safetensors_find(&data, file, &wanted));
        memcpy(own[i].data, data, members * own[i].size);
    }
    for (size_t p = 0; p < members; p++)
        state->best[p] = (struct clt_best){
            .exists = best.exists[p], .update = best.update[p], .val_accuracy = best.accuracy[p]};
done:
    best_arrays_free(&best);
    return st;
}

/* What is not undone by a rewind. */
static enum clt_status load_history(struct clt_progress_state *state,
                                    const struct clt_safetensors *file, const char *path,
                                    size_t members)
{
    const char *resumes = clt_safetensors_metadata(file, "resumes");
    const char *seconds = clt_safetensors_metadata(file, "seconds");
    char *copy = strdup(resumes ? resumes : "[]");
    state->seconds = seconds ? strtod(seconds, NULL) : 0;
    if (!copy) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    free(state->resumes);
    state->resumes = copy;
    const enum clt_status st =
        clt_rewinds_read(state, members, clt_safetensors_metadata(file, "rewinds"));
    if (st != CLT_E_DATA) return st;
    return clt_fail(st, "%s: its list of rewinds is damaged (%s); take another checkpoint", path,
                    clt_error_message());
}

/* Frees `path`. */
static enum clt_status read_state(char *path, struct clt_checkpoint *checkpoint,
                                  struct clt_progress_state *state, bool with_history)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    TRY(clt_safetensors_read(&file, path));
    TRY(read_number(&state->update, file, path, "update"));
    TRY(read_number(&state->metrics_length, file, path, "metrics_length"));
    const char *due = clt_safetensors_metadata(file, "report_due");
    state->report_due = due && strcmp(due, "yes") == 0;
    if (with_history)
        TRY(load_history(state, file, path, checkpoint->experiment->network->members));
    TRY(clt_weights_load(&checkpoint->weights, file, 0, true));
    TRY(clt_weights_load_state(&checkpoint->weights, file));
    TRY(load_arrays(state, file, checkpoint->experiment->network->members));
    for (size_t p = 0; p < checkpoint->experiment->network->members; p++)
        if (!state->frozen[p]) TRY(clt_weights_check(&checkpoint->weights, p, path));
done:
    clt_safetensors_free(file);
    free(path);
    return st;
}

enum clt_status clt_checkpoint_load_state(struct clt_checkpoint *checkpoint,
                                          struct clt_progress_state *state)
{
    return read_state(state_path(checkpoint), checkpoint, state, true);
}

enum clt_status clt_checkpoint_load_target(struct clt_checkpoint *checkpoint,
                                           struct clt_progress_state *state)
{
    return read_state(target_path(checkpoint), checkpoint, state, false);
}

enum clt_status clt_checkpoint_compare(struct clt_condition_changes *out,
                                       const struct clt_checkpoint *checkpoint)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    char *path = state_path(checkpoint);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    TRY(clt_safetensors_read(&file, path));
    TRY(clt_conditions_compare(out, &checkpoint->conditions, file));
done:
    clt_safetensors_free(file);
    free(path);
    return st;
}

/* --- a member's network --- */

void clt_snapshot_name(char out[CLT_SNAPSHOT_NAME], size_t cycle)
{
    snprintf(out, CLT_SNAPSHOT_NAME, "snapshot-%02zu", cycle);
}

enum clt_status clt_checkpoint_make_folder(const struct clt_checkpoint *checkpoint,
                                           const char *which)
{
    char *path = clt_path_join(checkpoint->folder, which);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    const enum clt_status st = clt_folder_create(path);
    free(path);
    return st;
}

char *clt_member_path(const char *folder, const char *which, size_t member)
{
    char name[80];
    snprintf(name, sizeof name, "%s/member-%03zu.safetensors", which, member);
    return clt_path_join(folder, name);
}

/* clt_safetensors_write() or its kin. */
typedef enum clt_status write_tensors(const char *path, const struct clt_tensor *tensors,
                                      size_t n_tensors, const struct clt_metadata *metadata,
                                      size_t n_metadata);

static enum clt_status write_member(const struct clt_checkpoint *checkpoint, const char *path,
                                    size_t member, uint64_t update, write_tensors *write)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = checkpoint->experiment->network;
    const struct clt_description *description = &checkpoint->descriptions[member];
    const int64_t tracked = (int64_t)update;
    char update_text[32];
    char(*names)[40] = NULL;
    size_t n = 0;
    /* A tensor per segment, and PyTorch's num_batches_tracked of each batch norm. */
    struct clt_tensor *tensors = calloc(network->n_segments * 2, sizeof *tensors);
    names = calloc(network->n_segments, sizeof *names);
    if (!tensors || !names) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
        goto done;
    }
    for (size_t s = 0; s < network->n_segments; s++) {
        tensors[n++] = clt_weights_tensor(&checkpoint->weights, s, member, false);
        if (network->segments[s].kind != CLT_SEGMENT_RUNNING_VAR) continue;
        snprintf(names[s], sizeof names[s], "%zu.num_batches_tracked", network->segments[s].layer);
        tensors[n++] = (struct clt_tensor){names[s], CLT_DTYPE_I64, 0, {0}, &tracked};
    }
    snprintf(update_text, sizeof update_text, "%" PRIu64, update);
    const struct clt_metadata metadata[] = {
        {"format", "pt"}, /* what huggingface's loaders expect of a PyTorch file */
        {"update", update_text},
        {"layers", description->layers},
        {"input", description->input},
        {"classes", description->classes},
        {"normalization", description->normalization},
        {"loss", description->loss},
        {"config", description->config}};
    TRY(write(path, tensors, n, metadata, sizeof metadata / sizeof *metadata));
done:
    free(names);
    free(tensors);
    return st;
}

enum clt_status clt_checkpoint_write_member(const struct clt_checkpoint *checkpoint,
                                            const char *path, size_t member, uint64_t update)
{
    return write_member(checkpoint, path, member, update, clt_safetensors_write);
}

enum clt_status clt_checkpoint_save_member(const struct clt_checkpoint *checkpoint,
                                           const char *which, size_t member, uint64_t update)
{
    char *path = clt_member_path(checkpoint->folder, which, member);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    const enum clt_status st =
        write_member(checkpoint, path, member, update, clt_safetensors_write_unsynced);
    free(path);
    return st;
}

enum clt_status clt_checkpoint_sync(const struct clt_checkpoint *checkpoint, const char *which)
{
    enum clt_status st = CLT_OK;
    bool exists;
    char *path = NULL, *folder = clt_path_join(checkpoint->folder, which);
    if (!folder) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    for (size_t p = 0; p < checkpoint->experiment->network->members; p++) {
        path = clt_member_path(checkpoint->folder, which, p);
        if (!path) TRY(clt_fail(CLT_E_NOMEM, "no memory for the checkpoint"));
        TRY(clt_file_find(&exists, path));
        if (exists) TRY(clt_file_sync(path));
        free(path);
        path = NULL;
    }
    TRY(clt_file_sync(folder));
done:
    free(path);
    free(folder);
    return st;
}

enum clt_status clt_checkpoint_load_member(struct clt_checkpoint *checkpoint, const char *which,
                                           size_t member)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    char *path = clt_member_path(checkpoint->folder, which, member);
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    TRY(clt_safetensors_read(&file, path));
    TRY(clt_weights_load(&checkpoint->weights, file, member, false));
    TRY(clt_weights_check(&checkpoint->weights, member, path));
done:
    clt_safetensors_free(file);
    free(path);
    return st;
}

enum clt_status clt_checkpoint_check_best(bool *lost, const struct clt_checkpoint *checkpoint,
                                          size_t member, const struct clt_progress_state *state)
{
    enum clt_status st = CLT_OK;
    struct clt_safetensors *file = NULL;
    uint64_t update = 0;
    uint8_t *bytes;
    size_t size;
    bool there;
    char *path = clt_member_path(checkpoint->folder, "best", member);
    *lost = false;
    if (!path) return clt_fail(CLT_E_NOMEM, "no memory for the checkpoint");
    TRY(clt_file_find(&there, path));
    *lost = !there;
    TRY(clt_file_read(&bytes, &size, path));
    *lost = true; /* what is wrong from here on is the file */
    TRY(clt_safetensors_parse(&file, path, bytes, size));
    TRY(read_number(&update, file, path, "update"));
    if (update != state->best[member].update && update <= state->update)
        st = clt_fail(CLT_E_DATA, "%s: is of update %" PRIu64 ", the best one was of %" PRIu64,
                      path, update, state->best[member].update);
done:
    clt_safetensors_free(file);
    free(path);
    return st;
}
