/* The length of a run, its report points, the learning rate of each update. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schedule.h"

#define LENGTH(...)                                                                                \
    (struct clt_train_config)                                                                      \
    {                                                                                              \
        .batch_size = 100, __VA_ARGS__                                                             \
    }

static struct clt_schedule create(struct clt_train_config train, uint64_t every_updates,
                                  size_t samples)
{
    const struct clt_config config = {.train = train, .report.every_updates = every_updates};
    struct clt_schedule schedule;
    assert_int_equal(clt_schedule_create(&schedule, &config, samples), CLT_OK);
    return schedule;
}

static void an_epoch_ends_with_what_is_left(void **state)
{
    static const struct {
        size_t samples, batch, updates, last;
    } table[] = {{1000, 100, 10, 100}, {1001, 100, 11, 1}, {1099, 100, 11, 99}, {999, 100, 10, 99},
                 {100, 100, 1, 100},   {7, 7, 1, 7},       {7, 1, 7, 1},        {7, 4, 2, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct clt_schedule s =
            create((struct clt_train_config){.batch_size = table[i].batch, .epochs = 3}, 0,
                   table[i].samples);
        assert_int_equal(s.updates_per_epoch, table[i].updates);
        assert_int_equal(clt_schedule_last_batch(&s), table[i].last);
        assert_int_equal(s.total, 3 * table[i].updates);
        assert_int_equal(s.samples, table[i].samples);
        assert_int_equal(s.batch_size, table[i].batch);
    }
}

static void the_total_follows_from_epochs_cycles_or_updates(void **state)
{
    (void)state;
    assert_int_equal(create(LENGTH(.epochs = 4), 0, 950).total, 40);
    assert_int_equal(create(LENGTH(.updates = 7), 0, 950).total, 7);
    assert_int_equal(create(LENGTH(.cycles = 3, .learning_rate.step_size = 800), 0, 950).total,
                     4800);
    assert_true(create(LENGTH(.epochs = UINT64_MAX), 0, 100).total == UINT64_MAX);
    assert_true(create(LENGTH(.epochs = UINT64_MAX / 2), 0, 200).total == UINT64_MAX - 1);
}

static void check_too_long(struct clt_train_config train)
{
    const struct clt_config config = {.train = train};
    struct clt_schedule schedule;
    assert_int_equal(clt_schedule_create(&schedule, &config, 200), CLT_E_CONFIG);
    assert_string_equal(clt_error_message(),
                        "train: the run's length exceeds 2^64 updates; shorten it");
}

static void a_run_longer_than_2_to_the_64_is_refused(void **state)
{
    (void)state;
    check_too_long(LENGTH(.epochs = UINT64_MAX / 2 + 1));
    check_too_long(
        LENGTH(.cycles = UINT64_C(1) << 32, .learning_rate.step_size = UINT64_C(1) << 31));
    check_too_long(
        LENGTH(.cycles = UINT64_C(1) << 32, .learning_rate.step_size = UINT64_C(1) << 32));
}

/* Every report point from `update` on, against `wanted`, which ends with the total. */
static void check_reports(const struct clt_schedule *s, const uint64_t *wanted)
{
    uint64_t next = *wanted;
    for (uint64_t update = 0; update < s->total; update++) {
        if (update == next) next = *++wanted;
        assert_int_equal(clt_schedule_next_report(s, update), next);
        assert_int_equal(clt_schedule_is_report(s, update + 1), update + 1 == next);
    }
    assert_int_equal(next, s->total);
}

static void reports_are_due_at_intervals_and_at_the_end(void **state)
{
    (void)state;
    const struct clt_schedule epochs = create(LENGTH(.epochs = 3), 0, 450);
    check_reports(&epochs, (const uint64_t[]){5, 10, 15});
    const struct clt_schedule updates = create(LENGTH(.updates = 12), 5, 450);
    check_reports(&updates, (const uint64_t[]){5, 10, 12});
    const struct clt_schedule rare = create(LENGTH(.updates = 12), 100, 450);
    check_reports(&rare, (const uint64_t[]){12});
    const struct clt_schedule each = create(LENGTH(.updates = 3), 1, 450);
    check_reports(&each, (const uint64_t[]){1, 2, 3});
    const struct clt_schedule part = create(LENGTH(.updates = 7), 0, 450); /* no whole epoch last */
    check_reports(&part, (const uint64_t[]){5, 7});
    assert_true(clt_schedule_is_report(&part, 0));
}

