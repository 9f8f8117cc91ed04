/* Members of a population. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "philox.h"

static void assert_value(const struct clt_config *config, size_t member, size_t key,
                         const char *expected)
{
    char *text;
    assert_int_equal(clt_config_varied_value(&text, config, member, key), CLT_OK);
    assert_string_equal(text, expected);
    free(text);
}

static void rows_make_a_grid_and_zip_joins(void **state)
{
    (void)state;
    static const char *const expected[][3] = {
        {"0", "10", "9007199254740993"},     {"0", "10", "9007199254740994"},
        {"0.001", "20", "9007199254740993"}, {"0.001", "20", "9007199254740994"},
        {"1", "30", "9007199254740993"},     {"1", "30", "9007199254740994"}};
    struct clt_config *c = load(CONFIGS "full.cfg", NULL);
    assert_int_equal(c->members, 6);
    assert_int_equal(c->varied.count, 3);
    assert_string_equal(c->varied.name[0], "train.l2");
    assert_string_equal(c->varied.name[1], "train.learning_rate.max");
    assert_string_equal(c->varied.name[2], "seed");
    for (size_t m = 0; m < 6; m++)
        for (size_t key = 0; key < 3; key++) assert_value(c, m, key, expected[m][key]);
    clt_config_free(c);
}

static void zip_joins_any_rows(void **state)
{
    (void)state;
    struct clt_config *c =
        load_text("population = ( { key = \"train.learning_rate\"; values = [0.5, 0.25]; },\n"
                  "{ key = \"seed\"; values = [5, 6, 7]; },\n"
                  "{ key = \"train.l2\"; values = (0.1, 2, 1e-10); zip = true; } );");
    assert_int_equal(c->members, 6);
    assert_value(c, 0, 0, "0.5");
    assert_value(c, 4, 0, "0.25");
    assert_value(c, 4, 1, "6");
    assert_value(c, 4, 2, "2");
    assert_value(c, 5, 2, "1e-10");
    clt_config_free(c);
}

static void a_member_is_a_config_of_its_own(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "full.cfg", NULL), *member;
    assert_int_equal(clt_config_member(&member, c, 5), CLT_OK);
    assert_int_equal(member->members, 1);
    assert_int_equal(member->varied.count, 0);
    assert_true(member->train.l2 == 1);
    assert_true(member->train.learning_rate.max == 30);
    assert_true(member->train.learning_rate.min == 1);
    assert_int_equal(member->seed, 9007199254740994);
    assert_int_equal(member->n_layers, c->n_layers);
    assert_string_equal(member->layers[9].where, c->layers[9].where);
    assert_string_equal(member->data.path, c->data.path);
    /* only what is expected of this member */
    assert_int_equal(member->n_expect, 1);
    assert_string_equal(member->expect[0].metric, "test_accuracy");
    assert_int_equal(member->expect[0].member, -1);
    clt_config_free(member);
    assert_int_equal(clt_config_member(&member, c, 1), CLT_OK);
    assert_int_equal(member->n_expect, 0);
    clt_config_free(member);
    clt_config_free(c);
}

static void the_member_of_a_plain_config_is_itself(void **state)
{
    (void)state;
    struct clt_config *member,
        *c = load_text("expect = ( { metric = \"val_loss\"; at_most = 1; } );");
    char *text, *same;
    assert_int_equal(clt_config_member(&member, c, 0), CLT_OK);
    assert_int_equal(clt_config_write(&text, c), CLT_OK);
    assert_int_equal(clt_config_write(&same, member), CLT_OK);
    assert_string_equal(text, same);
    free(text);
    free(same);
    clt_config_free(member);
    clt_config_free(c);
}

static void a_large_population_loads(void **state)
{
    (void)state;
    struct clt_config *c = load_text("population = ( { key = \"seed\"; count = 2000; } );");
    assert_int_equal(c->members, 2000);
    assert_value(c, 1999, 0, "2000");
    clt_config_free(c);
}

static void assert_real(const struct clt_config *config, size_t member, size_t key, double expected)
{
    char *text;
    assert_int_equal(clt_config_varied_value(&text, config, member, key), CLT_OK);
    assert_true(strtod(text, NULL) == expected);
    free(text);
}

static void spaces_have_exact_ends(void **state)
{
    (void)state;
    struct clt_config *c = load_text(
        "population = ( { key = \"train.l2\"; log_space = (1e-5, 0.3); count = 5; },\n"
        "{ key = \"train.learning_rate\"; linear_space = (0, 1); count = 5; zip = true; },\n"
        "{ key = \"train.batch_size\"; linear_space = (1, 4.9); count = 5; zip = true; },\n"
        "{ key = \"seed\"; log_space = (10, 1000); count = 1; } );");
    assert_int_equal(c->members, 5);
    assert_real(c, 0, 0, 1e-5);
    assert_real(c, 4, 0, 0.3);
    for (size_t i = 0; i < 5; i++) {
        static const char *const whole[] = {"1", "2", "3", "4", "5"};
        assert_real(c, i, 1, 0.25 * (double)i);
        assert_value(c, i, 2, whole[i]);
        assert_value(c, i, 3, "10");
    }
    /* equal steps of the logarithm */
    char *text;
    assert_int_equal(clt_config_varied_value(&text, c, 2, 0), CLT_OK);
    const double middle = strtod(text, NULL);
    assert_true(fabs(middle * middle / (1e-5 * 0.3) - 1) < 1e-5);
    assert_string_equal(text, "0.00173205"); /* six digits */
    free(text);
    clt_config_free(c);
}

