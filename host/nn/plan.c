#include "plan.h"

#include <assert.h>
#include <stdlib.h>

#include "checked.h"
#include "layer.h"
#include "pace.h"

#define QUEUED_LAUNCHES 512 /* drivers hold memory for each */
#define QUEUED_SECONDS  0.5 /* on a slow device */

#define ALIGNMENT 64 /* elements: vectors and cache lines start where a buffer would */

/* Where everything of a step lies in the workspace, in elements. Activations stay until the
 * backward pass. No two sizes share a place: within a launch one member may be further down the
 * steps than another, and where its values lie depends on their size. */
struct layout {
    size_t input;     /* [features][B], shared by the members */
    size_t spread;    /* [P][features][B], where the first layer works on a copy of its own */
    size_t *output;   /* [n_layers] */
    size_t *gradient; /* [n_layers]: of the inputs, where the layer moves the gradient */
    bool *shared;     /* [n_layers]: the layer's input is the shared one */
    size_t total;
};

static bool reserve(struct layout *layout, size_t *place, size_t members, size_t features,
                    size_t batch)
{
    size_t size;
    if (!clt_multiply(&size, members, features) ||
        !clt_multiply(&size, size, clt_round_up(batch, CLT_LANES)) ||
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
    for (size_t i = first_trained(network) + 1; i < network->n_layers; i++) {
        const struct clt_layer *layer = &network->layers[i];
        if (layer->type->gradient_moves && !reserve(layout, &layout->gradient[i], network->members,
                                                    clt_shape_size(layer->in), batch))
            return false;
    }
    return true;
}

static void layout_free(struct layout *layout)
{
    free(layout->output);
    free(layout->gradient);
    free(layout->shared);
    *layout = (struct layout){0};
}

static enum clt_status layout_create(struct layout *out, const struct clt_network *network,
                                     bool training, size_t batch)
{
    *out = (struct layout){0};
    out->output = calloc(network->n_layers, sizeof *out->output);
    out->gradient = calloc(network->n_layers, sizeof *out->gradient);
    out->shared = calloc(network->n_layers, sizeof *out->shared);
    if (!out->output || !out->gradient || !out->shared) {
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
    struct clt_batch batch;
    struct clt_step_tables tables;
    struct clt_launch_list *list;
};

/* The input of layer `i`. */
static struct clt_values input_of(const struct clt_lowering *to, const struct layout *layout,
                                  size_t i)
{
    const bool spread = !first_computing(to->network, to->training)->type->takes_shared;
    const size_t offset = i > 0 ? layout->output[i - 1] : spread ? layout->spread : layout->input;
    return (struct clt_values){offset, layout->shared[i]};
}

/* Of the first `layers` layers. */
static enum clt_status lower_forward(const struct clt_lowering *to, const struct layout *layout,
                                     size_t layers)
{
    enum clt_status st = CLT_OK;
    for (size_t i = 0; i < layers; i++) {
        const struct clt_layer *layer = &to->network->layers[i];
        if (!is_skipped(layer, to->training))
            TRY(layer->type->forward(to, layer, layout->output[i], input_of(to, layout, i)));
    }
done:
    return st;
}

static enum clt_status lower_backward(const struct clt_lowering *to, const struct layout *layout)
{
    enum clt_status st = CLT_OK;
    const size_t last = to->network->n_layers - 1, end = first_trained(to->network);
    size_t g = layout->output[last]; /* the loss leaves it in place of the scores */
    for (size_t i = last + 1; i-- > end;) {
        const struct clt_layer *layer = &to->network->layers[i];
        if (!layer->type->backward) continue;
        const size_t gx = layer->type->gradient_moves ? layout->gradient[i] : g;
        TRY(layer->type->backward(to, layer, gx, g, layout->output[i], input_of(to, layout, i),
                                  i > end));
        g = gx;
    }
done:
    return st;
}

static enum clt_status lower(const struct clt_lowering *to, const struct layout *layout)
{
    enum clt_status st = CLT_OK;
    const enum clt_loss of_all = to->network->configs[0]->train.loss;
    const struct clt_step loss = {.kind = CLT_STEP_LOSS,
                                  .loss = of_all == CLT_LOSS_SIGMOID ? CLT_STEP_SIGMOID
                                                                     : CLT_STEP_SOFTMAX,
                                  .y = layout->output[to->network->n_layers - 1],
                                  .out = to->network->classes};
    TRY(lower_forward(to, layout, to->network->n_layers));
    TRY(clt_steps_add(to->steps, loss));
    if (to->training) TRY(lower_backward(to, layout));
done:
    return st;
}

static enum clt_status append_samples(struct clt_plan *plan, struct clt_view input, bool training)
{
    const struct clt_model *model = plan->model;
    const struct clt_network *network = model->network;
    const struct clt_data_config *data = &network->configs[0]->data; /* that of all members */
    const struct clt_augmentation augmentation = {.height = network->input.height,
                                                  .width = network->input.width,
                                                  .seed = data->seed,
                                                  .mirror = data->augment.mirror,
                                                  .shift = data->augment.shift};
    if (training && (augmentation.mirror || augmentation.shift > 0))
        return clt_op_gather_augmented(plan->list, input, model->feed, &plan->batch, &augmentation);
    return clt_op_gather(plan->list, input, model->feed, &plan->batch);
}

/* The batch's samples, also as a copy for each member where the first layer needs one. */
static enum clt_status append_input(struct clt_plan *plan, bool training)
{
    enum clt_status st = CLT_OK;
    const struct clt_model *model = plan->model;
    const struct clt_layer *first = first_computing(model->network, training);
    const struct clt_view input = {&model->workspace, plan->layout.input};
    const struct clt_view spread = {&model->workspace, plan->layout.spread};
    TRY(append_samples(plan, input, training));
    if (!first->type->takes_shared)
        TRY(clt_op_broadcast(plan->list, spread, input, model->network->members,
                             clt_shape_size(first->in) * plan->batch.pitch));
done:
    return st;
}

static enum clt_status append_launches(struct clt_plan *plan, bool training,
                                       const struct clt_steps *steps)
{
    enum clt_status st = CLT_OK;
    const struct clt_model *model = plan->model;
    const struct clt_step_memory memory = clt_model_step_memory(model);
    const struct clt_step_mode mode = {plan->batch, training, training && !model->stores_gradients};
    TRY(append_input(plan, training));
    TRY(clt_op_steps(plan->list, &plan->tables, model->gemm, &memory, &mode, steps));
    if (training && !mode.updates)
        TRY(clt_op_update(plan->list, &model->vectors, &model->optimizer, model->feed,
                          &model->state));
done:
    return st;
}

/* With an empty list of launches. */
static enum clt_status plan_new(struct clt_plan **out, const struct clt_model *model, bool training,
                                size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_plan *plan = calloc(1, sizeof *plan);
    *out = NULL;
    if (!plan) return clt_fail(CLT_E_NOMEM, "no memory for the plan");
    plan->model = model;
    plan->batch = clt_gemm_batch(model->gemm, batch);
    TRY(layout_create(&plan->layout, model->network, training, batch));
    TRY(clt_launch_list_create(&plan->list, model->device, model->real));
    *out = plan;
    plan = NULL;
done:
    clt_plan_free(plan);
    return st;
}

enum clt_status clt_plan_create(struct clt_plan **out, const struct clt_model *model, bool training,
                                size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_steps steps = {0};
    struct clt_plan *plan = NULL;
    *out = NULL;
    TRY(plan_new(&plan, model, training, batch));
    TRY(lower(&(struct clt_lowering){&steps, model->network, training}, &plan->layout));
    TRY(append_launches(plan, training, &steps));
    *out = plan;
    plan = NULL;
done:
    clt_steps_free(&steps);
    clt_plan_free(plan);
    return st;
}

enum clt_status clt_plan_create_forward(struct clt_plan **out, const struct clt_model *model,
                                        size_t layers, size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_steps steps = {0};
    struct clt_plan *plan = NULL;
    const struct clt_step_memory memory = clt_model_step_memory(model);
    *out = NULL;
    TRY(plan_new(&plan, model, true, batch));
    TRY(lower_forward(&(struct clt_lowering){&steps, model->network, true}, &plan->layout, layers));
    TRY(append_input(plan, true));
    TRY(clt_op_steps(plan->list, &plan->tables, model->gemm, &memory,
                     &(struct clt_step_mode){plan->batch, true, false}, &steps));
    *out = plan;
    plan = NULL;
done:
    clt_steps_free(&steps);
    clt_plan_free(plan);
    return st;
}

void clt_plan_free(struct clt_plan *plan)
{
    if (!plan) return;
    clt_launch_list_free(plan->list);
    clt_step_tables_free(&plan->tables);
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

size_t clt_plan_most_queued(const struct clt_plan *plan)
{
    const struct clt_device_info *info = clt_device_describe(plan->model->device);
    const double seconds = clt_slow_seconds(info, clt_plan_work(plan));
    const size_t by_launches = QUEUED_LAUNCHES / clt_plan_launches(plan);
    const double by_time = QUEUED_SECONDS / seconds;
    const size_t most = by_time < (double)by_launches ? (size_t)by_time : by_launches;
    return most > 1 ? most : 1;
}

struct clt_work clt_plan_work(const struct clt_plan *plan)
{
    return clt_launch_list_work(plan->list);
}

static struct clt_plan_values values_at(const struct clt_plan *plan, size_t offset, size_t features)
{
    return (struct clt_plan_values){
        {&plan->model->workspace, offset}, features, features * plan->batch.pitch, plan->batch};
}

struct clt_plan_values clt_plan_input(const struct clt_plan *plan)
{
    return values_at(plan, plan->layout.input, clt_shape_size(plan->model->network->input));
}

struct clt_plan_values clt_plan_output(const struct clt_plan *plan, size_t layer)
{
    const struct clt_layer *of = &plan->model->network->layers[layer];
    assert(of->type->keeps_output);
    return values_at(plan, plan->layout.output[layer], clt_shape_size(of->out));
}

struct clt_plan_values clt_plan_last(const struct clt_plan *plan, size_t layers)
{
    const struct clt_layer *last = &plan->model->network->layers[layers - 1];
    assert(!is_skipped(last, true));
    return values_at(plan, plan->layout.output[layers - 1], clt_shape_size(last->out));
}

bool clt_layer_computes(const struct clt_network *network, size_t layer)
{
    return !is_skipped(&network->layers[layer], true);
}

struct clt_plan_values clt_plan_probabilities(const struct clt_plan *plan)
{
    const struct clt_network *network = plan->model->network;
    return values_at(plan, plan->layout.output[network->n_layers - 1], network->classes);
}
