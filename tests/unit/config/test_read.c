/* What a config's keys and their defaults become. */
#include "support.h"

#include <math.h>
#include <string.h>

static void defaults_are_filled_in(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "plain.cfg", NULL);
    assert_string_equal(c->name, "plain");
    assert_int_equal(c->seed, 1);
    assert_string_equal(c->device, "");
    assert_int_equal(c->data.format, CLT_FORMAT_IDX);
    assert_string_equal(c->data.path, "/data");
    assert_int_equal(c->data.train.count + c->data.test.count, 0);
    assert_int_equal(c->data.validation_files.count + c->data.validation_count, 0);
    assert_int_equal(c->data.normalize, CLT_NORMALIZE_FEATURE);
    assert_false(c->data.augment.mirror);
    assert_int_equal(c->data.augment.shift, 0);
    assert_int_equal(c->train.loss, CLT_LOSS_SOFTMAX);
    assert_int_equal(c->data.seed, 0);
    assert_int_equal(c->n_layers, 1);
    assert_int_equal(c->layers[0].kind, CLT_LAYER_DENSE);
    assert_int_equal(c->layers[0].units, 0);
    assert_int_equal(c->layers[0].init, CLT_INIT_HE);
    assert_string_equal(c->layers[0].where, CONFIGS "plain.cfg:3: model[0]");
    assert_int_equal(c->train.batch_size, 100);
    assert_int_equal(c->train.epochs, 1);
    assert_int_equal(c->train.cycles + c->train.updates + c->train.stop_at_update, 0);
    assert_int_equal(c->train.early_stopping.patience, 0);
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_CONSTANT);
    assert_true(c->train.learning_rate.value == 0.1);
    assert_int_equal(c->train.optimizer.type, CLT_OPTIMIZER_SGD);
    assert_true(c->train.l2 == 0);
    assert_int_equal(c->train.shuffle, CLT_SHUFFLE_EPOCH);
    assert_int_equal(c->gemm.backend, CLT_GEMM_AUTO);
    assert_true(c->gemm.tune_seconds == 5);
    assert_int_equal(c->report.every_updates + c->report.train_samples, 0);
    assert_int_equal(c->gradcheck.samples + c->gradcheck.features, 0);
    assert_int_equal(c->gradcheck.coordinates, 50);
    assert_true(c->gradcheck.step == 0);
    assert_int_equal(c->n_expect, 0);
    assert_int_equal(c->members, 1);
    assert_int_equal(c->varied.count, 0);
    clt_config_free(c);
}

static void optimizers_are_read(void **state)
{
    static const char *const nesterov[] = {"train.optimizer={ type=\"sgd\"; nesterov=true; }",
                                           "train.optimizer.momentum=0.5", NULL};
    static const char *const adam[] = {"train.optimizer.type=adam", "train.optimizer.beta2=0.5",
                                       NULL};
    (void)state;
    struct clt_config *c = load(CONFIGS "plain.cfg", NULL);
    assert_true(c->train.optimizer.momentum == 0 && !c->train.optimizer.nesterov);
    clt_config_free(c);
    c = load(CONFIGS "plain.cfg", nesterov);
    assert_int_equal(c->train.optimizer.type, CLT_OPTIMIZER_SGD);
    assert_true(c->train.optimizer.momentum == 0.5 && c->train.optimizer.nesterov);
    clt_config_free(c);
    c = load(CONFIGS "plain.cfg", adam);
    assert_int_equal(c->train.optimizer.type, CLT_OPTIMIZER_ADAM);
    assert_true(c->train.optimizer.beta1 == 0.9 && c->train.optimizer.beta2 == 0.5);
    assert_true(c->train.optimizer.epsilon == 1e-8);
    clt_config_free(c);
}

static void scalars_are_read(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "full.cfg", NULL);
    assert_string_equal(c->name, "full \"quoted\" \\ name");
    assert_int_equal(c->seed, 9007199254740993);
    assert_string_equal(c->device, "0:1");
    assert_int_equal(c->data.format, CLT_FORMAT_CIFAR100);
    assert_string_equal(c->data.path, CONFIGS "part/../data");
    assert_int_equal(c->data.train.count, 2);
    assert_string_equal(c->data.train.name[0], "a");
    assert_string_equal(c->data.train.name[1], "bc");
    assert_int_equal(c->data.validation_files.count, 1);
    assert_string_equal(c->data.validation_files.name[0], "v");
    assert_int_equal(c->data.test.count, 1);
    assert_int_equal(c->data.device_memory, 14);
    assert_int_equal(c->data.normalize, CLT_NORMALIZE_NONE);
    assert_true(c->data.augment.mirror);
    assert_int_equal(c->data.augment.shift, 15);
    assert_int_equal(c->data.seed, 127);
    assert_int_equal(c->train.batch_size, 7);
    assert_int_equal(c->train.cycles, 3);
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_TRIANGULAR);
    assert_true(c->train.learning_rate.min == 1);
    assert_true(c->train.learning_rate.max == 250);
    assert_int_equal(c->train.learning_rate.step_size, 11);
    assert_int_equal(c->train.loss, CLT_LOSS_SIGMOID);
    assert_true(c->train.l2 == 5);
    assert_int_equal(c->train.shuffle, CLT_SHUFFLE_NONE);
    assert_int_equal(c->train.stop_at_update, 4294967296);
    assert_int_equal(c->train.early_stopping.patience, 4);
    assert_true(c->train.early_stopping.min_delta == 0.5);
    assert_int_equal(c->train.early_stopping.by, CLT_STOPPING_VAL_ACCURACY);
    assert_int_equal(c->train.learning_rate.warm_up, 6);
    assert_int_equal(c->gemm.backend, CLT_GEMM_NATIVE);
    assert_true(c->gemm.tune_seconds == 2.5);
    assert_int_equal(c->report.every_updates, 12);
    assert_int_equal(c->report.train_samples, 13);
    assert_int_equal(c->gradcheck.samples, 6);
    assert_int_equal(c->gradcheck.coordinates, 14);
    assert_int_equal(c->gradcheck.features, 15);
    assert_true(c->gradcheck.step == 1e-4);
    clt_config_free(c);
}

