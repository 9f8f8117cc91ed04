#include "divergence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "diagnosis.h"
#include "layer.h"

/* ---- where ---- */

static void set_layer(struct clt_divergence *out, const struct clt_network *network, size_t layer)
{
    if (layer >= network->n_layers) return;
    out->layer = (long)layer;
    snprintf(out->type, sizeof out->type, "%s", network->layers[layer].type->name);
}

static void set_tensor(struct clt_divergence *out, const struct clt_network *network, size_t layer,
                       enum clt_segment_kind kind)
{
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (segment->layer == layer && segment->kind == kind)
            snprintf(out->tensor, sizeof out->tensor, "%s", segment->name);
    }
}

static struct clt_divergence describe(const struct clt_network *network, uint64_t update,
                                      uint64_t cause)
{
    struct clt_divergence out = {.update = update, .what = CLT_DIVERGED_BY_LOSS, .layer = -1};
    if (cause >= CLT_CAUSE_LOSS) {
        if (cause > CLT_CAUSE_LOSS) set_layer(&out, network, (size_t)(cause - CLT_CAUSE_LOSS) - 1);
    } else if (cause) {
        const size_t tensor = (size_t)(cause - 1) / 2;
        out.what = (cause - 1) % 2 ? CLT_DIVERGED_BY_GRADIENT : CLT_DIVERGED_BY_VALUE;
        set_layer(&out, network, tensor / CLT_MARK_KINDS);
        set_tensor(&out, network, tensor / CLT_MARK_KINDS,
                   (enum clt_segment_kind)(tensor % CLT_MARK_KINDS));
    }
    return out;
}

void clt_divergence_results(struct clt_trainer *trainer)
{
    const struct clt_progress_state *state = &trainer->state;
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        struct clt_member_result *result = &trainer->results[p];
        result->diverged_at = state->frozen[p];
        result->divergence = (struct clt_divergence){0};
        if (state->frozen[p])
            result->divergence =
                describe(trainer->experiment->network, state->frozen[p], state->cause[p]);
        result->rewinds = state->rewinds[p].list;
        result->n_rewinds = state->rewinds[p].n;
    }
}

/* ---- which ---- */

/* What the device says: [members] each. */
struct found {
    uint64_t *frozen, *cause; /* of members that were not known to have diverged; else 0 */
    uint32_t *marks;
    bool any;
};

static void found_free(struct found *found)
{
    free(found->frozen);
    free(found->cause);
    free(found->marks);
}

static enum clt_status found_create(struct found *out, size_t members)
{
    *out = (struct found){calloc(members, sizeof *out->frozen), calloc(members, sizeof *out->cause),
                          calloc(members, sizeof *out->marks), false};
    if (out->frozen && out->cause && out->marks) return CLT_OK;
    return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
}

static enum clt_status find(struct found *out, struct clt_trainer *trainer)
{
    enum clt_status st = CLT_OK;
    const size_t members = trainer->experiment->config->members;
    const struct clt_progress_state *state = &trainer->state;
    TRY(found_create(out, members));
    TRY(clt_model_read_frozen(trainer->experiment->model, out->frozen, out->marks, state->update));
    for (size_t p = 0; p < members; p++) {
        size_t layer;
        if (clt_progress_ended(state, p)) out->frozen[p] = 0;
        if (!out->frozen[p]) continue;
        out->any = true;
        out->cause[p] = out->marks[p];
        if (out->cause[p]) continue;
        TRY(clt_diagnose_loss(&layer, trainer, p, out->frozen[p]));
        out->cause[p] = CLT_CAUSE_LOSS;
        if (layer < trainer->experiment->network->n_layers) out->cause[p] += layer + 1;
    }
done:
    return st;
}

enum clt_status clt_trainer_write_frozen(struct clt_trainer *trainer)
{
    const size_t members = trainer->experiment->config->members;
    uint64_t *marks = calloc(members, sizeof *marks);
    if (!marks) return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
    for (size_t p = 0; p < members; p++) marks[p] = clt_progress_ended(&trainer->state, p);
    const enum clt_status st = clt_model_write_frozen(trainer->experiment->model, marks);
    free(marks);
    return st;
}

