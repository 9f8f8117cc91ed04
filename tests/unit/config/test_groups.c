/* Which members train as one run, and configs of some members alone. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void assert_groups(const struct clt_config *config, const size_t *expected, size_t n)
{
    size_t count, most = 0, group[64];
    assert_int_equal(config->members, n);
    assert_int_equal(clt_config_groups(group, &count, config), CLT_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(group[i], expected[i]);
        if (group[i] > most) most = group[i];
    }
    assert_int_equal(count, most + 1);
    assert_int_equal(clt_config_check_one_group(config), count > 1 ? CLT_E_CONFIG : CLT_OK);
}

static void groups_are_numbered_as_they_appear(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "kinds.cfg", NULL);
    assert_groups(c, (const size_t[]){0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, 12);
    clt_config_free(c);
    c = load_text("population = ( { key = \"train.l2\"; values = (1, 2); },\n"
                  "{ key = \"train.batch_size\"; values = (30, 20, 30); } );");
    assert_groups(c, (const size_t[]){0, 1, 0, 0, 1, 0}, 6);
    assert_non_null(strstr(clt_error_message(), "members 0 and 1 of the population differ in "
                                                "train.batch_size, so that they cannot train"));
    clt_config_free(c);
}

static void what_varies_by_member_makes_no_groups(void **state)
{
    (void)state;
    struct clt_config *c = load_text(
        "model = ( { type = \"dense\"; units = 2; init = \"he\"; }, { type = \"dropout\"; rate = "
        "0.1; }, { type = \"dense\"; init = { type = \"normal\"; sigma = 1; }; } );\n"
        "population = ( { key = \"seed\"; count = 2; },\n"
        "{ key = \"model[0].init\"; values = (\"he\", \"zeros\"); zip = true; },\n"
        "{ key = \"model[2].init.sigma\"; values = (1, 2); zip = true; },\n"
        "{ key = \"model[1].rate\"; values = (0.1, 0.2); zip = true; },\n"
        "{ key = \"train.learning_rate\"; values = (0.5, { policy = \"triangular\"; min = 0; max = "
        "1; step_size = 5; }); zip = true; } );");
    assert_groups(c, (const size_t[]){0, 0}, 2);
    clt_config_free(c);
}

static void a_cycle_is_a_length_only_where_cycles_are_counted(void **state)
{
    (void)state;
    static const char population[] =
        "train = { learning_rate = { policy = \"triangular\"; min = 0; max = 1; step_size = 5; }; "
        "epochs = 1; };\n"
        "population = ( { key = \"train.learning_rate.step_size\"; values = (5, 6, 5); } );";
    struct clt_config *c = load_text(population);
    assert_groups(c, (const size_t[]){0, 0, 0}, 3);
    clt_config_free(c);
    c = load_text(
        "train = { learning_rate = { policy = \"triangular\"; min = 0; max = 1; step_size "
        "= 5; }; epochs = 0; cycles = 1; };\n"
        "population = ( { key = \"train.learning_rate.step_size\"; values = (5, 6, 5); } );");
    assert_groups(c, (const size_t[]){0, 1, 0}, 3);
    clt_config_free(c);
    c = load_text(
        "train = { learning_rate = { policy = \"triangular\"; min = 0; max = 1; step_size "
        "= 5; }; epochs = 0; cycles = 1; };\n"
        "population = ( { key = \"train.learning_rate\"; values = (\n"
        "{ policy = \"triangular\"; min = 0; max = 1; step_size = 5; },\n"
        "{ policy = \"triangular\"; min = 0; max = 1; step_size = 6; },\n"
        "{ policy = \"triangular\"; min = 1; max = 2; step_size = 6; } ); } );");
    assert_groups(c, (const size_t[]){0, 1, 1}, 3);
    assert_non_null(strstr(clt_error_message(), "differ in train.learning_rate"));
    clt_config_free(c);
}

static void assert_same_text(const struct clt_config *a, const struct clt_config *b)
{
    char *x, *y;
    assert_int_equal(clt_config_write(&x, a), CLT_OK);
    assert_int_equal(clt_config_write(&y, b), CLT_OK);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

/* The config of some members has just these, and their values. */
static void assert_selects(const struct clt_config *config, const size_t *members, size_t n)
{
    struct clt_config *some, *a, *b, *again;
    char *text;
    assert_int_equal(clt_config_select(&some, config, members, n), CLT_OK);
    assert_int_equal(some->members, n);
    assert_int_equal(some->n_expect, 0);
    assert_int_equal(some->n_published, 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(clt_config_member(&a, config, members[i]), CLT_OK);
        assert_int_equal(clt_config_member(&b, some, i), CLT_OK);
        assert_same_text(a, b);
        clt_config_free(a);
        clt_config_free(b);
    }
    assert_int_equal(clt_config_write(&text, some), CLT_OK);
    assert_int_equal(clt_config_parse(&again, text, "config.cfg"), CLT_OK);
    assert_same_text(some, again);
    free(text);
    clt_config_free(again);
    clt_config_free(some);
}

static void members_can_be_selected(void **state)
{
    (void)state;
    struct clt_config *c =
        load_text("population = ( { key = \"train.l2\"; uniform = (1, 2); count = 3; },\n"
                  "{ key = \"train.batch_size\"; values = (30, 20); },\n"
                  "{ key = \"seed\"; count = 2; } );\n");
    assert_selects(c, (const size_t[]){0, 2, 3, 11}, 4);
    assert_selects(c, (const size_t[]){7}, 1);
    struct clt_config *some;
    assert_int_equal(clt_config_select(&some, c, (const size_t[]){2, 3, 6}, 3), CLT_OK);
    assert_int_equal(some->train.batch_size, 20); /* what the group shares stands in place */
    assert_int_equal(clt_config_check_one_group(some), CLT_OK);
    clt_config_free(some);
    clt_config_free(c);
    c = load(CONFIGS "kinds.cfg", NULL);
    assert_selects(c, (const size_t[]){6, 7, 8}, 3);
    assert_selects(c, (const size_t[]){0, 11}, 2);
    assert_int_equal(clt_config_select(&some, c, (const size_t[]){9, 11}, 2), CLT_OK);
    assert_int_equal(some->layers[0].units, 3);
    assert_int_equal(some->data.normalize, CLT_NORMALIZE_NONE);
    clt_config_free(some);
    clt_config_free(c);
    c = load_text("");
    assert_selects(c, (const size_t[]){0}, 1);
    clt_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_numbered_as_they_appear),
        cmocka_unit_test(what_varies_by_member_makes_no_groups),
        cmocka_unit_test(a_cycle_is_a_length_only_where_cycles_are_counted),
        cmocka_unit_test(members_can_be_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
