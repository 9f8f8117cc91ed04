#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "optimizer.h"

static size_t piece_count(const struct clt_network *network)
{
    size_t count = 0;
    for (size_t s = 0; s < network->n_segments; s++)
        count += clt_divide_up(network->segments[s].size, CLT_PIECE_SIZE);
    return count * network->members;
}

enum clt_status clt_model_memory(struct clt_memory *out, const struct clt_network *network,
                                 const struct clt_model_options *options)
{
    const size_t size = clt_real_size(options->real);
    const size_t pieces = piece_count(network) * sizeof(struct clt_piece);
    size_t parameters, running;
    if (!clt_multiply(&parameters, network->n_parameters, size) ||
        !clt_multiply(&running, network->n_running, size) ||
        !clt_multiply(&out->workspace, options->workspace, size) ||
        !clt_multiply(&out->parameters, parameters, 2 + clt_optimizer_states(options->rule)) ||
        !clt_add(&out->parameters, out->parameters, running) ||
        !clt_add(&out->parameters, out->parameters, running) ||
        !clt_add(&out->parameters, out->parameters, pieces))
        return clt_fail(CLT_E_SHAPE, "the network is too large to address");
    out->largest = parameters > running ? parameters : running;
    if (out->workspace > out->largest) out->largest = out->workspace;
    return CLT_OK;
}

static void fill_pieces(struct clt_piece *pieces, const struct clt_network *network)
{
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        const struct clt_layer *layer = &network->layers[segment->layer];
        const uint32_t kind = clt_segment_is_running(segment)   ? CLT_PIECE_RUNNING
                              : clt_segment_is_decayed(segment) ? CLT_PIECE_DECAYED
                                                                : CLT_PIECE_PLAIN;
        for (size_t member = 0; member < network->members; member++)
            for (size_t first = 0; first < segment->size; first += CLT_PIECE_SIZE) {
                const size_t rest = segment->size - first;
                *pieces++ = (struct clt_piece){
                    .offset = clt_network_offset(network, s, member) + first,
                    .count = (uint32_t)(rest < CLT_PIECE_SIZE ? rest : CLT_PIECE_SIZE),
                    .member = (uint32_t)member,
                    .kind = kind,
                    .momentum = (float)layer->config->momentum,
                    .tensor = (uint32_t)(segment->layer * CLT_MARK_KINDS) + segment->kind};
            }
    }
}

static enum clt_status create_vectors(struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = model->network;
    struct clt_vectors *vectors = &model->vectors;
    const size_t size = clt_real_size(model->real);
    vectors->n_pieces = piece_count(network);
    model->pieces = calloc(vectors->n_pieces, sizeof *model->pieces);
    if (!model->pieces) return clt_fail(CLT_E_NOMEM, "no memory for the table of parameters");
    fill_pieces(model->pieces, network);

    TRY(clt_buffer_create(&vectors->parameters, model->device, network->n_parameters * size));
    TRY(clt_buffer_create(&vectors->gradients, model->device, network->n_parameters * size));
    TRY(clt_buffer_create(&vectors->running, model->device, network->n_running * size));
    TRY(clt_buffer_create(&vectors->statistics, model->device, network->n_running * size));
    TRY(clt_buffer_create(&vectors->pieces, model->device,
                          vectors->n_pieces * sizeof *model->pieces));
    TRY(clt_buffer_write(&vectors->pieces, 0, model->pieces,
                         vectors->n_pieces * sizeof *model->pieces));
    TRY(clt_buffer_create(&model->square_sums, model->device, vectors->n_pieces * size));
    TRY(clt_launch_list_create(&model->sum_squares, model->device, model->real));
    TRY(clt_op_sum_squares(model->sum_squares, &model->square_sums, vectors));
done:
    return st;
}

static enum clt_status create_state(struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    struct clt_member_state *state = &model->state;
    const size_t members = model->network->members;
    state->members = members;
    TRY(clt_buffer_create(&state->loss, model->device, members * 2 * clt_real_size(model->real)));
    TRY(clt_buffer_create(&state->hits, model->device, members * sizeof(uint32_t)));
    TRY(clt_buffer_create(&state->frozen, model->device, members * sizeof(uint64_t)));
    TRY(clt_buffer_create(&state->overflow, model->device, members * sizeof(uint32_t)));
    TRY(clt_buffer_zero(&state->loss));
    TRY(clt_buffer_zero(&state->hits));
    TRY(clt_buffer_zero(&state->frozen));
    TRY(clt_buffer_zero(&state->overflow));
done:
    return st;
}