/* ---- and then ---- */

static void freeze(struct clt_trainer *trainer, const struct found *found)
{
    const struct clt_observer *observer = trainer->observer;
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        if (!found->frozen[p]) continue;
        trainer->state.frozen[p] = found->frozen[p];
        trainer->state.cause[p] = found->cause[p];
    }
    clt_divergence_results(trainer);
    for (size_t p = 0; observer->diverged && p < trainer->experiment->config->members; p++)
        if (found->frozen[p])
            observer->diverged(observer->self, p, &trainer->results[p].divergence);
}

static bool may_rewind(const struct clt_trainer *trainer, const struct found *found, size_t member)
{
    const struct clt_train_config *train = &trainer->experiment->config->train;
    return train->on_divergence == CLT_DIVERGENCE_REWIND && found->frozen[member] &&
           trainer->state.rewinds[member].n < train->max_rewinds;
}

static bool is_to_rewind(const struct clt_trainer *trainer, const struct found *found)
{
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        if (may_rewind(trainer, found, p)) return true;
    return false;
}

/* Notes the reasons once the state is that of the report point, and tells of them. */
static enum clt_status note_rewinds(struct clt_trainer *trainer, const struct found *found)
{
    enum clt_status st = CLT_OK;
    struct clt_progress_state *state = &trainer->state;
    const struct clt_observer *observer = trainer->observer;
    for (size_t p = 0; p < trainer->experiment->config->members; p++) {
        if (!may_rewind(trainer, found, p)) continue;
        TRY(clt_progress_add_rewind(state, p, found->frozen[p], state->update));
        const struct clt_divergence divergence =
            describe(trainer->experiment->network, found->frozen[p], found->cause[p]);
        if (observer->rewound)
            observer->rewound(observer->self, p, &divergence,
                              &state->rewinds[p].list[state->rewinds[p].n - 1]);
    }
done:
    return st;
}

/* A member that has no rewinds left comes to its end again. */
static enum clt_status rewind_all(struct clt_trainer *trainer, const struct found *found)
{
    enum clt_status st = CLT_OK;
    TRY(clt_checkpoint_load_target(trainer->checkpoint, &trainer->state));
    TRY(note_rewinds(trainer, found));
    TRY(clt_checkpoint_write_device(trainer->checkpoint));
    TRY(clt_trainer_restored(trainer));
    TRY(clt_checkpoint_save_state(trainer->checkpoint, &trainer->state));
done:
    return st;
}

enum clt_status clt_divergence_settle(struct clt_trainer *trainer, bool *rewound)
{
    enum clt_status st = CLT_OK;
    struct found found = {0};
    *rewound = false;
    TRY(find(&found, trainer));
    if (!found.any) goto done;
    *rewound = is_to_rewind(trainer, &found);
    if (*rewound)
        TRY(rewind_all(trainer, &found));
    else
        freeze(trainer, &found);
done:
    found_free(&found);
    return st;
}

enum clt_status clt_divergence_judge(struct clt_trainer *trainer, bool *rewound)
{
    enum clt_status st = CLT_OK;
    const struct clt_progress_state *state = &trainer->state;
    struct found found = {0};
    *rewound = false;
    if (state->update == 0) return CLT_OK;
    TRY(found_create(&found, trainer->experiment->config->members));
    for (size_t p = 0; p < trainer->experiment->config->members; p++)
        if (!clt_progress_ended(state, p) && !isfinite(trainer->results[p].train.loss)) {
            found.frozen[p] = state->update;
            found.cause[p] = CLT_CAUSE_LOSS;
        }
    *rewound = is_to_rewind(trainer, &found);
    if (*rewound) TRY(rewind_all(trainer, &found));
done:
    found_free(&found);
    return st;
}
