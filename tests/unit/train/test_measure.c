/* Loss, cost and accuracy of ranges, against the same network on the host in double. */
#include <math.h>
#include <stdlib.h>

#include "compare.h"
#include "fixture.h"
#include "measure.h"
#include "networks.h"
#include "ref.h"

#define SAMPLES  1230
#define FEATURES 16
#define UNITS    5
#define CLASSES  3
#define MEMBERS  3
#define EPSILON  1e-3

enum { WEIGHT, BIAS, GAMMA, BETA, MEAN, VAR, LAST_WEIGHT, LAST_BIAS };

static const struct clt_layer_config layers[] = {
    DENSE(UNITS),
    {.kind = CLT_LAYER_BATCH_NORM, .momentum = 0.9, .epsilon = EPSILON},
    RELU,
    DROPOUT,
    LAST};

struct bench {
    struct clt_dataset *dataset;
    struct clt_fixture fixture;
    struct clt_measurer *measurer;
    double *parameters, *running;
};

static void bench_create(struct bench *bench, const struct clt_harness *h, size_t half)
{
    bench->dataset = clt_test_images(SAMPLES);
    const struct clt_recipe recipe = {.layers = layers,
                                      .n_layers = sizeof layers / sizeof *layers,
                                      .members = MEMBERS,
                                      .batch = 100,
                                      .dataset = bench->dataset,
                                      .half = half};
    clt_fixture_create(&bench->fixture, h, &recipe);
    const struct clt_network *network = bench->fixture.experiment.network;
    bench->parameters = clt_allocate(network->n_parameters, sizeof(double));
    bench->running = clt_allocate(network->n_running, sizeof(double));
    clt_compare_fill(bench->parameters, network->n_parameters, 1);
    clt_compare_fill(bench->running, network->n_running, 2);
    const size_t var = clt_network_offset(network, VAR, 0);
    for (size_t i = var; i < network->n_running; i++) bench->running[i] = fabs(bench->running[i]);
    clt_fixture_write(&bench->fixture, bench->parameters, bench->running);
    MUST(clt_measurer_create(&bench->measurer, &bench->fixture.experiment));
}

static void bench_free(struct bench *bench)
{
    clt_measurer_free(bench->measurer);
    clt_fixture_free(&bench->fixture);
    clt_dataset_free(bench->dataset);
    free(bench->parameters);
    free(bench->running);
}

static double *values_of(const struct bench *bench, size_t segment, size_t member)
{
    const struct clt_network *network = bench->fixture.experiment.network;
    return (segment == MEAN || segment == VAR ? bench->running : bench->parameters) +
           clt_network_offset(network, segment, member);
}

static void dense(const struct bench *bench, size_t segment, size_t member, double *y,
                  const double *x, size_t out, size_t in, size_t n)
{
    const struct clt_ref_gemm shape = {.m = out, .n = n, .k = in, .c_ld = n, .a_ld = in, .b_ld = n};
    clt_ref_gemm(&shape, y, values_of(bench, segment, member), x);
    clt_ref_bias_forward(y, values_of(bench, segment + 1, member), out, n);
}

static struct clt_measure expected(const struct bench *bench, struct clt_range range, size_t member)
{
    const struct clt_dataset *dataset = bench->dataset;
    const size_t n = range.count;
    uint32_t *order = clt_allocate(n, sizeof *order);
    double *x = clt_allocate(FEATURES * n, sizeof *x), *h = clt_allocate(UNITS * n, sizeof *h);
    double *z = clt_allocate(CLASSES * n, sizeof *z);
    double loss;
    size_t hits;
    const struct clt_ref_batch_norm bn = {.gamma = values_of(bench, GAMMA, member),
                                          .beta = values_of(bench, BETA, member),
                                          .mean = values_of(bench, MEAN, member),
                                          .var = values_of(bench, VAR, member),
                                          .epsilon = EPSILON,
                                          .rows = UNITS,
                                          .batch = n};
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)(range.first + i);
    clt_ref_gather(x, clt_test_pixels(dataset), order, dataset->mean, dataset->scale, FEATURES, n);
    dense(bench, WEIGHT, member, h, x, UNITS, FEATURES, n);
    clt_ref_batch_norm_apply(&bn, h, h);
    clt_ref_activation_forward(h, CLT_REF_RELU, 0, h, UNITS * n);
    dense(bench, LAST_WEIGHT, member, z, h, CLASSES, UNITS, n);
    clt_ref_softmax_cross_entropy(NULL, &loss, &hits, z, dataset->labels + range.first, CLASSES, n);
    free(order);
    free(x);
    free(h);
    free(z);
    const double squares =
        clt_ref_sum_squares(values_of(bench, WEIGHT, member), UNITS * FEATURES) +
        clt_ref_sum_squares(values_of(bench, LAST_WEIGHT, member), CLASSES * UNITS);
    return (struct clt_measure){.loss = loss / (double)n,
                                .cost = loss / (double)n +
                                        bench->fixture.configs[member].train.l2 * squares,
                                .accuracy = (double)hits / (double)n};
}