/* What differs by member in dropout layers. */
static enum clt_status create_dropout(struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = model->network;
    const size_t members = network->members, n = network->n_layers * members;
    uint32_t *threshold = calloc(n, sizeof *threshold);
    void *factor = calloc(n, clt_real_size(model->real));
    if (!threshold || !factor) TRY(clt_fail(CLT_E_NOMEM, "no memory for the dropout rates"));
    for (size_t i = 0; i < n; i++) {
        const struct clt_layer_config *layer = &network->configs[i % members]->layers[i / members];
        const double rate = layer->kind == CLT_LAYER_DROPOUT ? layer->rate : 0;
        threshold[i] = (uint32_t)(rate * 4294967296.0);
        if (model->real == CLT_DOUBLE)
            ((double *)factor)[i] = 1 / (1 - rate);
        else
            ((float *)factor)[i] = (float)(1 / (1 - rate));
    }
    TRY(clt_buffer_create_filled(&model->threshold, model->device, threshold,
                                 n * sizeof *threshold));
    TRY(clt_buffer_create_filled(&model->factor, model->device, factor,
                                 n * clt_real_size(model->real)));
done:
    free(threshold);
    free(factor);
    return st;
}

static enum clt_status create_random_state(struct clt_model *model)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = model->network;
    uint64_t *seeds = calloc(network->members, sizeof *seeds);
    if (!seeds) return clt_fail(CLT_E_NOMEM, "no memory for the members' seeds");
    for (size_t p = 0; p < network->members; p++) seeds[p] = network->configs[p]->seed;
    TRY(clt_buffer_create_filled(&model->seeds, model->device, seeds,
                                 network->members * sizeof *seeds));
    TRY(create_dropout(model));
done:
    free(seeds);
    return st;
}

enum clt_status clt_model_create(struct clt_model **out, struct clt_device *device,
                                 const struct clt_network *network, const struct clt_feed *feed,
                                 const struct clt_model_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_model *model = calloc(1, sizeof *model);
    *out = NULL;
    if (!model) return clt_fail(CLT_E_NOMEM, "no memory for the model");
    model->device = device;
    model->network = network;
    model->feed = feed;
    model->real = options->real;
    TRY(clt_gemm_create(&model->gemm, device, options->gemm, options->real));
    model->stores_gradients = options->stores_gradients || options->rule != CLT_UPDATE_SGD ||
                              !clt_gemm_is_fused(model->gemm);
    TRY(create_vectors(model));
    TRY(clt_optimizer_create(&model->optimizer, device, network, options->rule, options->real));
    TRY(create_state(model));
    TRY(create_random_state(model));
    TRY(clt_buffer_create(&model->workspace, device,
                          options->workspace * clt_real_size(options->real)));
    *out = model;
    model = NULL;
done:
    clt_model_free(model);
    return st;
}

void clt_model_free(struct clt_model *model)
{
    if (!model) return;
    clt_launch_list_free(model->sum_squares);
    struct clt_buffer *const buffers[] = {&model->vectors.parameters, &model->vectors.gradients,
                                          &model->vectors.running,    &model->vectors.statistics,
                                          &model->vectors.pieces,     &model->state.loss,
                                          &model->state.hits,         &model->state.frozen,
                                          &model->state.overflow,     &model->seeds,
                                          &model->threshold,          &model->factor,
                                          &model->workspace,          &model->square_sums};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) clt_buffer_free(buffers[i]);
    clt_optimizer_free(&model->optimizer);
    clt_gemm_free(model->gemm);
    free(model->pieces);
    free(model);
}

struct clt_step_memory clt_model_step_memory(const struct clt_model *model)
{
    return (struct clt_step_memory){&model->vectors,   model->feed,   &model->state,
                                    &model->workspace, &model->seeds, &model->threshold,
                                    &model->factor};
}

enum clt_status clt_model_read_frozen(const struct clt_model *model, uint64_t *frozen,
                                      uint32_t *marks, uint64_t updates)
{
    enum clt_status st = CLT_OK;
    const size_t members = model->network->members;
    TRY(clt_buffer_read(&model->state.frozen, 0, frozen, members * sizeof *frozen));
    TRY(clt_buffer_read(&model->state.overflow, 0, marks, members * sizeof *marks));
    for (size_t p = 0; p < members; p++)
        if (!frozen[p] && marks[p]) frozen[p] = updates;
done:
    return st;
}

enum clt_status clt_model_write_frozen(struct clt_model *model, const uint64_t *frozen)
{
    enum clt_status st = CLT_OK;
    TRY(clt_buffer_write(&model->state.frozen, 0, frozen,
                         model->network->members * sizeof *frozen));
    TRY(clt_buffer_zero(&model->state.overflow));
done:
    return st;
}

enum clt_status clt_model_sum_squares(const struct clt_model *model, double *sums)
{
    enum clt_status st = CLT_OK;
    const size_t n = model->vectors.n_pieces, size = clt_real_size(model->real);
    void *of_piece = calloc(n, size);
    if (!of_piece) return clt_fail(CLT_E_NOMEM, "no memory for the cost");
    TRY(clt_launch_list_enqueue(model->sum_squares));
    TRY(clt_buffer_read(&model->square_sums, 0, of_piece, n * size));
    memset(sums, 0, model->network->members * sizeof *sums);
    for (size_t i = 0; i < n; i++)
        sums[model->pieces[i].member] +=
            model->real == CLT_DOUBLE ? ((double *)of_piece)[i] : (double)((float *)of_piece)[i];
done:
    free(of_piece);
    return st;
}
