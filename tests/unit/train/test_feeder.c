/* Which sample the device trains on at which update, across chunks, epochs and measurements.
 *
 * The samples are one-hot and the weights start at zero, so that sample s at rate r adds r * 2/3 to
 * the weight from feature s to its label: with a rate that says which update it is, the weight
 * does. Each epoch has a member of its own, whose rate is zero in the others. Nothing is read
 * before the end. All of it holds whether the samples stay on the device or stream through it. */
#include <math.h>
#include <stdlib.h>

#include "fixture.h"
#include "networks.h"
#include "philox.h"

#define SAMPLES  130
#define FIRST    6 /* training sample of the pool */
#define TRAINING 121
#define EPOCHS   5
#define SEED     77
#define UNIT     0x1p-30 /* rate of an epoch's first update; small, so that the softmax stays even */

static const struct clt_layer_config layers[] = {
    {.kind = CLT_LAYER_DENSE, .where = "dense", .init = CLT_INIT_ZEROS}};

struct probe {
    struct clt_dataset *dataset;
    struct clt_fixture fixture;
    struct clt_plan *training, *evaluation; /* of one sample, and of ten */
};

/* Samples of half a pool on the device: all samples stay there; a step of evaluation; not quite
 * two; half an epoch; a whole one, which CLT_CHUNK divides. */
static const size_t halves[] = {0, 10, 19, 61, TRAINING};
#define HALVES (sizeof halves / sizeof *halves)

static void probe_create(struct probe *probe, const struct clt_harness *h, size_t half)
{
    probe->dataset = clt_test_one_hot(SAMPLES);
    probe->dataset->train = (struct clt_range){FIRST, TRAINING};
    const struct clt_recipe recipe = {.layers = layers,
                                      .n_layers = 1,
                                      .members = EPOCHS,
                                      .batch = 1,
                                      .dataset = probe->dataset,
                                      .half = half};
    clt_fixture_create(&probe->fixture, h, &recipe);
    probe->training = clt_fixture_plan(&probe->fixture, true, 1);
    probe->evaluation = clt_fixture_plan(&probe->fixture, false, 10);
}

static void probe_free(struct probe *probe)
{
    clt_plan_free(probe->training);
    clt_plan_free(probe->evaluation);
    clt_fixture_free(&probe->fixture);
    clt_dataset_free(probe->dataset);
}

/* One chunk of the epoch, from place `first` on. */
static void train_chunk(struct probe *probe, size_t epoch, size_t first, size_t count)
{
    struct clt_feed_row rows[CLT_CHUNK];
    double rates[CLT_CHUNK * EPOCHS * CLT_RATES];
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct clt_feed_row){.first = first + i, .update = epoch * TRAINING + first + i};
        for (size_t p = 0; p < EPOCHS; p++) {
            rates[(i * EPOCHS + p) * CLT_RATES] = p == epoch ? UNIT * (double)(1 + first + i) : 0;
            rates[(i * EPOCHS + p) * CLT_RATES + 1] = 0;
        }
    }
    clt_fixture_steps(&probe->fixture, probe->training, rows, rates, count, 1);
}

static void measure_chunk(struct probe *probe)
{
    struct clt_feed_row rows[3] = {{0}};
    for (size_t i = 0; i < 3; i++)
        rows[i].first = clt_feeder_place_of(probe->fixture.experiment.feeder, 50 * i);
    clt_fixture_steps(&probe->fixture, probe->evaluation, rows, NULL, 3, 10);
}

static void train_epoch(struct probe *probe, size_t epoch, bool measured)
{
    static const size_t chunks[] = {1, CLT_CHUNK, 2, TRAINING - CLT_CHUNK - 3};
    size_t first = 0;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        train_chunk(probe, epoch, first, chunks[i]);
        if (measured) measure_chunk(probe);
        first += chunks[i];
    }
    assert_int_equal(first, TRAINING);
}

/* weights [classes][features] of one member: column order[i] was trained at update i. */
static void check_order(const struct probe *probe, size_t epoch, const double *weights,
                        const uint32_t *order)
{
    for (size_t i = 0; i < TRAINING; i++) {
        const size_t sample = order[i], label = probe->dataset->labels[sample];
        const double update = weights[label * SAMPLES + sample] / (UNIT * 2 / 3) - 1;
        if (!(fabs(update - (double)i) < 0.01))
            fail_msg("epoch %zu: sample %zu was trained at update %g, not %zu", epoch, sample,
                     update, i);
    }
    for (size_t c = 0; c < 3; c++)
        for (size_t sample = 0; sample < SAMPLES; sample++)
            if (sample < FIRST || sample >= FIRST + TRAINING)
                assert_true(weights[c * SAMPLES + sample] == 0);
}

