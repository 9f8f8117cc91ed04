/* What several networks' opinions on one sample come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ensemble.h"

enum { CLASSES = 4 };

static void most_votes_or_the_highest_mean(void **state)
{
    static const struct {
        uint32_t votes[CLASSES];
        double sums[CLASSES];
        size_t vote, mean;
    } table[] = {
        {{0, 3, 0, 0}, {0.5, 2, 0.3, 0.2}, 1, 1},
        {{1, 0, 2, 0}, {1.4, 0.1, 1.3, 0.2}, 2, 0},     /* most votes against the higher mean */
        {{0, 2, 0, 2}, {0.5, 1.6, 0.1, 1.8}, 3, 3},     /* a tie goes to the higher mean */
        {{2, 0, 2, 0}, {1.5, 0.5, 1.5, 0.5}, 0, 0},     /* and then to the lower index */
        {{1, 1, 0, 1}, {0.75, 0.75, 1, 0.5}, 0, 2},     /* among those of most votes alone */
        {{0, 0, 0, 0}, {0, 0, 0, 0}, CLASSES, CLASSES}, /* no opinion */
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(clt_ensemble_vote(table[i].sums, table[i].votes, CLASSES), table[i].vote);
        assert_int_equal(clt_ensemble_mean(table[i].sums, table[i].votes, CLASSES), table[i].mean);
    }
}

static void a_snapshot_for_each_whole_cycle(void **state)
{
    const struct clt_schedule schedule = {.snapshot_every = 10};
    struct clt_ensemble ensemble = {0};
    (void)state;
    assert_int_equal(clt_ensemble_create(&ensemble, &schedule, 9), CLT_OK);
    assert_int_equal(ensemble.n_snapshots, 0);
    assert_int_equal(clt_ensemble_create(&ensemble, &schedule, 29), CLT_OK);
    assert_int_equal(ensemble.n_snapshots, 2);
    assert_int_equal(ensemble.snapshots[1].update, 20);
    clt_ensemble_free(&ensemble);
    clt_ensemble_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_votes_or_the_highest_mean),
        cmocka_unit_test(a_snapshot_for_each_whole_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
