#include "gradcheck.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "differences.h"
#include "gradient_dump.h"
#include "gradients.h"
#include "philox.h"

#define SAMPLES 20 /* more of them put more activations next to their kinks */

/* A difference quotient is off by about epsilon * J / h from rounding and by h^2 from curvature:
 * with these h by 5e-11 in double and 1e-3 in float, where gradients are near 0.1. Smaller h in
 * float would drown them, larger ones send many activations past their kinks. */
#define STEP_DOUBLE      1e-5
#define STEP_FLOAT       3e-4
#define TOLERANCE_DOUBLE 1e-7
#define TOLERANCE_FLOAT  2e-2
/* A sum of n products in float is off by about sqrt(n) * 6e-8 of its size, 3e-6 for the 3072 inputs
 * of a CIFAR image, and every layer adds its own. */
#define TOLERANCE_TRAINING 1e-4
#define NOISE              4 /* roundings that add up */

static double epsilon_of(enum clt_real real)
{
    return real == CLT_DOUBLE ? DBL_EPSILON : (double)FLT_EPSILON;
}

/* The initial weights, exact in float. What starts at 0 or 1 (biases, gamma, beta) is moved off it
 * by up to 0.1, since a wrong factor of those would not show there. */
static enum clt_status choose_point(double *point, const struct clt_network *network)
{
    float *values = calloc(network->n_parameters + network->n_running, sizeof *values);
    if (!values) return clt_fail(CLT_E_NOMEM, "no memory for the initial weights");
    clt_network_initialize(network, CLT_FLOAT, values, values + network->n_parameters);
    for (size_t i = 0; i < network->n_parameters; i++) point[i] = (double)values[i];
    free(values);
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (clt_segment_is_running(segment) || segment->kind == CLT_SEGMENT_WEIGHT) continue;
        for (size_t p = 0; p < network->members; p++)
            for (size_t i = 0; i < segment->size; i++) {
                const double u = clt_random_uniform(network->configs[p]->seed, CLT_RANDOM_WEIGHTS,
                                                    (uint32_t)s, i);
                double *value = &point[clt_network_offset(network, s, p) + i];
                *value = (double)(float)(*value + 0.2 * u - 0.1);
            }
    }
    return CLT_OK;
}

/* --- rows --- */

static bool is_parameter(const struct clt_segment *segment)
{
    return !clt_segment_is_running(segment);
}

static struct clt_gradcheck_row compare(const struct clt_network *network, size_t segment,
                                        size_t member, const double *got, const double *wanted)
{
    const size_t offset = clt_network_offset(network, segment, member);
    struct clt_gradcheck_row row = {.segment = &network->segments[segment]};
    struct clt_tensor_gradient *tensor = &row.tensor;
    memcpy(tensor->tensor, row.segment->name, sizeof tensor->tensor);
    tensor->kind = clt_segment_kind_name(row.segment->kind);
    tensor->member = member;
    tensor->error = clt_gradient_compare(got + offset, wanted + offset, row.segment->size);
    row.got = got[offset + tensor->error.worst];
    row.wanted = wanted[offset + tensor->error.worst];
    return row;
}

static void judge(struct clt_tensor_gradient *tensor, const struct clt_gradcheck_table *table)
{
    const struct clt_gradient_error *error = &tensor->error;
    const bool by_norm = error->norm <= table->tolerance;
    tensor->within_rounding = !by_norm && error->absolute <= table->noise;
    tensor->passed = error->compared > 0 && (by_norm || tensor->within_rounding);
}

/* A row for each parameter tensor of each member. `left_out` [n_segments][members] may be NULL. */
static enum clt_status fill_table(struct clt_gradcheck_table *table,
                                  const struct clt_network *network, const double *got,
                                  const double *wanted, const size_t *left_out)
{
    table->rows = calloc(network->n_segments * network->members, sizeof *table->rows);
    if (!table->rows) return clt_fail(CLT_E_NOMEM, "no memory for the errors of the gradient");
    for (size_t p = 0; p < network->members; p++)
        for (size_t s = 0; s < network->n_segments; s++) {
            if (!is_parameter(&network->segments[s])) continue;
            struct clt_gradcheck_row *row = &table->rows[table->n_rows++];
            *row = compare(network, s, p, got, wanted);
            row->tensor.left_out = left_out ? left_out[s * network->members + p] : 0;
            judge(&row->tensor, table);
        }
    return CLT_OK;
}