static void layers_are_read_and_mlp_is_expanded(void **state)
{
    (void)state;
    static const enum clt_layer_kind kinds[] = {
        CLT_LAYER_FLATTEN, CLT_LAYER_DENSE,      CLT_LAYER_BATCH_NORM, CLT_LAYER_LEAKY_RELU,
        CLT_LAYER_DROPOUT, CLT_LAYER_DENSE,      CLT_LAYER_BATCH_NORM, CLT_LAYER_TANH,
        CLT_LAYER_DENSE,   CLT_LAYER_BATCH_NORM, CLT_LAYER_TANH,       CLT_LAYER_DENSE,
        CLT_LAYER_SIGMOID, CLT_LAYER_RELU,       CLT_LAYER_DENSE};
    struct clt_config *c = load(CONFIGS "full.cfg", NULL);
    assert_int_equal(c->n_layers, sizeof kinds / sizeof kinds[0]);
    for (size_t i = 0; i < c->n_layers; i++) assert_int_equal(c->layers[i].kind, kinds[i]);
    assert_int_equal(c->layers[1].init, CLT_INIT_NORMAL);
    assert_true(c->layers[1].init_sigma == 0.1);
    assert_true(c->layers[2].momentum == 0);
    assert_true(c->layers[2].epsilon == 1e-3);
    assert_true(c->layers[3].slope == 0.30000000000000004);
    assert_true(c->layers[4].rate == 0.5);
    assert_int_equal(c->layers[5].units, 3);
    assert_int_equal(c->layers[8].units, 2);
    assert_int_equal(c->layers[8].init, CLT_INIT_UNIFORM);
    assert_true(c->layers[8].init_limit == 1);
    assert_true(c->layers[9].momentum == 0.9);
    assert_true(c->layers[9].epsilon == 1e-5);
    assert_string_equal(c->layers[9].where, CONFIGS "full.cfg:20: model[5]");
    assert_string_equal(c->layers[11].where, CONFIGS "full.cfg:22: model[6]");
    assert_int_equal(c->layers[11].init, CLT_INIT_ZEROS);
    assert_int_equal(c->layers[14].init, CLT_INIT_XAVIER);
    clt_config_free(c);
}

static void learning_rates_take_either_form(void **state)
{
    (void)state;
    struct clt_config *c = load_text("train = { learning_rate = 2; };");
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_CONSTANT);
    assert_true(c->train.learning_rate.value == 2);
    clt_config_free(c);
    c = load_text("train = { learning_rate = { value = 0.5; policy = \"constant\"; }; };");
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_CONSTANT);
    assert_true(c->train.learning_rate.value == 0.5);
    clt_config_free(c);
}

static void expectations_become_bounds(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "full.cfg", NULL);
    const struct clt_expectation *e = c->expect;
    assert_int_equal(c->n_expect, 4);
    assert_string_equal(e[0].metric, "test_accuracy");
    assert_string_equal(e[0].source, "a paper");
    assert_int_equal(e[0].member, 5);
    assert_true(e[0].value == 0.5 && e[0].low == 0.4 && e[0].high == 0.6);
    assert_int_equal(e[1].member, -1);
    assert_string_equal(e[1].source, "");
    assert_true(e[1].value == 2 && e[1].low == -INFINITY && e[1].high == 2);
    assert_true(e[2].value == 0 && e[2].low == 0 && e[2].high == INFINITY);
    assert_string_equal(e[2].note, "lower\nthan that");
    assert_string_equal(e[2].tensor, "0.weight");
    assert_true(e[3].value == 1.75 && e[3].low == 1 && e[3].high == 2.5);
    clt_config_free(c);
}

static void validation_takes_a_number(void **state)
{
    (void)state;
    struct clt_config *c = load_text("data = { validation = 5000; };");
    assert_int_equal(c->data.validation_count, 5000);
    assert_int_equal(c->data.validation_files.count, 0);
    clt_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(optimizers_are_read),
        cmocka_unit_test(scalars_are_read),
        cmocka_unit_test(layers_are_read_and_mlp_is_expanded),
        cmocka_unit_test(learning_rates_take_either_form),
        cmocka_unit_test(expectations_become_bounds),
        cmocka_unit_test(validation_takes_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
