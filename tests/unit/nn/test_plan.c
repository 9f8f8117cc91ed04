/* Plans of every network: the number of launches, and that members do not touch each other. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "networks.h"

#define BATCH 9
#define REST  4
#define STEPS 6

static void create(struct clt_fixture *f, const struct clt_harness *h,
                   const struct clt_test_network *of, size_t first_member, size_t members,
                   struct clt_dataset *dataset)
{
    const struct clt_recipe recipe = {.layers = of->layers,
                                      .n_layers = of->n_layers,
                                      .first_member = first_member,
                                      .members = members,
                                      .batch = BATCH,
                                      .dataset = dataset};
    clt_fixture_create(f, h, &recipe);
}

static size_t launches(const struct clt_fixture *f, bool training, size_t batch)
{
    struct clt_plan *plan = clt_fixture_plan(f, training, batch);
    const size_t count = clt_plan_launches(plan);
    clt_plan_free(plan);
    return count;
}

static void launches_do_not_depend_on_members_or_batch(void **state)
{
    struct clt_dataset *dataset = clt_test_images(BATCH);
    const struct clt_test_network *of;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++) {
        struct clt_fixture one, five;
        create(&one, *state, of, 0, 1, dataset);
        create(&five, *state, of, 0, 5, dataset);
        for (size_t batch = REST; batch <= BATCH; batch += BATCH - REST) {
            assert_int_equal(launches(&five, true, batch), launches(&one, true, BATCH));
            assert_int_equal(launches(&five, false, batch), launches(&one, false, BATCH));
        }
        clt_fixture_free(&one);
        clt_fixture_free(&five);
    }
    clt_dataset_free(dataset);
}

/* At most, where updates are folded into where gradients are found and where gradients are stored.
 * A run of steps takes in all that is small: on a CPU products too. */
static const struct wanted_launches {
    const char *name;
    struct {
        size_t training, evaluation;
    } fused, stored;
} wanted_launches[] = {
    {"dense", {2, 2}, {5, 3}}, /* gather, run; gather, product, run, product, update */
    {"relu", {2, 2}, {10, 5}}, /* the first layer needs no gradient of its input */
    {"batch_norm", {2, 2}, {10, 5}},    {"dropout", {2, 2}, {10, 5}}, {"flatten", {2, 2}, {10, 5}},
    {"relu first", {3, 3}, {12, 7}},    /* with a broadcast; no gradient ahead of the weights */
    {"dropout first", {3, 2}, {12, 5}}, /* in evaluation the input stays shared */
    {"wide", {9, 5}, {15, 7}},          /* five products are large, and two chains of rows */
};

static void check_launches(const struct clt_harness *h, const struct clt_test_network *of,
                           const struct wanted_launches *wanted, struct clt_dataset *dataset)
{
    struct clt_fixture f;
    create(&f, h, of, 0, 2, dataset);
    const bool fused = clt_gemm_is_fused(f.experiment.model->gemm);
    assert_in_range(launches(&f, true, BATCH), 1,
                    fused ? wanted->fused.training : wanted->stored.training);
    assert_in_range(launches(&f, false, BATCH), 1,
                    fused ? wanted->fused.evaluation : wanted->stored.evaluation);
    clt_fixture_free(&f);
}

static void a_step_has_no_more_launches_than_its_layers_need(void **state)
{
    const size_t count = sizeof wanted_launches / sizeof *wanted_launches;
    struct clt_dataset *dataset = clt_test_images(BATCH);
    const struct clt_test_network *of;
    size_t found = 0;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++)
        for (size_t j = 0; j < count; j++) {
            if (strcmp(of->name, wanted_launches[j].name) != 0) continue;
            check_launches(*state, of, &wanted_launches[j], dataset);
            found++;
        }
    assert_int_equal(found, count);
    clt_dataset_free(dataset);
}

/* Some updates of two batch sizes, the rates those of members first_member on. */
static void train(struct clt_fixture *f, size_t first_member)
{
    const size_t members = f->experiment.config->members;
    struct clt_feed_row rows[STEPS];
    double *rates = clt_allocate(STEPS * members * CLT_RATES, sizeof *rates);
    struct clt_plan *full = clt_fixture_plan(f, true, BATCH);
    struct clt_plan *rest = clt_fixture_plan(f, true, REST);
    for (size_t i = 0; i < STEPS; i++) {
        rows[i] = (struct clt_feed_row){.first = i, .update = i};
        for (size_t p = 0; p < members; p++) {
            rates[(i * members + p) * CLT_RATES] = 0.3 / (double)(1 + first_member + p + i);
            rates[(i * members + p) * CLT_RATES + 1] = 0.01 * (double)(first_member + p);
        }
    }
    MUST(clt_feeder_shuffle(f->experiment.feeder, 8, 1));
    clt_fixture_steps(f, full, rows, rates, STEPS - 1, BATCH);
    clt_fixture_steps(f, rest, rows + STEPS - 1, rates + (STEPS - 1) * members * CLT_RATES, 1,
                      REST);
    clt_plan_free(full);
    clt_plan_free(rest);
    free(rates);
}

struct outcome {
    double *parameters, *running, *losses;
};

static struct outcome train_members(const struct clt_harness *h, struct clt_fixture *f,
                                    const struct clt_test_network *of, size_t first_member,
                                    size_t members, struct clt_dataset *dataset)
{
    struct outcome out;
    create(f, h, of, first_member, members, dataset);
    const struct clt_network *network = f->experiment.network;
    out.parameters = clt_allocate(network->n_parameters, sizeof *out.parameters);
    out.running = clt_allocate(network->n_running, sizeof *out.running);
    out.losses = clt_allocate(members, sizeof *out.losses);
    train(f, first_member);
    clt_fixture_read(f, out.parameters, out.running);
    clt_fixture_losses(f, out.losses, 1);
    return out;
}

static void outcome_free(struct outcome *out)
{
    free(out->parameters);
    free(out->running);
    free(out->losses);
}

static void check_member(const struct clt_harness *h, const struct clt_fixture *together,
                         const struct outcome *of_all, const struct clt_test_network *of,
                         size_t member, struct clt_dataset *dataset)
{
    struct clt_fixture alone;
    struct outcome solo = train_members(h, &alone, of, member, 1, dataset);
    const struct clt_network *network = alone.experiment.network;
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        const bool running = clt_segment_is_running(segment);
        clt_check_same(of->name, (running ? solo.running : solo.parameters) + segment->offset,
                       (running ? of_all->running : of_all->parameters) +
                           clt_network_offset(together->experiment.network, s, member),
                       segment->size * sizeof(double));
    }
    clt_check_same(of->name, solo.losses, of_all->losses + member, sizeof(double));
    outcome_free(&solo);
    clt_fixture_free(&alone);
}

static void a_member_trains_as_it_would_alone(void **state)
{
    struct clt_dataset *dataset = clt_test_images(BATCH + STEPS);
    const struct clt_test_network *of;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++) {
        struct clt_fixture together;
        struct outcome of_all = train_members(*state, &together, of, 0, 3, dataset);
        for (size_t p = 0; p < 3; p++) check_member(*state, &together, &of_all, of, p, dataset);
        outcome_free(&of_all);
        clt_fixture_free(&together);
    }
    clt_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launches_do_not_depend_on_members_or_batch),
        cmocka_unit_test(a_step_has_no_more_launches_than_its_layers_need),
        cmocka_unit_test(a_member_trains_as_it_would_alone),
    };
    return clt_harness_run_in(CLT_FLOAT, "plan", tests, sizeof tests / sizeof *tests);
}
