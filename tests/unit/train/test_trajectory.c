/* Ten updates of a small network, as an independent framework makes them: see trajectory.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "networks.h"
#include "schedule.h"
#include "trajectory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SAMPLES      COUNT(clt_labels)
#define UPDATES      COUNT(clt_plain_losses)
#define BATCH        16
#define RATE         0.1
#define LAMBDA       0.01

static const struct clt_layer_config layers[] = {
    DENSE(8), {.kind = CLT_LAYER_BATCH_NORM, .momentum = 0.9, .epsilon = 1e-5}, RELU, LAST};

/* What the framework gives with an optimiser and a loss. */
struct trajectory {
    const char *name;
    enum clt_loss loss;
    struct clt_optimizer_config optimizer;
    const double *losses, *costs, *final, *running_mean, *running_var;
};
#define RECORDED(name)                                                                             \
    clt_##name##_losses, clt_##name##_costs, clt_##name##_final, clt_##name##_running_mean,        \
        clt_##name##_running_var
static const struct trajectory trajectories[] = {
    {"plain", CLT_LOSS_SOFTMAX, {.type = CLT_OPTIMIZER_SGD}, RECORDED(plain)},
    {"momentum",
     CLT_LOSS_SOFTMAX,
     {.type = CLT_OPTIMIZER_SGD, .momentum = 0.9},
     RECORDED(momentum)},
    {"nesterov",
     CLT_LOSS_SOFTMAX,
     {.type = CLT_OPTIMIZER_SGD, .momentum = 0.9, .nesterov = true},
     RECORDED(nesterov)},
    {"adam",
     CLT_LOSS_SOFTMAX,
     {.type = CLT_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 0.01},
     RECORDED(adam)},
    {"sigmoid", CLT_LOSS_SIGMOID, {.type = CLT_OPTIMIZER_SGD}, RECORDED(sigmoid)}};

static struct clt_dataset *create_dataset(void)
{
    struct clt_dataset *dataset = clt_test_dataset(SAMPLES, 1, COUNT(clt_mean));
    memcpy(clt_test_pixels(dataset), clt_images, sizeof clt_images);
    memcpy(dataset->labels, clt_labels, sizeof clt_labels);
    memcpy(dataset->mean, clt_mean, sizeof clt_mean);
    memcpy(dataset->scale, clt_scale, sizeof clt_scale);
    return dataset;
}

static void set_initial(struct clt_fixture *f)
{
    double parameters[COUNT(clt_initial)];
    assert_int_equal(f->experiment.network->n_parameters, COUNT(clt_initial));
    for (size_t i = 0; i < COUNT(clt_initial); i++) parameters[i] = clt_initial[i] / 64.0;
    clt_fixture_write(f, parameters, NULL);
}

static void check_relative(const struct trajectory *of, const char *what, size_t update, double got,
                           double wanted, double bound)
{
    if (!(fabs(got / wanted - 1) < bound))
        fail_msg("%s: %s before update %zu: %.17g, should be %.17g", of->name, what, update + 1,
                 got, wanted);
}

static void check_updates(struct clt_fixture *f, const struct trajectory *of, double bound)
{
    const struct clt_train_config train = {.l2 = LAMBDA, .optimizer = of->optimizer};
    struct clt_plan *plan = clt_fixture_plan(f, true, BATCH);
    for (size_t i = 0; i < UPDATES; i++) {
        const struct clt_feed_row row = {.first = i * BATCH % SAMPLES, .update = i};
        double loss, squares, rates[CLT_RATES];
        clt_update_rates(rates, &train, RATE, i);
        MUST(clt_model_sum_squares(f->experiment.model, &squares));
        clt_fixture_steps(f, plan, &row, rates, 1, BATCH);
        clt_fixture_losses(f, &loss, BATCH);
        check_relative(of, "loss", i, loss, of->losses[i], bound);
        check_relative(of, "cost", i, loss + LAMBDA * squares, of->costs[i], bound);
    }
    clt_plan_free(plan);
}

static void check_values(const struct trajectory *of, const char *what, const double *got,
                         const double *wanted, size_t n, double bound)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - wanted[i]) < bound))
            fail_msg("%s: %s, element %zu: %.17g, should be %.17g", of->name, what, i, got[i],
                     wanted[i]);
}

static void check_end(const struct clt_fixture *f, const struct trajectory *of, double bound)
{
    enum { UNITS = COUNT(clt_plain_running_mean), ALL = COUNT(clt_plain_final) };
    /* where gradients are stored, the factor 0.9 of running statistics is kept in float */
    const double of_running = bound > 1e-6 ? bound : 1e-6;
    double parameters[ALL], running[2 * UNITS];
    assert_int_equal(f->experiment.network->n_running, 2 * UNITS);
    clt_fixture_read(f, parameters, running);
    check_values(of, "parameters", parameters, of->final, ALL, bound);
    check_values(of, "running mean", running, of->running_mean, UNITS, of_running);
    check_values(of, "running variance", running + UNITS, of->running_var, UNITS, of_running);
}

static void check_trajectory(const struct clt_harness *h, struct clt_dataset *dataset,
                             const struct trajectory *of)
{
    const struct clt_recipe recipe = {.layers = layers,
                                      .n_layers = COUNT(layers),
                                      .members = 1,
                                      .batch = BATCH,
                                      .loss = of->loss,
                                      .dataset = dataset,
                                      .optimizer = of->optimizer};
    struct clt_fixture f;
    clt_fixture_create(&f, h, &recipe);
    const double bound = f.real == CLT_DOUBLE ? 1e-10 : 1e-5;
    set_initial(&f);
    check_updates(&f, of, bound);
    check_end(&f, of, bound);
    clt_fixture_free(&f);
}

static void ten_updates_are_those_of_an_independent_framework(void **state)
{
    struct clt_dataset *dataset = create_dataset();
    for (size_t i = 0; i < COUNT(trajectories); i++)
        check_trajectory(*state, dataset, &trajectories[i]);
    clt_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_updates_are_those_of_an_independent_framework),
    };
    return clt_harness_run("trajectory", tests, COUNT(tests));
}
