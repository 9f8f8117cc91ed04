/* Shapes, segments and initial values of a network; no device. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "model.h"
#include "networks.h"
#include "plan.h"

#define MEMBERS 4

static const struct clt_shape image = {3, 4, 5};

/* A network of `members` equal members. */
struct sample {
    struct clt_config configs[MEMBERS];
    const struct clt_config *members[MEMBERS];
    struct clt_network *network;
};

static enum clt_status create(struct sample *s, struct clt_layer_config *layers, size_t n_layers,
                              size_t members, struct clt_shape input)
{
    for (size_t p = 0; p < members; p++) {
        s->configs[p] = (struct clt_config){.layers = layers, .n_layers = n_layers};
        s->members[p] = &s->configs[p];
    }
    return clt_network_create(&s->network, s->members, members, input, 3);
}

static const struct wanted_segment {
    const char *name;
    enum clt_segment_kind kind;
    size_t layer, rank, dim[2], offset;
} wanted_segments[] = {
    {"1.weight", CLT_SEGMENT_WEIGHT, 1, 2, {7, 60}, 0},
    {"1.bias", CLT_SEGMENT_BIAS, 1, 1, {7, 1}, MEMBERS * 420},
    {"2.weight", CLT_SEGMENT_GAMMA, 2, 1, {7, 1}, MEMBERS * 427},
    {"2.bias", CLT_SEGMENT_BETA, 2, 1, {7, 1}, MEMBERS * 434},
    {"2.running_mean", CLT_SEGMENT_RUNNING_MEAN, 2, 1, {7, 1}, 0},
    {"2.running_var", CLT_SEGMENT_RUNNING_VAR, 2, 1, {7, 1}, MEMBERS * 7},
    {"5.weight", CLT_SEGMENT_WEIGHT, 5, 2, {3, 7}, MEMBERS * 441},
    {"5.bias", CLT_SEGMENT_BIAS, 5, 1, {3, 1}, MEMBERS * 462},
};

static void check_segment(const struct clt_network *network, size_t s)
{
    const struct clt_segment *got = &network->segments[s];
    const struct wanted_segment *wanted = &wanted_segments[s];
    assert_string_equal(got->name, wanted->name);
    assert_int_equal(got->kind, wanted->kind);
    assert_int_equal(got->layer, wanted->layer);
    assert_int_equal(got->rank, wanted->rank);
    assert_int_equal(got->dim[0], wanted->dim[0]);
    assert_int_equal(got->dim[1], wanted->dim[1]);
    assert_int_equal(got->size, wanted->dim[0] * wanted->dim[1]);
    assert_int_equal(got->offset, wanted->offset);
    assert_int_equal(clt_segment_is_decayed(got), wanted->kind == CLT_SEGMENT_WEIGHT);
    assert_int_equal(clt_segment_is_running(got), strstr(wanted->name, "running") != NULL);
    for (size_t p = 0; p < MEMBERS; p++)
        assert_int_equal(clt_network_offset(network, s, p), wanted->offset + p * got->size);
}

static void segments_lie_one_behind_the_other(void **state)
{
    struct clt_layer_config layers[] = {FLATTEN, DENSE(7), BATCH_NORM, RELU, DROPOUT, LAST};
    struct sample s;
    (void)state;
    MUST(create(&s, layers, 6, MEMBERS, image));
    assert_int_equal(s.network->n_segments, sizeof wanted_segments / sizeof *wanted_segments);
    for (size_t i = 0; i < s.network->n_segments; i++) check_segment(s.network, i);
    assert_int_equal(s.network->n_parameters, MEMBERS * 465);
    assert_int_equal(s.network->n_running, MEMBERS * 14);
    assert_int_equal(clt_network_parameter_count(s.network), 465);
    assert_true(clt_network_has_batch_norm(s.network));
    clt_network_free(s.network);
}

static void check_shape(struct clt_shape got, size_t channels, size_t height, size_t width)
{
    assert_int_equal(got.channels, channels);
    assert_int_equal(got.height, height);
    assert_int_equal(got.width, width);
}

static void only_dense_and_flatten_change_the_shape(void **state)
{
    struct clt_layer_config layers[] = {BATCH_NORM, RELU, SIGMOID, TANH,     LEAKY_RELU,
                                        DROPOUT,    LAST, FLATTEN, DENSE(3), FLATTEN};
    struct sample s;
    (void)state;
    MUST(create(&s, layers, 10, 1, image));
    for (size_t i = 0; i < 6; i++) check_shape(s.network->layers[i].out, 3, 4, 5);
    for (size_t i = 6; i < 10; i++) check_shape(s.network->layers[i].out, 1, 1, 3);
    for (size_t i = 1; i < 10; i++)
        assert_memory_equal(&s.network->layers[i].in, &s.network->layers[i - 1].out,
                            sizeof(struct clt_shape));
    assert_int_equal(clt_network_parameter_count(s.network), 2 * 60 + 3 * 61 + 3 * 4);
    clt_network_free(s.network);
    MUST(create(&s, (struct clt_layer_config[]){FLATTEN, LAST}, 2, 1, image));
    check_shape(s.network->layers[0].out, 1, 1, 60);
    assert_false(clt_network_has_batch_norm(s.network));
    clt_network_free(s.network);
}

