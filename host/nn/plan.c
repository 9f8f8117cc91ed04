#include "plan.h"

#include <assert.h>
#include <stdlib.h>

#include "checked.h"
#include "layer.h"

#define ALIGNMENT 64 /* elements: vectors and cache lines start where a buffer would */

/* Where everything of a step lies in the workspace, in elements. Activations stay until the
 * backward pass; gradients alternate between two places, since a layer needs only its output's. */
struct layout {
    size_t input;       /* [features][B], shared by the members */
    size_t spread;      /* [P][features][B], where the first layer works on a copy of its own */
    size_t *output;     /* [n_layers] */
    bool *shared;       /* [n_layers]: the layer's input is the shared one */
    size_t gradient[2]; /* [P][largest input of a layer behind the first trained][B] */
    size_t total;
};

static bool reserve(struct layout *layout, size_t *place, size_t members, size_t features,
                    size_t batch)
{
    size_t size;
    if (!clt_multiply(&size, members, features) || !clt_multiply(&size, size, batch) ||
        !clt_add(&size, size, ALIGNMENT))
        return false;
    *place = layout->total;
    return clt_add(&layout->total, layout->total, size / ALIGNMENT * ALIGNMENT);
}

static bool is_skipped(const struct clt_layer *layer, bool training)
{
    return !layer->type->forward || (!training && layer->type->identity_in_evaluation);
}

/* The first layer that computes: the only one whose input can be the shared one. */
static const struct clt_layer *first_computing(const struct clt_network *network, bool training)
{
    size_t i = 0;
    while (is_skipped(&network->layers[i], training)) i++;
    return &network->layers[i];
}

static bool place_outputs(struct layout *layout, const struct clt_network *network, bool training,
                          size_t batch)
{
    const struct clt_layer *first = first_computing(network, training);
    size_t current = layout->input;
    bool shared = true, writable = false; /* may the next layer write over `current`? */
    if (!first->type->takes_shared) {
        if (!reserve(layout, &layout->spread, network->members, clt_shape_size(first->in), batch))
            return false;
        current = layout->spread;
        shared = false;
        writable = true;
    }
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        layout->shared[i] = shared;
        if (!is_skipped(layer, training)) {
            if (!(layer->type->in_place && writable) &&
                !reserve(layout, &current, network->members, clt_shape_size(layer->out), batch))
                return false;
            shared = false;
            writable = !layer->type->keeps_output;
        }
        layout->output[i] = current;
    }
    return true;
}

/* The first layer with parameters: gradients end there. */
static size_t first_trained(const struct clt_network *network)
{
    return network->segments[0].layer;
}

static bool place_gradients(struct layout *layout, const struct clt_network *network, size_t batch)
{
    size_t largest = 0;
    for (size_t i = first_trained(network) + 1; i < network->n_layers; i++) {
        const size_t size = clt_shape_size(network->layers[i].in);
        if (size > largest) largest = size;
    }
    for (size_t i = 0; i < 2; i++)
        if (!reserve(layout, &layout->gradient[i], network->members, largest, batch)) return false;
    return true;
}

static void layout_free(struct layout *layout)
{
    free(layout->output);
    free(layout->shared);
    *layout = (struct layout){0};
}

static enum clt_status layout_create(struct layout *out, const struct clt_network *network,
                                     bool training, size_t batch)
{
    *out = (struct layout){0};
    out->output = calloc(network->n_layers, sizeof *out->output);
    out->shared = calloc(network->n_layers, sizeof *out->shared);
    if (!out->output || !out->shared) {
        layout_free(out);
        return clt_fail(CLT_E_NOMEM, "no memory for the plan");
    }
    if (reserve(out, &out->input, 1, clt_shape_size(network->input), batch) &&
        place_outputs(out, network, training, batch) &&
        (!training || place_gradients(out, network, batch)))
        return CLT_OK;
    layout_free(out);
    return clt_fail(CLT_E_SHAPE, "a batch of %zu samples is too large to address", batch);
}

enum clt_status clt_plan_workspace(size_t *out, const struct clt_network *network, bool training,
                                   size_t batch)
{
    enum clt_status st = CLT_OK;
    struct layout layout;
    TRY(layout_create(&layout, network, training, batch));
    *out = layout.total;
    layout_free(&layout);
done:
    return st;
}

struct clt_plan {
    const struct clt_model *model; /* borrowed */
    struct layout layout;
    struct clt_launch_list *list;
};

