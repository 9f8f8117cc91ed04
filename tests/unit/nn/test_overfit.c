/* Every kind of layer learns one batch by heart. */
#include <stdlib.h>

#include "fixture.h"
#include "networks.h"

#define BATCH   16
#define UPDATES 400
#define MEMBERS 2
#define RATE    0.5
#define BOUND   0.1 /* of the mean loss; guessing costs log 3 = 1.1 */

static void train(struct clt_fixture *f)
{
    struct clt_feed_row *rows = clt_allocate(UPDATES, sizeof *rows);
    double *rates = clt_allocate(UPDATES * MEMBERS * CLT_RATES, sizeof *rates);
    struct clt_plan *plan = clt_fixture_plan(f, true, BATCH);
    for (size_t i = 0; i < UPDATES; i++) rows[i].update = i;
    for (size_t i = 0; i < UPDATES * MEMBERS; i++) {
        rates[CLT_RATES * i] = RATE;
        rates[CLT_RATES * i + 1] = 0;
    }
    clt_fixture_steps(f, plan, rows, rates, UPDATES, BATCH);
    clt_plan_free(plan);
    free(rows);
    free(rates);
}

static void measure(struct clt_fixture *f, double *losses)
{
    const struct clt_feed_row row = {.first = 0};
    struct clt_plan *plan = clt_fixture_plan(f, false, BATCH);
    clt_fixture_steps(f, plan, &row, NULL, 1, BATCH);
    clt_fixture_losses(f, losses, BATCH);
    clt_plan_free(plan);
}

static void check_network(const struct clt_harness *h, const struct clt_test_network *of)
{
    struct clt_dataset *dataset = clt_test_images(BATCH);
    const struct clt_recipe recipe = {.layers = of->layers,
                                      .n_layers = of->n_layers,
                                      .members = MEMBERS,
                                      .batch = BATCH,
                                      .dataset = dataset};
    struct clt_fixture f;
    double before[MEMBERS], after[MEMBERS], during[MEMBERS];
    clt_fixture_create(&f, h, &recipe);
    measure(&f, before);
    train(&f);
    clt_fixture_losses(&f, during, BATCH * UPDATES);
    measure(&f, after);
    for (size_t p = 0; p < MEMBERS; p++)
        if (!(before[p] > 0.5 && after[p] < BOUND && during[p] > after[p] && during[p] < before[p]))
            fail_msg("%s, member %zu: loss %g before, %g on average, %g after", of->name, p,
                     before[p], during[p], after[p]);
    clt_fixture_free(&f);
    clt_dataset_free(dataset);
}

static void every_kind_of_layer_overfits_one_batch(void **state)
{
    const struct clt_test_network *of;
    for (size_t i = 0; (of = clt_test_network_at(i)); i++)
        if (of->alone) check_network(*state, of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_layer_overfits_one_batch)};
    return clt_harness_run_in(CLT_FLOAT, "overfit", tests, sizeof tests / sizeof *tests);
}
