/* Ten updates of a small network, as an independent framework makes them: see trajectory.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "networks.h"
#include "trajectory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SAMPLES      COUNT(clt_labels)
#define UPDATES      COUNT(clt_softmax_losses)
#define BATCH        16
#define RATE         0.1
#define LAMBDA       0.01

static const struct clt_layer_config layers[] = {
    DENSE(8), {.kind = CLT_LAYER_BATCH_NORM, .momentum = 0.9, .epsilon = 1e-5}, RELU, LAST};

enum { PARAMETERS = COUNT(clt_softmax_final), UNITS = COUNT(clt_softmax_running_mean) };

static const struct record {
    enum clt_loss loss;
    const double *losses, *costs, *final, *running_mean, *running_var;
} records[] = {{CLT_LOSS_SOFTMAX, clt_softmax_losses, clt_softmax_costs, clt_softmax_final,
                clt_softmax_running_mean, clt_softmax_running_var},
               {CLT_LOSS_SIGMOID, clt_sigmoid_losses, clt_sigmoid_costs, clt_sigmoid_final,
                clt_sigmoid_running_mean, clt_sigmoid_running_var}};

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

static void check_relative(const char *what, size_t update, double got, double wanted, double bound)
{
    if (!(fabs(got / wanted - 1) < bound))
        fail_msg("%s before update %zu: %.17g, should be %.17g", what, update + 1, got, wanted);
}

static void check_updates(struct clt_fixture *f, const struct record *record, double bound)
{
    const double rates[2] = {RATE, 2 * LAMBDA};
    struct clt_plan *plan = clt_fixture_plan(f, true, BATCH);
    for (size_t i = 0; i < UPDATES; i++) {
        const struct clt_feed_row row = {.first = i * BATCH % SAMPLES, .update = i};
        double loss, squares;
        MUST(clt_model_sum_squares(f->experiment.model, &squares));
        clt_fixture_steps(f, plan, &row, rates, 1, BATCH);
        clt_fixture_losses(f, &loss, BATCH);
        check_relative("loss", i, loss, record->losses[i], bound);
        check_relative("cost", i, loss + LAMBDA * squares, record->costs[i], bound);
    }
    clt_plan_free(plan);
}

static void check_values(const char *what, const double *got, const double *wanted, size_t n,
                         double bound)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - wanted[i]) < bound))
            fail_msg("%s, element %zu: %.17g, should be %.17g", what, i, got[i], wanted[i]);
}

static void check_end(const struct clt_fixture *f, const struct record *record, double bound)
{
    /* where gradients are stored, the factor 0.9 of running statistics is kept in float */
    const double of_running = bound > 1e-6 ? bound : 1e-6;
    double parameters[PARAMETERS], running[2 * UNITS];
    assert_int_equal(f->experiment.network->n_running, 2 * UNITS);
    clt_fixture_read(f, parameters, running);
    check_values("parameters", parameters, record->final, PARAMETERS, bound);
    check_values("running mean", running, record->running_mean, UNITS, of_running);
    check_values("running variance", running + UNITS, record->running_var, UNITS, of_running);
}

static void check_record(const struct clt_harness *h, const struct record *record)
{
    struct clt_dataset *dataset = create_dataset();
    const struct clt_recipe recipe = {.layers = layers,
                                      .n_layers = COUNT(layers),
                                      .members = 1,
                                      .batch = BATCH,
                                      .loss = record->loss,
                                      .dataset = dataset};
    struct clt_fixture f;
    clt_fixture_create(&f, h, &recipe);
    const double bound = f.real == CLT_DOUBLE ? 1e-10 : 1e-5;
    set_initial(&f);
    check_updates(&f, record, bound);
    check_end(&f, record, bound);
    clt_fixture_free(&f);
    clt_dataset_free(dataset);
}

static void ten_updates_are_those_of_an_independent_framework(void **state)
{
    for (size_t i = 0; i < COUNT(records); i++) check_record(*state, &records[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_updates_are_those_of_an_independent_framework),
    };
    return clt_harness_run("trajectory", tests, COUNT(tests));
}
