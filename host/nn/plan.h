/* plan.h - a network lowered to a flat list of launches. */
#ifndef CLT_PLAN_H
#define CLT_PLAN_H

#include "model.h"

struct clt_plan; /* borrows its model */

/* Elements of workspace that a plan of this batch size needs. CLT_E_SHAPE: too large for size_t. */
enum clt_status clt_plan_workspace(size_t *out, const struct clt_network *network, bool training,
                                   size_t batch);

/* Training: gather, forward, loss, backward, update. Else: gather, forward in evaluation mode,
 * loss. */
enum clt_status clt_plan_create(struct clt_plan **out, const struct clt_model *model, bool training,
                                size_t batch);
/* Gather and the forward pass of a training step through the first `layers` layers alone: nothing
 * is updated and the feed's row is not moved on from. The output of the last of them, a layer that
 * computes, is clt_plan_last(). */
enum clt_status clt_plan_create_forward(struct clt_plan **out, const struct clt_model *model,
                                        size_t layers, size_t batch);
void clt_plan_free(struct clt_plan *plan); /* NULL is fine */

/* One step: takes the feed's next row. Enqueues, waits for nothing. */
enum clt_status clt_plan_enqueue(const struct clt_plan *plan);
size_t clt_plan_launches(const struct clt_plan *plan);
struct clt_work clt_plan_work(const struct clt_plan *plan); /* of one step */
/* Steps, at least one, that may be enqueued before the host looks up again: so many that a device
 * does not run dry, and few enough that whoever asks to stop is heard within a second. */
size_t clt_plan_most_queued(const struct clt_plan *plan);

/* Values that a step leaves in the workspace until another is enqueued: [P] batches of `features`,
 * or one that the members share. Element (feature, sample) of member p stands at `offset` elements
 * + p * stride + clt_batch_at(&batch, features, feature, sample). */
struct clt_plan_values {
    struct clt_view view;
    size_t features, stride;
    struct clt_batch batch;
};
/* Of an evaluation step: [P][classes]. */
struct clt_plan_values clt_plan_probabilities(const struct clt_plan *plan);
/* Of a forward pass through `layers` layers: [P][size]. */
struct clt_plan_values clt_plan_last(const struct clt_plan *plan, size_t layers);
/* Whether the layer computes something in training: a flatten layer does not. */
bool clt_layer_computes(const struct clt_network *network, size_t layer);
/* The samples that a step read: [features], shared. */
struct clt_plan_values clt_plan_input(const struct clt_plan *plan);
/* Of a training step: the output of layer `layer`, one that the backward pass reads (an
 * activation): [P][size]. */
struct clt_plan_values clt_plan_output(const struct clt_plan *plan, size_t layer);

#endif
