/* The gradient of every network against central differences of the cost, in double.
 *
 * cost = mean loss in training mode + lambda * sum of squared weights. One update at rate 1 moves
 * the parameters by its gradient; at rate 0 nothing moves and the loss is what is left. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "compare.h"
#include "fixture.h"
#include "networks.h"

#define SAMPLES 23
#define BATCH   7
#define FIRST   9 /* place of the batch in the order */
#define STEP    1e-5
/* Differences err by STEP^2 times a third derivative, and by the cost's rounding over STEP. Many
 * weights make a high cost: see rounding(). */
#define BOUND 1e-8
/* Of a gradient that is zero: sums of terms that cancel, and what rounding leaves of differences.
 */
#define ZERO_GRADIENT   1e-14
#define ZERO_DIFFERENCE 1e-9

struct check {
    const struct clt_test_network *of;
    struct clt_fixture fixture;
    struct clt_plan *plan;
    double *weights;               /* the flat vector */
    double *gradient, *difference; /* of the cost */
    double *rates, *costs;         /* [members][CLT_RATES], [members] */
    double highest_cost, worst;
};

static const struct clt_feed_row row = {.first = FIRST, .update = UINT64_C(1) << 33 | 5};

static void check_create(struct check *c, const struct clt_harness *h,
                         const struct clt_test_network *of, size_t members,
                         struct clt_dataset *dataset)
{
    const struct clt_recipe recipe = {.layers = of->layers,
                                      .n_layers = of->n_layers,
                                      .members = members,
                                      .batch = BATCH,
                                      .dataset = dataset};
    *c = (struct check){.of = of};
    clt_fixture_create(&c->fixture, h, &recipe);
    c->plan = clt_fixture_plan(&c->fixture, true, BATCH);
    const size_t n = c->fixture.experiment.network->n_parameters;
    c->weights = clt_allocate(n, sizeof *c->weights);
    c->gradient = clt_allocate(n, sizeof *c->gradient);
    c->difference = clt_allocate(n, sizeof *c->difference);
    c->rates = clt_allocate(members * CLT_RATES, sizeof *c->rates);
    c->costs = clt_allocate(members, sizeof *c->costs);
    MUST(clt_feeder_shuffle(c->fixture.experiment.feeder, 3, 2));

    /* so that biases, gamma and beta are none of their initial numbers */
    clt_compare_fill(c->gradient, n, 4);
    clt_fixture_read(&c->fixture, c->weights, NULL);
    for (size_t i = 0; i < n; i++) c->weights[i] += 0.1 * c->gradient[i];
}

static void check_free(struct check *c)
{
    clt_plan_free(c->plan);
    clt_fixture_free(&c->fixture);
    free(c->weights);
    free(c->gradient);
    free(c->difference);
    free(c->rates);
    free(c->costs);
}

static void step(struct check *c, double rate)
{
    const struct clt_experiment *experiment = &c->fixture.experiment;
    for (size_t p = 0; p < experiment->config->members; p++)
        clt_descent_rates(c->rates + CLT_RATES * p, &experiment->members[p]->train, rate);
    clt_fixture_steps(&c->fixture, c->plan, &row, c->rates, 1, BATCH);
}

static void find_gradient(struct check *c)
{
    const size_t n = c->fixture.experiment.network->n_parameters;
    clt_fixture_write(&c->fixture, c->weights, NULL);
    step(c, 1);
    clt_fixture_read(&c->fixture, c->gradient, NULL);
    for (size_t i = 0; i < n; i++) c->gradient[i] = c->weights[i] - c->gradient[i];
    clt_fixture_losses(&c->fixture, c->costs, BATCH);
}

/* Of long segments only some elements are visited: a difference takes two steps. */
static size_t stride_of(const struct clt_segment *segment)
{
    return segment->size > 500 ? segment->size / 97 : 1;
}

/* Element `i` of the segment in every member at once: none has a part in another's cost. */
static void shift(struct check *c, size_t segment, size_t i, double by)
{
    const struct clt_network *network = c->fixture.experiment.network;
    for (size_t p = 0; p < network->members; p++)
        c->weights[clt_network_offset(network, segment, p) + i] += by;
}