static void check_range(struct bench *bench, size_t first, size_t count)
{
    const struct clt_range range = {first, count};
    struct clt_measure got[MEMBERS];
    MUST(clt_measure_ranges(bench->measurer, &range, 1, got));
    for (size_t p = 0; p < MEMBERS; p++) {
        const struct clt_measure wanted = expected(bench, range, p);
        assert_true(got[p].made);
        if (!(fabs(got[p].loss / wanted.loss - 1) < 1e-5 &&
              fabs(got[p].cost / wanted.cost - 1) < 1e-5 && got[p].accuracy == wanted.accuracy))
            fail_msg("samples %zu to %zu, member %zu: loss %g, should be %g; cost %g, %g; "
                     "accuracy %g, %g",
                     first, first + count, p, got[p].loss, wanted.loss, got[p].cost, wanted.cost,
                     got[p].accuracy, wanted.accuracy);
    }
}

static void a_range_is_measured_whatever_its_length(void **state)
{
    struct bench bench;
    bench_create(&bench, *state, 0);
    check_range(&bench, 0, SAMPLES); /* two batches and a rest */
    check_range(&bench, 100, 1000);
    check_range(&bench, 7, 499);
    check_range(&bench, 7, 501);
    check_range(&bench, SAMPLES - 1, 1);
    check_range(&bench, 3, 500);
    bench_free(&bench);
}

/* Plans of a few sizes are kept; more of them than that take turns. */
static void many_different_rests_are_measured_right(void **state)
{
    struct bench bench;
    bench_create(&bench, *state, 0);
    for (size_t round = 0; round < 2; round++)
        for (size_t rest = 1; rest < 8; rest++) check_range(&bench, 10 * rest, 500 * round + rest);
    bench_free(&bench);
}

static void the_order_of_training_does_not_matter(void **state)
{
    struct bench bench;
    bench_create(&bench, *state, 0);
    MUST(clt_feeder_shuffle(bench.fixture.experiment.feeder, 1, 1));
    check_range(&bench, 20, 777);
    bench_free(&bench);
}

/* Through a pool of one batch at a time, and of two. */
static void streamed_samples_measure_alike(void **state)
{
    for (size_t half = 500; half <= 1100; half += 600) {
        struct clt_measure wanted[MEMBERS], got[MEMBERS];
        struct bench resident, streamed;
        bench_create(&resident, *state, 0);
        bench_create(&streamed, *state, half);
        for (size_t first = 0; first < 300; first += 60) {
            const struct clt_range range = {first, SAMPLES - 2 * first};
            MUST(clt_measure_ranges(resident.measurer, &range, 1, wanted));
            MUST(clt_measure_ranges(streamed.measurer, &range, 1, got));
            for (size_t p = 0; p < MEMBERS; p++)
                assert_true(got[p].loss == wanted[p].loss && got[p].cost == wanted[p].cost &&
                            got[p].accuracy == wanted[p].accuracy);
        }
        bench_free(&resident);
        bench_free(&streamed);
    }
}

static void an_empty_range_is_not_measured(void **state)
{
    static const struct clt_range ranges[] = {{5, 0}, {5, 10}};
    struct clt_measure got[2 * MEMBERS] = {{.made = true}, {.made = true}, {.made = true}};
    struct bench bench;
    bench_create(&bench, *state, 0);
    MUST(clt_measure_ranges(bench.measurer, ranges, 2, got));
    for (size_t p = 0; p < 2 * MEMBERS; p++) assert_true(got[p].made == (p >= MEMBERS));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_measured_whatever_its_length),
        cmocka_unit_test(many_different_rests_are_measured_right),
        cmocka_unit_test(the_order_of_training_does_not_matter),
        cmocka_unit_test(streamed_samples_measure_alike),
        cmocka_unit_test(an_empty_range_is_not_measured),
    };
    return clt_harness_run_in(CLT_FLOAT, "measure", tests, sizeof tests / sizeof *tests);
}