/* Epochs 0, 1, 2 and 4 are shuffled, epoch 3 is not. */
static void check_epochs(const struct clt_harness *h, size_t half, bool measured)
{
    struct probe probe;
    uint32_t order[TRAINING];
    probe_create(&probe, h, half);
    struct clt_feeder *feeder = probe.fixture.experiment.feeder;
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        if (epoch == 3)
            MUST(clt_feeder_unshuffled(feeder));
        else
            MUST(clt_feeder_shuffle(feeder, SEED, (uint32_t)epoch));
        train_epoch(&probe, epoch, measured);
    }
    double *weights = clt_allocate(probe.fixture.experiment.network->n_parameters, sizeof *weights);
    clt_fixture_read(&probe.fixture, weights, NULL);
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        clt_random_permutation(order, FIRST, TRAINING, SEED, (uint32_t)epoch);
        for (size_t i = 0; epoch == 3 && i < TRAINING; i++) order[i] = (uint32_t)(FIRST + i);
        check_order(&probe, epoch, weights + epoch * 3 * SAMPLES, order);
    }
    free(weights);
    probe_free(&probe);
}

static void every_epoch_has_its_own_order(void **state)
{
    for (size_t i = 0; i < HALVES; i++) check_epochs(*state, halves[i], false);
}

static void measuring_in_between_changes_no_order(void **state)
{
    for (size_t i = 0; i < HALVES; i++) check_epochs(*state, halves[i], true);
}

static void check_first_order(const struct clt_harness *h, size_t half)
{
    struct probe probe;
    uint32_t order[TRAINING];
    probe_create(&probe, h, half);
    train_epoch(&probe, 0, true);
    double *weights = clt_allocate(probe.fixture.experiment.network->n_parameters, sizeof *weights);
    clt_fixture_read(&probe.fixture, weights, NULL);
    for (size_t i = 0; i < TRAINING; i++) order[i] = (uint32_t)(FIRST + i);
    check_order(&probe, 0, weights, order);
    free(weights);
    probe_free(&probe);
}

static void an_order_is_that_of_the_pool_before_any_shuffle(void **state)
{
    for (size_t i = 0; i < HALVES; i++) check_first_order(*state, halves[i]);
}

static void images_are_read_back(void **state)
{
    uint8_t got[40 * SAMPLES];
    for (size_t i = 0; i < HALVES; i++) {
        struct probe probe;
        probe_create(&probe, *state, halves[i]);
        train_chunk(&probe, 0, 0, 20);
        MUST(clt_feeder_read_images(probe.fixture.experiment.feeder, 9, got, 40));
        assert_memory_equal(got, clt_test_pixels(probe.dataset) + 9 * SAMPLES, sizeof got);
        probe_free(&probe);
    }
}

static size_t half_for(const struct clt_dataset *dataset, size_t memory, size_t largest)
{
    return clt_feeder_half(dataset, 2, CLT_FLOAT, 10, memory, largest);
}

/* The whole data set where it fits, the largest halves within the limits where it does not. */
static void a_pool_fits_its_memory(void **state)
{
    (void)state;
    struct clt_dataset *dataset = clt_test_one_hot(2000);
    const size_t images = dataset->samples * dataset->features;
    const size_t all = clt_feeder_memory(dataset, 0, 2, CLT_FLOAT);
    assert_int_equal(half_for(dataset, all, images), 0);
    assert_int_equal(half_for(dataset, SIZE_MAX, images - 1), CLT_CHUNK * 10);
    assert_int_equal(half_for(dataset, all - 1, SIZE_MAX), CLT_CHUNK * 10);
    assert_int_equal(half_for(dataset, all, 100 * (dataset->features + 2)), 50);
    for (size_t memory = all / 10; memory < all / 2; memory += all / 70) {
        const size_t half = half_for(dataset, memory, images);
        assert_in_range(half, 10, CLT_CHUNK * 10 - 1);
        assert_true(clt_feeder_memory(dataset, half, 2, CLT_FLOAT) <= memory);
        assert_true(clt_feeder_memory(dataset, half + 1, 2, CLT_FLOAT) > memory);
    }
    assert_int_equal(half_for(dataset, 0, images), 10);
    dataset->features = 1 << 18; /* no more than 8 MiB */
    assert_int_equal(half_for(dataset, 1 << 28, SIZE_MAX), 31);
    clt_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_epoch_has_its_own_order),
        cmocka_unit_test(measuring_in_between_changes_no_order),
        cmocka_unit_test(an_order_is_that_of_the_pool_before_any_shuffle),
        cmocka_unit_test(images_are_read_back),
        cmocka_unit_test(a_pool_fits_its_memory),
    };
    return clt_harness_run("feeder", tests, sizeof tests / sizeof *tests);
}
