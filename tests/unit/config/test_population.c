/* Members of a population. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_make_a_grid_and_zip_joins),
        cmocka_unit_test(zip_joins_any_rows),
        cmocka_unit_test(a_member_is_a_config_of_its_own),
        cmocka_unit_test(the_member_of_a_plain_config_is_itself),
        cmocka_unit_test(a_large_population_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