static bool table_passed(const struct clt_gradcheck_table *table)
{
    for (size_t i = 0; i < table->n_rows; i++)
        if (!table->rows[i].tensor.passed) return false;
    return true;
}

/* --- the check --- */

struct gradients { /* [n_parameters] each */
    double *point; /* where all are taken */
    double *trained, *analytic, *numeric;
    size_t *left_out; /* [n_segments][members] */
};

static void gradients_free(struct gradients *g)
{
    free(g->point);
    free(g->trained);
    free(g->analytic);
    free(g->numeric);
    free(g->left_out);
}

static enum clt_status gradients_create(struct gradients *g, const struct clt_network *network)
{
    const size_t n = network->n_parameters;
    g->point = calloc(n, sizeof *g->point);
    g->trained = calloc(n, sizeof *g->trained);
    g->analytic = calloc(n, sizeof *g->analytic);
    g->numeric = calloc(n, sizeof *g->numeric);
    g->left_out = calloc(network->n_segments * network->members, sizeof *g->left_out);
    if (!g->point || !g->trained || !g->analytic || !g->numeric || !g->left_out)
        return clt_fail(CLT_E_NOMEM, "no memory for the gradients");
    return CLT_OK;
}

/* The step as it is trained; leaves the probe that all else is computed with: in double where the
 * device can. */
static enum clt_status take_steps(struct clt_gradcheck *check, struct gradients *g,
                                  const struct clt_config *config, struct clt_probe_options options)
{
    enum clt_status st = CLT_OK;
    options.real = CLT_FLOAT;
    TRY(clt_probe_create(&check->probe, config, &options));
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    check->backend = clt_gemm_name(experiment->model->gemm);
    TRY(gradients_create(g, experiment->network));
    TRY(choose_point(g->point, experiment->network));
    TRY(clt_probe_step(check->probe, g->trained, g->point));
    if (clt_device_describe(experiment->device)->fp64) {
        clt_probe_free(check->probe);
        options.real = CLT_DOUBLE;
        TRY(clt_probe_create(&check->probe, config, &options));
    }
    TRY(clt_probe_step(check->probe, g->analytic, g->point));
done:
    return st;
}

static double highest_loss(const double *losses, size_t members)
{
    double highest = 1;
    for (size_t p = 0; p < members; p++) highest = fmax(highest, losses[p]);
    return highest;
}

static enum clt_status check_differences(struct clt_gradcheck *check, struct gradients *g,
                                         size_t coordinates)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    const size_t members = experiment->config->members;
    struct clt_gradcheck_table *table = &check->differences;
    double *losses = calloc(members, sizeof *losses);
    if (!losses) return clt_fail(CLT_E_NOMEM, "no memory for the losses");
    TRY(clt_probe_losses(check->probe, losses));
    TRY(clt_differences(check->probe, g->numeric, g->left_out, g->point, check->step, coordinates));
    table->tolerance = experiment->real == CLT_DOUBLE ? TOLERANCE_DOUBLE : TOLERANCE_FLOAT;
    table->noise =
        NOISE * epsilon_of(experiment->real) * highest_loss(losses, members) / check->step;
    TRY(fill_table(table, experiment->network, g->analytic, g->numeric, g->left_out));
    for (size_t i = 0; i < table->n_rows; i++) {
        check->checked += table->rows[i].tensor.error.compared;
        check->left_out += table->rows[i].tensor.left_out;
    }
done:
    free(losses);
    return st;
}

static enum clt_status check_training(struct clt_gradcheck *check, const struct gradients *g)
{
    const struct clt_network *network = clt_probe_experiment(check->probe)->network;
    struct clt_gradcheck_table *table = &check->training;
    double largest = 1;
    for (size_t i = 0; i < network->n_parameters; i++)
        largest = fmax(largest, fabs(g->analytic[i]));
    table->tolerance = TOLERANCE_TRAINING;
    table->noise = NOISE * epsilon_of(CLT_FLOAT) * largest;
    return fill_table(table, network, g->trained, g->analytic, NULL);
}

double clt_gradcheck_share_left_out(const struct clt_gradcheck *check)
{
    const size_t visited = check->checked + check->left_out;
    return visited ? (double)check->left_out / (double)visited : 0;
}