static void check_refused(struct clt_layer_config *layers, size_t n_layers, size_t members,
                          const char *message)
{
    struct sample s;
    assert_int_equal(create(&s, layers, n_layers, members, image), CLT_E_SHAPE);
    assert_null(s.network);
    assert_string_equal(clt_error_message(), message);
}

static void scores_that_are_no_classes_are_refused(void **state)
{
    struct clt_layer_config layers[] = {DENSE(7), DENSE(4)};
    (void)state;
    layers[1].where = "x.cfg:14: model[1]";
    check_refused(layers, 2, 1, "x.cfg:14: model[1]: gives 4 scores, but the data has 3 classes");
}

static void weights_beyond_all_addresses_are_refused(void **state)
{
    struct clt_layer_config layers[] = {DENSE(SIZE_MAX / 60 + 1), LAST};
    (void)state;
    layers[0].where = layers[1].where = "x.cfg:14: model[0]";
    check_refused(layers, 2, 1,
                  "x.cfg:14: model[0]: 307445734561825861 x 60 weights for 1 members are too many "
                  "to address");
    layers[0].units = SIZE_MAX / 60 / 2; /* fits for one member */
    check_refused(layers, 2, 4,
                  "x.cfg:14: model[0]: 153722867280912930 x 60 weights for 4 members are too many "
                  "to address");
    layers[0].units = SIZE_MAX / 62; /* only together with the next layer too many */
    check_refused(layers, 2, 1,
                  "x.cfg:14: model[0]: 3 x 297528130221121800 weights for 1 members are too many "
                  "to address");
}

static void a_model_beyond_all_addresses_is_refused(void **state)
{
    struct clt_layer_config layers[] = {DENSE(SIZE_MAX / 128), LAST};
    const struct clt_model_options options = {.workspace = 1};
    struct clt_memory memory;
    struct sample s;
    size_t workspace;
    (void)state;
    MUST(create(&s, layers, 2, 1, image));
    assert_int_equal(clt_model_memory(&memory, s.network, &options), CLT_E_SHAPE);
    assert_string_equal(clt_error_message(), "the network is too large to address");
    assert_int_equal(clt_plan_workspace(&workspace, s.network, true, 256), CLT_E_SHAPE);
    assert_string_equal(clt_error_message(), "a batch of 256 samples is too large to address");
    clt_network_free(s.network);
}

/* --- initial values --- */

#define UNITS  200
#define INPUTS 300

struct values {
    struct clt_layer_config layers[4];
    struct sample sample;
    double *parameters, *running;
};

/* Three members, the first and last of the same seed; two equal layers and batch_norm. */
static void initialize(struct values *v, struct clt_layer_config dense)
{
    const struct clt_layer_config layers[] = {dense, BATCH_NORM, dense, LAST};
    struct sample *s = &v->sample;
    memcpy(v->layers, layers, sizeof layers);
    MUST(create(s, v->layers, 4, 3, (struct clt_shape){1, 1, INPUTS}));
    s->configs[0].seed = s->configs[2].seed = 5;
    s->configs[1].seed = 9;
    v->parameters = clt_allocate(s->network->n_parameters, sizeof *v->parameters);
    v->running = clt_allocate(s->network->n_running, sizeof *v->running);
    clt_network_initialize(s->network, CLT_DOUBLE, v->parameters, v->running);
}

static void values_free(struct values *v)
{
    clt_network_free(v->sample.network);
    free(v->parameters);
    free(v->running);
}

static const double *values_of(const struct values *v, size_t segment, size_t member)
{
    const struct clt_network *network = v->sample.network;
    return (clt_segment_is_running(&network->segments[segment]) ? v->running : v->parameters) +
           clt_network_offset(network, segment, member);
}

/* Within four standard errors; the share within one sigma tells a normal distribution (0.683) from
 * a uniform one (0.577). */
static void check_distribution(const double *x, size_t n, double sigma, double share)
{
    double sum = 0, squares = 0;
    size_t within = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        within += fabs(x[i]) < sigma;
    }
    const double count = (double)n, mean = sum / count, got = sqrt(squares / count - mean * mean);
    if (!(fabs(mean) < 4 * sigma / sqrt(count))) fail_msg("mean %g, sigma %g", mean, sigma);
    if (!(fabs(got / sigma - 1) < 4 / sqrt(2 * count))) fail_msg("sigma %g, not %g", got, sigma);
    if (!(fabs((double)within / count - share) < 2 / sqrt(count)))
        fail_msg("%g within sigma, not %g", (double)within / count, share);
}

