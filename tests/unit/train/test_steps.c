/* An epoch trains on every sample once, the last and smaller batch included.
 *
 * The samples are one-hot and the weights start at zero, so that a batch of B at a tiny rate r adds
 * r / B times (2/3 for the label, -1/3 for the others) to the column of each of its samples. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "philox.h"
#include "run_directory.h"
#include "scratch.h"
#include "trainer.h"

#define SAMPLES  170
#define FIRST    9
#define TRAINING 151 /* 37 batches of four, and one of three */
#define BATCH    4
#define EPOCHS   3
#define MEMBERS  2
#define HALF     TRAINING /* of the pool, where samples stream: what is measured at a time */
#define RATE     0x1p-30
#define EVERY    17 /* updates from report to report */

static const struct clt_layer_config layers[] = {
    {.kind = CLT_LAYER_DENSE, .where = "dense", .init = CLT_INIT_ZEROS}};

/* In place of the config module's: checkpoints quote the config, and this one comes from no file.
 */
enum clt_status __wrap_clt_config_write(char **out, const struct clt_config *config);
enum clt_status __wrap_clt_config_write(char **out, const struct clt_config *config)
{
    *out = strdup(config->name);
    assert_non_null(*out);
    return CLT_OK;
}

static double rate_of(size_t member)
{
    return RATE * (double)(1 + member);
}

static void configure(struct clt_fixture *f, enum clt_shuffle shuffle)
{
    for (size_t p = 0; p < MEMBERS; p++) {
        struct clt_config *config = &f->configs[p];
        config->report.every_updates = EVERY;
        config->train = (struct clt_train_config){.batch_size = BATCH,
                                                  .epochs = EPOCHS,
                                                  .shuffle = shuffle,
                                                  .learning_rate.value = rate_of(p)};
    }
    MUST(clt_schedule_create(&f->experiment.schedule, f->configs, TRAINING));
}

static void train(struct clt_fixture *f)
{
    const struct clt_observer nobody = {0};
    struct clt_run_directory *directory;
    struct clt_trainer *trainer;
    char *folder = clt_scratch_create();
    MUST(clt_run_directory_create(&directory, folder, "steps"));
    MUST(clt_trainer_create(&trainer, &f->experiment, &nobody));
    MUST(clt_trainer_open(trainer, folder));
    MUST(clt_trainer_run(trainer));
    assert_true(clt_trainer_is_done(trainer));
    assert_int_equal(trainer->state.update, EPOCHS * 38);
    clt_trainer_free(trainer);
    clt_run_directory_close(directory);
    clt_scratch_remove(folder);
}

/* The same steps a few at a time, on a trainer that is not open. */
static void advance(struct clt_fixture *f)
{
    const struct clt_observer nobody = {0};
    struct clt_trainer *trainer;
    MUST(clt_trainer_create(&trainer, &f->experiment, &nobody));
    for (size_t made = 0; made < EPOCHS * 38; made += 6) {
        MUST(clt_trainer_advance(trainer, 6));
        assert_int_equal(trainer->state.update, made + 6);
    }
    MUST(clt_device_finish(f->experiment.device));
    clt_trainer_free(trainer);
}

/* share[sample] = the sum over its batches of 1 / batch. */
static void find_shares(double *share, enum clt_shuffle shuffle, uint64_t seed)
{
    const size_t rest = TRAINING % BATCH;
    uint32_t order[TRAINING];
    for (size_t i = 0; i < SAMPLES; i++) share[i] = 0;
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        clt_random_permutation(order, FIRST, TRAINING, seed,
                               shuffle == CLT_SHUFFLE_EPOCH ? epoch : 0);
        for (size_t i = 0; i < TRAINING; i++) {
            const size_t sample = shuffle == CLT_SHUFFLE_NONE ? FIRST + i : order[i];
            share[sample] += 1 / (double)(i < TRAINING - rest ? BATCH : rest);
        }
    }
}

static void check_weights(const struct clt_fixture *f, const double *share)
{
    double *weights = clt_allocate(f->experiment.network->n_parameters, sizeof *weights);
    clt_fixture_read(f, weights, NULL);
    for (size_t i = 0; i < MEMBERS * 3 * SAMPLES; i++) {
        const size_t member = i / (3 * SAMPLES), label = i / SAMPLES % 3, sample = i % SAMPLES;
        const bool is_label = label == f->experiment.dataset->labels[sample];
        const double got = weights[i] / rate_of(member);
        const double wanted = share[sample] * (is_label ? 2 : -1) / 3;
        if (!(fabs(got - wanted) < 1e-4))
            fail_msg("member %zu, class %zu, sample %zu: moved by %g, should be %g", member, label,
                     sample, got, wanted);
    }
    free(weights);
}

static void check_shuffle(const struct clt_harness *h, enum clt_shuffle shuffle, size_t half,
                          void (*make)(struct clt_fixture *f))
{
    struct clt_dataset *dataset = clt_test_one_hot(SAMPLES);
    dataset->train = (struct clt_range){FIRST, TRAINING};
    dataset->validation = (struct clt_range){0, FIRST};
    const struct clt_recipe recipe = {.layers = layers,
                                      .n_layers = 1,
                                      .members = MEMBERS,
                                      .batch = BATCH,
                                      .dataset = dataset,
                                      .half = half};
    struct clt_fixture f;
    double share[SAMPLES];
    clt_fixture_create(&f, h, &recipe);
    configure(&f, shuffle);
    make(&f);
    find_shares(share, shuffle, f.configs->data.seed);
    check_weights(&f, share);
    clt_fixture_free(&f);
    clt_dataset_free(dataset);
}

static void shuffled_epochs_train_on_every_sample_once(void **state)
{
    check_shuffle(*state, CLT_SHUFFLE_EPOCH, 0, train);
    check_shuffle(*state, CLT_SHUFFLE_EPOCH, HALF, train);
}

static void epochs_shuffled_once_train_on_every_sample_once(void **state)
{
    check_shuffle(*state, CLT_SHUFFLE_ONCE, 0, train);
    check_shuffle(*state, CLT_SHUFFLE_ONCE, HALF, train);
}

static void unshuffled_epochs_train_on_every_sample_once(void **state)
{
    check_shuffle(*state, CLT_SHUFFLE_NONE, 0, train);
    check_shuffle(*state, CLT_SHUFFLE_NONE, HALF, train);
}

static void steps_made_apart_are_those_of_a_run(void **state)
{
    check_shuffle(*state, CLT_SHUFFLE_EPOCH, 0, advance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_epochs_train_on_every_sample_once),
        cmocka_unit_test(epochs_shuffled_once_train_on_every_sample_once),
        cmocka_unit_test(unshuffled_epochs_train_on_every_sample_once),
        cmocka_unit_test(steps_made_apart_are_those_of_a_run),
    };
    return clt_harness_run_in(CLT_FLOAT, "steps", tests, sizeof tests / sizeof *tests);
}
