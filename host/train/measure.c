#include "measure.h"

#include <stdlib.h>

#include "checked.h"

#define PLANS 4 /* a full batch, and the remainders of three splits */

struct clt_measurer {
    struct clt_experiment *experiment;
    struct {
        size_t batch;
        struct clt_plan *plan;
    } plans[PLANS];
    size_t n_plans;
    float *loss;     /* [members][2] */
    uint32_t *hits;  /* [members] */
    double *squares; /* [members], of the weights that are measured */
};

enum clt_status clt_measurer_create(struct clt_measurer **out, struct clt_experiment *experiment)
{
    const size_t members = experiment->config->members;
    struct clt_measurer *measurer = calloc(1, sizeof *measurer);
    *out = NULL;
    if (!measurer) return clt_fail(CLT_E_NOMEM, "no memory for measuring");
    measurer->experiment = experiment;
    measurer->loss = calloc(members * 2, sizeof *measurer->loss);
    measurer->hits = calloc(members, sizeof *measurer->hits);
    measurer->squares = calloc(members, sizeof *measurer->squares);
    if (!measurer->loss || !measurer->hits || !measurer->squares) {
        clt_measurer_free(measurer);
        return clt_fail(CLT_E_NOMEM, "no memory for measuring");
    }
    *out = measurer;
    return CLT_OK;
}

void clt_measurer_reset(struct clt_measurer *measurer)
{
    while (measurer->n_plans) clt_plan_free(measurer->plans[--measurer->n_plans].plan);
}

void clt_measurer_free(struct clt_measurer *measurer)
{
    if (!measurer) return;
    clt_measurer_reset(measurer);
    free(measurer->loss);
    free(measurer->hits);
    free(measurer->squares);
    free(measurer);
}

/* The plan of a batch size; a fifth size takes the last one's place. */
static enum clt_status find_plan(struct clt_plan **out, struct clt_measurer *measurer, size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_plan *plan;
    for (size_t i = 0; i < measurer->n_plans; i++)
        if (measurer->plans[i].batch == batch) {
            *out = measurer->plans[i].plan;
            return CLT_OK;
        }
    TRY(clt_plan_create(&plan, measurer->experiment->model, false, batch));
    if (measurer->n_plans == PLANS) clt_plan_free(measurer->plans[--measurer->n_plans].plan);
    measurer->plans[measurer->n_plans].batch = batch;
    measurer->plans[measurer->n_plans++].plan = plan;
    *out = plan;
done:
    return st;
}

enum clt_status clt_measurer_prepare(struct clt_measurer *measurer)
{
    struct clt_plan *plan;
    const size_t batch = clt_experiment_evaluation_batch(measurer->experiment);
    if (measurer->experiment->dataset->train.count < batch) return CLT_OK;
    return find_plan(&plan, measurer, batch);
}

/* `steps` batches of the same size, one behind the other from sample `first` on. */
static enum clt_status enqueue_steps(struct clt_measurer *measurer, size_t first, size_t batch,
                                     size_t steps)
{
    enum clt_status st = CLT_OK;
    struct clt_feeder *feeder = measurer->experiment->feeder;
    struct clt_feed_row rows[CLT_CHUNK] = {{0}};
    struct clt_plan *plan;
    TRY(find_plan(&plan, measurer, batch));
    const size_t chunk = clt_smaller(clt_feeder_chunk(feeder, batch), clt_plan_most_queued(plan));
    for (size_t done_steps = 0; done_steps < steps;) {
        TRY(clt_interrupt_check(&measurer->experiment->interrupt));
        const size_t left = steps - done_steps, count = left < chunk ? left : chunk;
        for (size_t i = 0; i < count; i++)
            rows[i].first = clt_feeder_place_of(feeder, first + (done_steps + i) * batch);
        TRY(clt_feeder_announce(feeder, rows, NULL, count, batch));
        for (size_t i = 0; i < count; i++) TRY(clt_plan_enqueue(plan));
        done_steps += count;
    }
done:
    return st;
}

static enum clt_status read_results(struct clt_measurer *measurer, size_t samples,
                                    struct clt_measure *out)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = measurer->experiment;
    const struct clt_member_state *state = &experiment->model->state;
    const size_t members = experiment->config->members;
    TRY(clt_buffer_read(&state->loss, 0, measurer->loss, members * 2 * sizeof *measurer->loss));
    TRY(clt_buffer_read(&state->hits, 0, measurer->hits, members * sizeof *measurer->hits));
    for (size_t p = 0; p < members; p++) {
        const double loss = (double)measurer->loss[2 * p] / (double)samples;
        out[p] = (struct clt_measure){.made = true,
                                      .cost = loss + experiment->members[p]->train.l2 *
                                                         measurer->squares[p],
                                      .loss = loss,
                                      .accuracy = (double)measurer->hits[p] / (double)samples};
    }
done:
    return st;
}

static enum clt_status measure_range(struct clt_measurer *measurer, struct clt_range range,
                                     struct clt_measure *out)
{
    enum clt_status st = CLT_OK;
    struct clt_member_state *state = &measurer->experiment->model->state;
    const size_t batch = clt_experiment_evaluation_batch(measurer->experiment);
    const size_t steps = range.count / batch, rest = range.count % batch;
    if (range.count == 0) {
        for (size_t p = 0; p < state->members; p++) out[p] = (struct clt_measure){.made = false};
        return CLT_OK;
    }
    TRY(clt_buffer_zero(&state->loss));
    TRY(clt_buffer_zero(&state->hits));
    if (steps) TRY(enqueue_steps(measurer, range.first, batch, steps));
    if (rest) TRY(enqueue_steps(measurer, range.first + steps * batch, rest, 1));
    TRY(read_results(measurer, range.count, out));
done:
    return st;
}

enum clt_status clt_measure_ranges(struct clt_measurer *measurer, const struct clt_range *ranges,
                                   size_t n, struct clt_measure *out)
{
    enum clt_status st = CLT_OK;
    const struct clt_model *model = measurer->experiment->model;
    TRY(clt_model_sum_squares(model, measurer->squares));
    for (size_t i = 0; i < n; i++)
        TRY(measure_range(measurer, ranges[i], out + i * model->state.members));
done:
    return st;
}