/* Adds sign * cost / (2 * STEP) where the weights are now. */
static void add_difference(struct check *c, size_t segment, size_t i, double sign)
{
    const struct clt_experiment *experiment = &c->fixture.experiment;
    const size_t members = experiment->config->members;
    clt_fixture_write(&c->fixture, c->weights, NULL);
    step(c, 0);
    clt_fixture_losses(&c->fixture, c->costs, BATCH);
    double *squares = c->rates; /* long enough, and not in use */
    MUST(clt_model_sum_squares(experiment->model, squares));
    for (size_t p = 0; p < members; p++) {
        const double cost = c->costs[p] + experiment->members[p]->train.l2 * squares[p];
        c->difference[clt_network_offset(experiment->network, segment, p) + i] +=
            sign * cost / (2 * STEP);
        c->highest_cost = fmax(c->highest_cost, cost);
    }
}

static void find_differences(struct check *c)
{
    const struct clt_network *network = c->fixture.experiment.network;
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (clt_segment_is_running(segment)) continue;
        for (size_t i = 0; i < segment->size; i += stride_of(segment)) {
            shift(c, s, i, STEP);
            add_difference(c, s, i, 1);
            shift(c, s, i, -2 * STEP);
            add_difference(c, s, i, -1);
            shift(c, s, i, STEP);
        }
    }
}

/* Batch normalisation takes away what the bias before it adds. */
static bool has_no_effect(const struct clt_network *network, const struct clt_segment *segment)
{
    size_t next = segment->layer + 1;
    while (next < network->n_layers && network->layers[next].config->kind == CLT_LAYER_FLATTEN)
        next++;
    return segment->kind == CLT_SEGMENT_BIAS && next < network->n_layers &&
           network->layers[next].config->kind == CLT_LAYER_BATCH_NORM;
}

/* Over the elements that are visited. */
static double norm(const double *x, const double *y, const struct clt_segment *segment)
{
    double sum = 0;
    for (size_t i = 0; i < segment->size; i += stride_of(segment))
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}

/* What a rounding of the cost makes of the norm of differences. */
static double rounding(const struct check *c, const struct clt_segment *segment)
{
    const size_t visited = (segment->size - 1) / stride_of(segment) + 1;
    return DBL_EPSILON * c->highest_cost / STEP * sqrt((double)visited);
}

static void compare(struct check *c, size_t s, size_t member)
{
    const struct clt_network *network = c->fixture.experiment.network;
    const struct clt_segment *segment = &network->segments[s];
    const size_t offset = clt_network_offset(network, s, member);
    const double *a = c->gradient + offset, *d = c->difference + offset;
    double *zeros = clt_allocate(segment->size, sizeof *zeros);
    const double of_a = norm(a, zeros, segment), of_d = norm(d, zeros, segment);
    const double apart = norm(a, d, segment);
    free(zeros);
    if (has_no_effect(network, segment)) {
        if (!(of_a < ZERO_GRADIENT && of_d < ZERO_DIFFERENCE))
            fail_msg("%s: %s of member %zu: %g, by differences %g, is zero", c->of->name,
                     segment->name, member, of_a, of_d);
        return;
    }
    const double error = apart / (of_a + of_d);
    if (!(apart < BOUND * (of_a + of_d) + rounding(c, segment)))
        fail_msg("%s: %s of member %zu: %g away from differences of norm %g", c->of->name,
                 segment->name, member, apart, of_d);
    if (error > c->worst) c->worst = error;
}

static void check_network(const struct clt_harness *h, const struct clt_test_network *of,
                          size_t members)
{
    struct clt_dataset *dataset = clt_test_images(SAMPLES);
    struct check c;
    check_create(&c, h, of, members, dataset);
    find_gradient(&c);
    find_differences(&c);
    const struct clt_network *network = c.fixture.experiment.network;
    for (size_t s = 0; s < network->n_segments; s++)
        for (size_t p = 0; p < members && !clt_segment_is_running(&network->segments[s]); p++)
            compare(&c, s, p);
    print_message("%s, %zu members: %.1e\n", of->name, members, c.worst);
    check_free(&c);
    clt_dataset_free(dataset);
}

static void skip_without_double(const struct clt_harness *h)
{
    const struct clt_device_info *device = clt_device_describe(h->device);
    if (device->fp64) return;
    print_message("skipped: %s does not compute in double\n", device->name);
    skip();
}

static void the_gradient_of_a_population_is_that_of_its_costs(void **state)
{
    skip_without_double(*state);
    const struct clt_test_network *of;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++) check_network(*state, of, 3);
}

static void the_gradient_of_one_network_is_that_of_its_cost(void **state)
{
    skip_without_double(*state);
    const struct clt_test_network *of;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++)
        if (of->alone) check_network(*state, of, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_of_a_population_is_that_of_its_costs),
        cmocka_unit_test(the_gradient_of_one_network_is_that_of_its_cost),
    };
    return clt_harness_run_in(CLT_DOUBLE, "gradient", tests, sizeof tests / sizeof *tests);
}
