/* --set */
#include "support.h"

#include <stdlib.h>

static const char plain[] = CONFIGS "plain.cfg";
static const char full[] = CONFIGS "full.cfg";

static void values_replace(void **state)
{
    (void)state;
    static const char *const sets[] = {"train.l2=1",
                                       "train.batch_size=200",
                                       "train.l2=1e-3",
                                       "data.path=/x y",
                                       "device=gpu",
                                       "data.train=(\"p\", \"q\")",
                                       "data.train[1]=r",
                                       "data.validation=[\"s\"]",
                                       "train.learning_rate={ policy = \"triangular\"; min = 0; "
                                       "max = 1; step_size = 3; }",
                                       "train.learning_rate.max=2",
                                       "report.every_updates=4 # a note",
                                       "name=a = b;",
                                       NULL};
    struct clt_config *c = load(plain, sets);
    assert_true(c->train.l2 == 1e-3);
    assert_int_equal(c->train.batch_size, 200);
    assert_string_equal(c->data.path, "/x y");
    assert_string_equal(c->device, "gpu");
    assert_int_equal(c->data.train.count, 2);
    assert_string_equal(c->data.train.name[1], "r");
    assert_string_equal(c->data.validation_files.name[0], "s");
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_TRIANGULAR);
    assert_true(c->train.learning_rate.max == 2);
    assert_int_equal(c->report.every_updates, 4);
    assert_string_equal(c->name, "a = b;");
    clt_config_free(c);
}

static void list_entries_are_reached(void **state)
{
    (void)state;
    static const char *const sets[] = {"model[1].units=64",
                                       "model[1].init.sigma=2",
                                       "model[6].init=lecun",
                                       "model[9].init={ type = \"uniform\"; limit = 3; }",
                                       "model[8].type=tanh",
                                       "model[5].hidden[1]=8",
                                       "expect[1].metric=val_accuracy",
                                       "expect[1].at_most=0.25",
                                       "population[0].values[2]=7",
                                       NULL};
    struct clt_config *c = load(full, sets);
    char *value;
    assert_int_equal(c->layers[1].units, 64);
    assert_true(c->layers[1].init_sigma == 2);
    assert_int_equal(c->layers[11].init, CLT_INIT_LECUN);
    assert_int_equal(c->layers[14].init, CLT_INIT_UNIFORM);
    assert_int_equal(c->layers[13].kind, CLT_LAYER_TANH);
    assert_int_equal(c->layers[8].units, 8);
    assert_string_equal(c->expect[1].metric, "val_accuracy");
    assert_true(c->expect[1].high == 0.25);
    assert_int_equal(clt_config_varied_value(&value, c, 5, 0), CLT_OK);
    assert_string_equal(value, "7");
    clt_config_free(c);
    free(value);
}

static void one_length_takes_the_place_of_another(void **state)
{
    (void)state;
    static const char *const sets[] = {"train.cycles=0", "train.epochs=2", NULL};
    struct clt_config *c = load(full, sets);
    assert_int_equal(c->train.cycles, 0);
    assert_int_equal(c->train.epochs, 2);
    clt_config_free(c);
}

/* A --set that is refused, and how. */
struct refusal {
    const char *set;
    enum clt_status status;
    const char *message;
};

#define ONE_VALUE                                                                                  \
    " is not one value; write it as in a config: a number, \"text\", true, ( a, list ) or "        \
    "{ a = group; }"
#define FORM ": must be path=value, such as train.l2=0.1 or model[0].units=64"

static void wrong_ones_are_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"train.l2=x", CLT_E_USAGE, "--set train.l2=x: x" ONE_VALUE},
        {"train.l2=", CLT_E_USAGE, "--set train.l2=: nothing" ONE_VALUE},
        {"train.l2=1; seed = 2", CLT_E_USAGE, "--set train.l2=1; seed = 2: 1; seed = 2" ONE_VALUE},
        {"seed=1 seed2=2", CLT_E_USAGE, "--set seed=1 seed2=2: 1 seed2=2" ONE_VALUE},
        {"model=[0, 1e-3]", CLT_E_USAGE,
         "--set model=[0, 1e-3]: [0, 1e-3] is not one value; numbers of mixed kind go in ( ), such "
         "as (0, 1e-3)"},
        {"train.l2", CLT_E_USAGE, "--set train.l2" FORM},
        {"=1", CLT_E_USAGE, "--set =1" FORM},
        {".l2=1", CLT_E_USAGE, "--set .l2=1" FORM},
        {"train.=1", CLT_E_USAGE, "--set train.=1" FORM},
        {"train..l2=1", CLT_E_USAGE, "--set train..l2=1" FORM},
        {"model[0=1", CLT_E_USAGE, "--set model[0=1" FORM},
        {"model[]=1", CLT_E_USAGE, "--set model[]=1" FORM},
        {"model[0]units=1", CLT_E_USAGE, "--set model[0]units=1" FORM},
        {"[0]=1", CLT_E_USAGE, "--set [0]=1" FORM},
        {"model[1].units=3", CLT_E_USAGE,
         "--set model[1].units=3: model has 1 entries, counted from 0"},
        {"model[1]={}", CLT_E_USAGE, "--set model[1]={}: model has 1 entries, counted from 0"},
        {"train[0]=1", CLT_E_USAGE, "--set train[0]=1: train is not a list here"},
        {"train.learning_rate.max=1", CLT_E_USAGE,
         "--set train.learning_rate.max=1: train.learning_rate is not a group here"},
        {"base=x.cfg", CLT_E_USAGE, "--set base=x.cfg: the base is read before any --set"},
        {"seed=4294967396", CLT_E_CONFIG,
         "--set seed=4294967396: 4294967396 is beyond 32 bits and needs the suffix L"},
        {"seed=1 \n@include \"x\"\n", CLT_E_CONFIG,
         "--set seed=1 \n@include \"x\"\n: @include: only a file may include"},
        {"train.learning_rte=0.1", CLT_E_CONFIG,
         "--set train.learning_rte=0.1: train.learning_rte: no such key; did you mean "
         "learning_rate?"},
        {"studies.x=1", CLT_E_CONFIG, "--set studies.x=1: studies: no such key"},
        {"model[0].unit=x", CLT_E_CONFIG,
         "--set model[0].unit=x: model[0].unit: no such key for type dense; did you mean units?"},
        {"train.batch_size=0", CLT_E_CONFIG,
         "--set train.batch_size=0: train.batch_size: must be at least 1, got 0"},
        {"train.epochs=1.5", CLT_E_CONFIG,
         "--set train.epochs=1.5: train.epochs: must be a whole number, got 1.5"},
        {"data.format=\"idx\"", CLT_E_CONFIG,
         "--set data.format=\"idx\": data.format: must be one of idx, cifar10, cifar100, got "
         "\"\\\"idx\\\"\""},
        {"train.updates=3", CLT_E_CONFIG,
         "--set train.updates=3: train.updates: exactly one of epochs, cycles and updates may be "
         "given, and epochs is too: set one of them to 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const sets[] = {cases[i].set, NULL};
        assert_refused(plain, sets, cases[i].status, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_replace),
        cmocka_unit_test(list_entries_are_reached),
        cmocka_unit_test(one_length_takes_the_place_of_another),
        cmocka_unit_test(wrong_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