static void a_constant_rate_stays(void **state)
{
    const struct clt_rate_config rate = {.policy = CLT_RATE_CONSTANT, .value = 0.03};
    (void)state;
    assert_true(clt_learning_rate(&rate, 0, 0) == 0.03);
    assert_true(clt_learning_rate(&rate, 0, UINT64_MAX) == 0.03);
}

static void a_triangular_rate_goes_up_and_down(void **state)
{
    const struct clt_rate_config rate = {
        .policy = CLT_RATE_TRIANGULAR, .min = 1e-5, .max = 1e-1, .step_size = 500};
    static const struct {
        uint64_t update;
        double share;
    } table[] = {{0, 0},       {1, 0.002}, {250, 0.5},   {499, 0.998},    {500, 1},
                 {501, 0.998}, {750, 0.5}, {999, 0.002}, {1000, 0},       {1001, 0.002},
                 {1500, 1},    {2000, 0},  {2125, 0.25}, {10000000500, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(fabs(clt_learning_rate(&rate, 0, table[i].update) -
                         (1e-5 + table[i].share * (1e-1 - 1e-5))) < 1e-16);
    assert_true(clt_learning_rate(&rate, 0, 0) == rate.min);
    assert_true(clt_learning_rate(&rate, 0, 1000) == rate.min);
}

static void a_triangular_rate_of_one_step_alternates(void **state)
{
    const struct clt_rate_config rate = {
        .policy = CLT_RATE_TRIANGULAR, .min = 0.25, .max = 1, .step_size = 1};
    (void)state;
    for (uint64_t update = 0; update < 6; update++)
        assert_true(clt_learning_rate(&rate, 0, update) == (update % 2 ? 1 : 0.25));
}

/* By torch.optim.lr_scheduler of PyTorch 2: CyclicLR(0.01, 0.5, 10, mode, gamma=0.97), StepLR(10,
 * 0.3), ExponentialLR(0.97) and CosineAnnealingLR(100, 0.01), the last three from 0.25. */
static void policies_give_the_rates_of_pytorch(void **state)
{
    static const uint64_t updates[] = {0, 1, 7, 10, 11, 20, 25, 30, 39, 50, 99};
    enum { COUNT = sizeof updates / sizeof *updates };
    static const struct {
        struct clt_rate_config rate;
        double wanted[COUNT];
    } table[] = {
        {{.policy = CLT_RATE_TRIANGULAR, .min = 0.01, .max = 0.5, .step_size = 10},
         {0.01, 0.059, 0.353, 0.5, 0.451, 0.01, 0.255, 0.5, 0.0589999999999998, 0.5,
          0.0589999999999998}},
        {{.policy = CLT_RATE_TRIANGULAR2, .min = 0.01, .max = 0.5, .step_size = 10},
         {0.01, 0.059, 0.353, 0.5, 0.451, 0.01, 0.1325, 0.255, 0.0344999999999999, 0.1325,
          0.0130625}},
        {{.policy = CLT_RATE_EXP_RANGE, .min = 0.01, .max = 0.5, .step_size = 10, .gamma = 0.97},
         {0.01, 0.05753, 0.287138115759928, 0.371337822178515, 0.325447918761843, 0.01,
          0.124408802787321, 0.206493463586147, 0.0249380433840798, 0.11685203392023,
          0.0124021369982937}},
        {{.policy = CLT_RATE_STEP, .value = 0.25, .factor = 0.3, .every = 10},
         {0.25, 0.25, 0.25, 0.075, 0.075, 0.0225, 0.0225, 0.00675, 0.00675, 0.0006075,
          4.92075e-06}},
        {{.policy = CLT_RATE_EXPONENTIAL, .value = 0.25, .decay = 0.97, .every = 1},
         {0.25, 0.2425, 0.201995711195282, 0.184356031723732, 0.17882535077202, 0.135948585731687,
          0.116743676313593, 0.100251767135789, 0.0762145070616321, 0.0545163438368519,
          0.0122558010117025}},
        {{.policy = CLT_RATE_COSINE, .min = 0.01, .max = 0.25, .total = 100},
         {0.25, 0.249940787243888, 0.24711001143265, 0.244126781955418, 0.242905692274507,
          0.227082039324994, 0.214852813742386, 0.200534230275097, 0.170648550429435, 0.13,
          0.0100592127561122}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t u = 0; u < COUNT; u++) {
            const double rate = clt_learning_rate(&table[i].rate, 12345, updates[u]);
            assert_true(fabs(rate - table[i].wanted[u]) < 1e-12 * table[i].wanted[u]);
        }
}

static void an_exponential_rate_decays_over_so_many_updates(void **state)
{
    const struct clt_rate_config rate = {
        .policy = CLT_RATE_EXPONENTIAL, .value = 8, .decay = 0.25, .every = 10};
    (void)state;
    assert_true(clt_learning_rate(&rate, 0, 5) == 4); /* between the steps too */
    assert_true(clt_learning_rate(&rate, 0, 10) == 2);
    assert_true(clt_learning_rate(&rate, 0, 30) == 0.125);
}

static void a_cosine_takes_the_length_of_the_run_and_stays_at_its_end(void **state)
{
    const struct clt_rate_config rate = {.policy = CLT_RATE_COSINE, .min = 0.25, .max = 1};
    (void)state;
    assert_true(clt_learning_rate(&rate, 40, 0) == 1);
    assert_true(fabs(clt_learning_rate(&rate, 40, 20) - 0.625) < 1e-15);
    assert_true(clt_learning_rate(&rate, 40, 40) == 0.25);
    assert_true(clt_learning_rate(&rate, 40, 60) == 0.25);
}

static void every_policy_warms_up_from_0(void **state)
{
    struct clt_rate_config rate = {.value = 0.5,
                                   .min = 0.25,
                                   .max = 1,
                                   .step_size = 8,
                                   .gamma = 0.9,
                                   .factor = 0.5,
                                   .decay = 0.5,
                                   .every = 3};
    (void)state;
    for (unsigned policy = CLT_RATE_CONSTANT; policy <= CLT_RATE_COSINE; policy++) {
        rate.policy = policy;
        for (uint64_t update = 0; update < 20; update++) {
            rate.warm_up = 0;
            const double full = clt_learning_rate(&rate, 20, update);
            rate.warm_up = 10;
            const double wanted = update < 10 ? full * (double)update / 10 : full;
            assert_true(fabs(clt_learning_rate(&rate, 20, update) - wanted) < 1e-15);
        }
        assert_true(clt_learning_rate(&rate, 20, 0) == 0);
    }
}

static void an_update_takes_the_rate_and_twice_lambda(void **state)
{
    const struct clt_train_config train = {.l2 = 0.25};
    double rates[CLT_RATES];
    (void)state;
    clt_update_rates(rates, &train, 0.125, 3);
    assert_true(rates[0] == 0.125 && rates[1] == 0.5);
}

/* 1 / (1 - 0.5^t) and 1 / sqrt(1 - 0.75^t) at t = 1, 2 and, all but 1, much later. */
static void adam_corrects_moments_that_start_at_zero(void **state)
{
    const struct clt_train_config train = {
        .l2 = 0.25, .optimizer = {.type = CLT_OPTIMIZER_ADAM, .beta1 = 0.5, .beta2 = 0.75}};
    double first[CLT_RATES], second[CLT_RATES], late[CLT_RATES], plain[CLT_RATES];
    (void)state;
    clt_update_rates(first, &train, 0.125, 0);
    assert_true(first[0] == 0.25 && first[1] == 0.5 && first[2] == 2);
    clt_update_rates(second, &train, 0.375, 1);
    assert_true(second[0] == 0.5 && second[2] == 1 / sqrt(0.4375));
    clt_update_rates(late, &train, 0.125, UINT64_C(1) << 40);
    assert_true(late[0] == 0.125 && late[2] == 1);
    clt_descent_rates(plain, &train, 0.125);
    assert_true(plain[0] == 0.125 && plain[1] == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_ends_with_what_is_left),
        cmocka_unit_test(the_total_follows_from_epochs_cycles_or_updates),
        cmocka_unit_test(a_run_longer_than_2_to_the_64_is_refused),
        cmocka_unit_test(reports_are_due_at_intervals_and_at_the_end),
        cmocka_unit_test(a_constant_rate_stays),
        cmocka_unit_test(a_triangular_rate_goes_up_and_down),
        cmocka_unit_test(a_triangular_rate_of_one_step_alternates),
        cmocka_unit_test(policies_give_the_rates_of_pytorch),
        cmocka_unit_test(an_exponential_rate_decays_over_so_many_updates),
        cmocka_unit_test(a_cosine_takes_the_length_of_the_run_and_stays_at_its_end),
        cmocka_unit_test(every_policy_warms_up_from_0),
        cmocka_unit_test(an_update_takes_the_rate_and_twice_lambda),
        cmocka_unit_test(adam_corrects_moments_that_start_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