static void check_init(struct clt_layer_config dense, double sigma, double share)
{
    struct values v;
    initialize(&v, dense);
    for (size_t p = 0; p < 3; p++)
        check_distribution(values_of(&v, 0, p), UNITS * INPUTS, sigma, share);
    values_free(&v);
}

#define DENSE_OF(...)                                                                              \
    (struct clt_layer_config)                                                                      \
    {                                                                                              \
        .units = UNITS, .where = "dense", __VA_ARGS__                                              \
    }

static void initial_weights_have_their_kinds_deviation(void **state)
{
    const double normal = 0.6827;
    (void)state;
    check_init(DENSE_OF(.init = CLT_INIT_HE), sqrt(2.0 / INPUTS), normal);
    check_init(DENSE_OF(.init = CLT_INIT_XAVIER), sqrt(2.0 / (INPUTS + UNITS)), normal);
    check_init(DENSE_OF(.init = CLT_INIT_LECUN), sqrt(1.0 / INPUTS), normal);
    check_init(DENSE_OF(.init = CLT_INIT_NORMAL, .init_sigma = 3e-4), 3e-4, normal);
    check_init(DENSE_OF(.init = CLT_INIT_UNIFORM, .init_limit = 0.7), 0.7 / sqrt(3), 0.5774);
}

static void uniform_weights_fill_their_interval(void **state)
{
    struct values v;
    double lowest = 0, highest = 0;
    (void)state;
    initialize(&v, DENSE_OF(.init = CLT_INIT_UNIFORM, .init_limit = 0.7));
    for (size_t i = 0; i < UNITS * INPUTS; i++) {
        const double x = values_of(&v, 0, 1)[i];
        lowest = x < lowest ? x : lowest;
        highest = x > highest ? x : highest;
    }
    assert_true(lowest > -0.7 && lowest < -0.699);
    assert_true(highest < 0.7 && highest > 0.699);
    values_free(&v);
}

static void all_but_weights_starts_at_its_neutral_value(void **state)
{
    struct values v;
    (void)state;
    initialize(&v, DENSE_OF(.init = CLT_INIT_ZEROS));
    const struct clt_network *network = v.sample.network;
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        const bool ones =
            segment->kind == CLT_SEGMENT_GAMMA || segment->kind == CLT_SEGMENT_RUNNING_VAR;
        if (segment->layer == 3 && segment->kind == CLT_SEGMENT_WEIGHT) continue;
        for (size_t i = 0; i < segment->size; i++)
            assert_true(values_of(&v, s, 2)[i] == (ones ? 1 : 0));
    }
    values_free(&v);
}

static void initial_weights_follow_the_seed_not_the_members_number(void **state)
{
    const size_t size = UNITS * INPUTS * sizeof(double);
    struct values v;
    (void)state;
    initialize(&v, DENSE_OF(.init = CLT_INIT_NORMAL, .init_sigma = 1));
    assert_memory_equal(values_of(&v, 0, 0), values_of(&v, 0, 2), size);
    assert_memory_not_equal(values_of(&v, 0, 0), values_of(&v, 0, 1), size);
    /* another layer draws others */
    assert_memory_not_equal(values_of(&v, 0, 0), values_of(&v, 6, 0), 100 * sizeof(double));
    values_free(&v);
}

static void initial_weights_in_float_are_rounded_ones(void **state)
{
    struct values v;
    (void)state;
    initialize(&v, DENSE_OF(.init = CLT_INIT_XAVIER));
    const struct clt_network *network = v.sample.network;
    float *parameters = clt_allocate(network->n_parameters, sizeof *parameters);
    float *running = clt_allocate(network->n_running, sizeof *running);
    clt_network_initialize(network, CLT_FLOAT, parameters, running);
    for (size_t i = 0; i < network->n_parameters; i++)
        assert_true(parameters[i] == (float)v.parameters[i]);
    for (size_t i = 0; i < network->n_running; i++) assert_true(running[i] == (float)v.running[i]);
    free(parameters);
    free(running);
    values_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_lie_one_behind_the_other),
        cmocka_unit_test(only_dense_and_flatten_change_the_shape),
        cmocka_unit_test(scores_that_are_no_classes_are_refused),
        cmocka_unit_test(weights_beyond_all_addresses_are_refused),
        cmocka_unit_test(a_model_beyond_all_addresses_is_refused),
        cmocka_unit_test(initial_weights_have_their_kinds_deviation),
        cmocka_unit_test(uniform_weights_fill_their_interval),
        cmocka_unit_test(all_but_weights_starts_at_its_neutral_value),
        cmocka_unit_test(initial_weights_follow_the_seed_not_the_members_number),
        cmocka_unit_test(initial_weights_in_float_are_rounded_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