static struct clt_view at(const struct clt_lowering *to, size_t offset)
{
    return (struct clt_view){&to->model->workspace, offset};
}

/* The input of layer `i`. */
static struct clt_values input_of(const struct clt_lowering *to, const struct layout *layout,
                                  size_t i)
{
    const struct clt_network *network = to->model->network;
    const bool spread = !first_computing(network, to->training)->type->takes_shared;
    const size_t offset = i > 0 ? layout->output[i - 1] : spread ? layout->spread : layout->input;
    return (struct clt_values){at(to, offset), layout->shared[i]};
}

static enum clt_status lower_forward(const struct clt_lowering *to, const struct layout *layout)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = to->model->network;
    const struct clt_layer *first = first_computing(network, to->training);
    TRY(clt_op_gather(to->list, at(to, layout->input), to->model->feed, to->batch));
    if (!first->type->takes_shared)
        TRY(clt_op_broadcast(to->list, at(to, layout->spread), at(to, layout->input),
                             network->members, clt_shape_size(first->in) * to->batch));
    for (size_t i = 0; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        if (!is_skipped(layer, to->training))
            TRY(layer->type->forward(to, layer, at(to, layout->output[i]),
                                     input_of(to, layout, i)));
    }
done:
    return st;
}

static enum clt_status lower_backward(const struct clt_lowering *to, const struct layout *layout)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = to->model->network;
    const size_t last = network->n_layers - 1, end = first_trained(network);
    struct clt_view g =
        at(to, layout->output[last]); /* the loss leaves it in place of the scores */
    size_t turn = 0;
    for (size_t i = last + 1; i-- > end;) {
        const struct clt_layer *layer = &network->layers[i];
        if (!layer->type->backward) continue;
        const struct clt_view gx = layer->type->gradient_moves ? at(to, layout->gradient[turn]) : g;
        TRY(layer->type->backward(to, layer, gx, g, at(to, layout->output[i]),
                                  input_of(to, layout, i), i > end));
        if (layer->type->gradient_moves) turn = 1 - turn;
        g = gx;
    }
done:
    return st;
}

static enum clt_status lower(const struct clt_lowering *to, const struct layout *layout)
{
    enum clt_status st = CLT_OK;
    const struct clt_model *model = to->model;
    const struct clt_network *network = model->network;
    const struct clt_view scores = at(to, layout->output[network->n_layers - 1]);
    TRY(lower_forward(to, layout));
    TRY(clt_op_softmax_cross_entropy(to->list, scores, model->feed, &model->state, network->classes,
                                     to->batch, to->training));
    if (to->training) {
        TRY(lower_backward(to, layout));
        TRY(clt_op_sgd(to->list, &model->vectors, model->feed, &model->state));
    }
done:
    return st;
}

enum clt_status clt_plan_create(struct clt_plan **out, const struct clt_model *model, bool training,
                                size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_plan *plan = calloc(1, sizeof *plan);
    *out = NULL;
    if (!plan) return clt_fail(CLT_E_NOMEM, "no memory for the plan");
    plan->model = model;
    TRY(layout_create(&plan->layout, model->network, training, batch));
    TRY(clt_launch_list_create(&plan->list, model->device, model->real));
    TRY(lower(&(struct clt_lowering){plan->list, model, batch, training}, &plan->layout));
    *out = plan;
    plan = NULL;
done:
    clt_plan_free(plan);
    return st;
}

void clt_plan_free(struct clt_plan *plan)
{
    if (!plan) return;
    clt_launch_list_free(plan->list);
    layout_free(&plan->layout);
    free(plan);
}

enum clt_status clt_plan_enqueue(const struct clt_plan *plan)
{
    return clt_launch_list_enqueue(plan->list);
}

size_t clt_plan_launches(const struct clt_plan *plan)
{
    return clt_launch_list_count(plan->list);
}

struct clt_work clt_plan_work(const struct clt_plan *plan)
{
    return clt_launch_list_work(plan->list);
}

struct clt_view clt_plan_input(const struct clt_plan *plan)
{
    return (struct clt_view){&plan->model->workspace, plan->layout.input};
}

struct clt_view clt_plan_output(const struct clt_plan *plan, size_t layer)
{
    assert(plan->model->network->layers[layer].type->keeps_output);
    return (struct clt_view){&plan->model->workspace, plan->layout.output[layer]};
}

struct clt_view clt_plan_probabilities(const struct clt_plan *plan)
{
    return (struct clt_view){&plan->model->workspace,
                             plan->layout.output[plan->model->network->n_layers - 1]};
}