static bool has_passed(const struct clt_gradcheck *check)
{
    return table_passed(&check->differences) && table_passed(&check->training) &&
           clt_gradcheck_share_left_out(check) <= CLT_GRADCHECK_LEFT_OUT;
}

/* `options` with the config's in place of each 0, and a number of samples. */
static struct clt_gradcheck_options complete(const struct clt_gradcheck_options *options,
                                             const struct clt_config *config)
{
    const struct clt_gradcheck_config *given = &config->gradcheck;
    const size_t batch = config->train.batch_size;
    struct clt_gradcheck_options all = *options;
    if (!all.samples) all.samples = given->samples;
    if (!all.samples) all.samples = batch < SAMPLES ? batch : SAMPLES;
    if (!all.coordinates) all.coordinates = given->coordinates;
    if (!all.features) all.features = given->features;
    if (!(all.step > 0)) all.step = given->step;
    return all;
}

enum clt_status clt_gradcheck_create(struct clt_gradcheck **out, const struct clt_config *config,
                                     const struct clt_gradcheck_options *options)
{
    enum clt_status st = CLT_OK;
    struct gradients g = {0};
    const struct clt_gradcheck_options all = complete(options, config);
    struct clt_gradcheck *check = calloc(1, sizeof *check);
    *out = NULL;
    if (!check) return clt_fail(CLT_E_NOMEM, "no memory for the check of the gradient");
    check->samples = all.samples;
    TRY(take_steps(check, &g, config,
                   (struct clt_probe_options){.device = all.device,
                                              .opened = all.opened,
                                              .interrupt = all.interrupt,
                                              .samples = all.samples,
                                              .features = all.features}));
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    check->step = all.step > 0                     ? all.step
                  : experiment->real == CLT_DOUBLE ? STEP_DOUBLE
                                                   : STEP_FLOAT;
    TRY(check_differences(check, &g, all.coordinates));
    if (experiment->real == CLT_DOUBLE) TRY(check_training(check, &g));
    if (all.dump)
        TRY(clt_gradient_dump(all.dump, check->probe, check->samples,
                              &(struct clt_gradient_vectors){g.point, g.analytic, g.numeric}));
    check->passed = has_passed(check);
    *out = check;
    check = NULL;
done:
    gradients_free(&g);
    clt_gradcheck_free(check);
    return st;
}

void clt_gradcheck_free(struct clt_gradcheck *check)
{
    if (!check) return;
    clt_probe_free(check->probe);
    free(check->differences.rows);
    free(check->training.rows);
    free(check);
}

/* --- as a run keeps it --- */

static enum clt_status copy_check(struct clt_gradients *out, const struct clt_gradcheck *check)
{
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    const struct clt_gradcheck_table *table = &check->differences;
    out->tensors = calloc(table->n_rows + 1, sizeof *out->tensors);
    if (!out->tensors) return clt_fail(CLT_E_NOMEM, "no memory for the check of the gradient");
    for (size_t i = 0; i < table->n_rows; i++) out->tensors[i] = table->rows[i].tensor;
    out->n_tensors = table->n_rows;
    out->features = experiment->dataset->features;
    out->step = check->step;
    out->in_double = experiment->real == CLT_DOUBLE;
    out->passed = check->passed;
    return CLT_OK;
}

enum clt_status clt_gradients_check(struct clt_gradients **out, const struct clt_config *config,
                                    struct clt_device *device, struct clt_interrupt interrupt)
{
    enum clt_status st = CLT_OK;
    struct clt_gradcheck *check = NULL;
    struct clt_gradients *gradients = calloc(1, sizeof *gradients);
    *out = NULL;
    if (!gradients) return clt_fail(CLT_E_NOMEM, "no memory for the check of the gradient");
    gradients->samples = config->gradcheck.samples;
    const struct clt_gradcheck_options options = {.opened = device, .interrupt = interrupt};
    st = clt_gradcheck_create(&check, config, &options);
    if (st == CLT_E_DIVERGED) st = CLT_OK; /* a check that fails, not a run */
    TRY(st);
    if (check) TRY(copy_check(gradients, check));
    *out = gradients;
    gradients = NULL;
done:
    clt_gradcheck_free(check);
    clt_gradients_free(gradients);
    return st;
}