static void draws_follow_seed_row_and_number(void **state)
{
    (void)state;
    struct clt_config *c = load_text(
        "seed = 7;\npopulation = (\n"
        "{ key = \"train.l2\"; uniform = (1, 3); count = 3; },\n"
        "{ key = \"train.learning_rate\"; log_uniform = (0.01, 1); count = 3; zip = true; },"
        "\n{ key = \"train.batch_size\"; uniform = (1, 1000); count = 3; zip = true; } );");
    char *text;
    for (uint64_t i = 0; i < 3; i++) {
        const double expected[] = {
            1 + 2 * clt_random_uniform(7, CLT_RANDOM_SEARCH, 0, i),
            pow(10, -2 + 2 * clt_random_uniform(7, CLT_RANDOM_SEARCH, 1, i)),
        };
        for (size_t key = 0; key < 2; key++) {
            assert_int_equal(clt_config_varied_value(&text, c, i, key), CLT_OK);
            assert_true(fabs(strtod(text, NULL) / expected[key] - 1) < 1e-5);
            assert_true(strlen(text) <= strlen("0.0123456"));
            free(text);
        }
        assert_real(c, i, 2, round(1 + 999 * clt_random_uniform(7, CLT_RANDOM_SEARCH, 2, i)));
    }
    clt_config_free(c);
}

static void written_draws_stay(void **state)
{
    (void)state;
    struct clt_config *again,
        *c = load_text("population = ( { key = \"train.l2\"; log_uniform = (1e-5, 1); count = 9; },"
                       "{ key = \"seed\"; count = 9; zip = true; } );");
    char *text, *same, *value;
    assert_int_equal(clt_config_write(&text, c), CLT_OK);
    assert_null(strstr(text, "log_uniform"));
    assert_null(strstr(text, "count"));
    assert_int_equal(clt_config_parse(&again, text, "config.cfg"), CLT_OK);
    assert_int_equal(clt_config_write(&same, again), CLT_OK);
    assert_string_equal(text, same);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(clt_config_varied_value(&value, c, i, 0), CLT_OK);
        assert_value(again, i, 0, value);
        free(value);
    }
    free(text);
    free(same);
    clt_config_free(again);
    clt_config_free(c);
}

static void values_of_every_kind_vary(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "kinds.cfg", NULL), *member;
    assert_int_equal(c->members, 12);
    assert_value(c, 0, 0,
                 "({ type = \"mlp\"; hidden = (4); batch_norm = false; activation = \"relu\"; init "
                 "= \"he\"; }, { type = \"dropout\"; rate = 0.5; }, { type = \"dense\"; init = "
                 "\"he\"; })");
    assert_value(c, 0, 1, "he");
    assert_value(c, 11, 1, "{ type = \"normal\"; sigma = 1.0; }");
    assert_value(c, 0, 2, "scale");
    assert_value(c, 3, 2, "none");
    assert_value(c, 1, 3, "7");
    assert_value(c, 0, 4, "0.25");
    assert_int_equal(clt_config_member(&member, c, 11), CLT_OK);
    assert_int_equal(member->n_layers, 3);
    assert_int_equal(member->layers[0].kind, CLT_LAYER_DENSE);
    assert_int_equal(member->layers[0].units, 3);
    assert_int_equal(member->layers[0].init, CLT_INIT_NORMAL);
    assert_true(member->layers[0].init_sigma == 1);
    assert_true(member->layers[1].rate == 0.25);
    assert_int_equal(member->data.normalize, CLT_NORMALIZE_NONE);
    assert_int_equal(member->train.learning_rate.step_size, 8);
    assert_int_equal(member->n_published, 0);
    assert_int_equal(member->n_expect, 0);
    clt_config_free(member);
    assert_int_equal(c->population_memory, 64);
    assert_int_equal(c->n_published, 2);
    assert_true(c->published[0].value == 1e-5 && c->published[0].metric == 0.5);
    assert_true(c->published[1].value == 1 && c->published[1].metric == 0.75);
    assert_int_equal(c->expect[0].of, CLT_EXPECT_MEAN);
    clt_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_make_a_grid_and_zip_joins),
        cmocka_unit_test(zip_joins_any_rows),
        cmocka_unit_test(a_member_is_a_config_of_its_own),
        cmocka_unit_test(the_member_of_a_plain_config_is_itself),
        cmocka_unit_test(a_large_population_loads),
        cmocka_unit_test(spaces_have_exact_ends),
        cmocka_unit_test(draws_follow_seed_row_and_number),
        cmocka_unit_test(written_draws_stay),
        cmocka_unit_test(values_of_every_kind_vary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
