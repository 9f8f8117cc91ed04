/* command_gradcheck.c - cltrain gradcheck CONFIG */
#include <jansson.h>
#include <stdio.h>

#include "command.h"
#include "gradcheck.h"
#include "gradients.h"
#include "json.h"
#include "load.h"
#include "print.h"
#include "stop.h"

static bool is_double(const struct clt_gradcheck *check)
{
    return clt_probe_experiment(check->probe)->real == CLT_DOUBLE;
}

/* --- text --- */

static void print_rows(const struct clt_gradcheck_table *table)
{
    printf("%6s  %-16s  %8s  %8s  %9s  %11s  %9s  %7s  %9s\n", "member", "tensor", "compared",
           "left out", "norm-wise", "elementwise", "absolute", "< 1e-6", "< 1.5e-8");
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct clt_tensor_gradient *tensor = &table->rows[i].tensor;
        const struct clt_gradient_error *error = &tensor->error;
        printf("%6zu  %-16s  %8zu  %8zu  %9.1e  %11.1e  %9.1e  %6.1f%%  %8.1f%%%s\n",
               tensor->member, tensor->tensor, error->compared, tensor->left_out, error->norm,
               error->elementwise, error->absolute, 100 * error->below_1e_6,
               100 * error->below_1_5e_8,
               !tensor->passed           ? "  wrong"
               : tensor->within_rounding ? "  within rounding"
                                         : "");
    }
    printf("bounds: norm-wise %.0e, or absolute %.1e, what rounding can do\n", table->tolerance,
           table->noise);
}

static void print_report(const struct clt_gradcheck *check)
{
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    printf("%s on %s: %zu samples of %zu features\n\n", experiment->config->name,
           clt_device_describe(experiment->device)->name, check->samples,
           experiment->dataset->features);
    printf("the step's gradient against central differences, in %s%s, h = %g\n",
           is_double(check) ? "double" : "float",
           is_double(check) ? "" : " since the device has no fp64", check->step);
    print_rows(&check->differences);
    printf("left out: %zu of %zu coordinates, where an activation passes its kink\n",
           check->left_out, check->checked + check->left_out);
    if (!is_double(check)) return;
    printf("\nthe step as it is trained, in float with the %s GEMM, against the one in double\n",
           check->backend);
    print_rows(&check->training);
}

/* --- JSON --- */

/* Where in its tensor element `number` stands. */
static json_t *index_of(const struct clt_segment *segment, size_t number)
{
    if (segment->rank == 1) return json_pack("[I]", (json_int_t)number);
    return json_pack("[I,I]", (json_int_t)(number / segment->dim[1]),
                     (json_int_t)(number % segment->dim[1]));
}

static json_t *describe_row(const struct clt_gradcheck_row *row)
{
    json_t *json = clt_tensor_gradient_json(&row->tensor);
    json = clt_json_set(json, "worst", index_of(row->segment, row->tensor.error.worst));
    json = clt_json_set(json, "got", clt_json_real(row->got));
    return clt_json_set(json, "wanted", clt_json_real(row->wanted));
}

static json_t *describe_table(const struct clt_gradcheck_table *table)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < table->n_rows; i++)
        rows = clt_json_append(rows, describe_row(&table->rows[i]));
    json_t *json = clt_json_set(json_object(), "tolerance", clt_json_real(table->tolerance));
    json = clt_json_set(json, "noise", clt_json_real(table->noise));
    return clt_json_set(json, "tensors", rows);
}

static enum clt_status print_json(const struct clt_gradcheck *check)
{
    const struct clt_experiment *experiment = clt_probe_experiment(check->probe);
    json_t *all = clt_json_set(json_object(), "name", clt_json_string(experiment->config->name));
    all =
        clt_json_set(all, "device", clt_json_string(clt_device_describe(experiment->device)->name));
    all = clt_json_set(all, "real", json_string(is_double(check) ? "double" : "float"));
    all = clt_json_set(all, "gemm_backend", json_string(check->backend));
    all = clt_json_set(all, "step", clt_json_real(check->step));
    all = clt_json_set(all, "samples", json_integer((json_int_t)check->samples));
    all = clt_json_set(all, "features", json_integer((json_int_t)experiment->dataset->features));
    all = clt_json_set(all, "checked", json_integer((json_int_t)check->checked));
    all = clt_json_set(all, "left_out", json_integer((json_int_t)check->left_out));
    all = clt_json_set(all, "differences", describe_table(&check->differences));
    all = clt_json_set(all, "training",
                       is_double(check) ? describe_table(&check->training) : json_null());
    all = clt_json_set(all, "passed", json_boolean(check->passed));
    return clt_print_json(all);
}

/* --- the verdict --- */

static void complain_about(const struct clt_gradcheck_table *table, const char *what)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct clt_gradcheck_row *row = &table->rows[i];
        const struct clt_tensor_gradient *tensor = &row->tensor;
        const size_t columns = row->segment->dim[1], worst = tensor->error.worst;
        char place[48];
        if (tensor->passed) continue;
        if (row->segment->rank == 1)
            snprintf(place, sizeof place, "%zu", worst);
        else
            snprintf(place, sizeof place, "%zu,%zu", worst / columns, worst % columns);
        fprintf(stderr,
                "cltrain: member %zu, %s[%s]: the gradient is %.9g, %s gives %.9g; norm-wise error "
                "%.2e of %zu elements\n",
                tensor->member, tensor->tensor, place, row->got, what, row->wanted,
                tensor->error.norm, tensor->error.compared);
    }
}

static void complain(const struct clt_gradcheck *check)
{
    complain_about(&check->differences, "the difference");
    complain_about(&check->training, "the step in double");
    const double left_out = clt_gradcheck_share_left_out(check);
    if (left_out > CLT_GRADCHECK_LEFT_OUT)
        fprintf(stderr,
                "cltrain: %.1f %% of the coordinates are left out, more than %.0f %%; use a "
                "smaller --step or fewer --samples\n",
                100 * left_out, 100 * CLT_GRADCHECK_LEFT_OUT);
}

int clt_command_gradcheck(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_gradcheck *check = NULL;
    int code = CLT_EXIT_OK;
    clt_stop_listen(NULL); /* there is nothing to lose */
    TRY(clt_load_config(&config, options->operands[0], options));
    TRY(clt_gradcheck_create(&check, config,
                             &(struct clt_gradcheck_options){.device = options->device,
                                                             .samples = options->samples,
                                                             .coordinates = options->coordinates,
                                                             .features = options->features,
                                                             .step = options->step,
                                                             .dump = options->dump}));
    if (options->json)
        TRY(print_json(check));
    else
        print_report(check);
    if (!check->passed) {
        complain(check);
        code = CLT_EXIT_MISSED;
    }
done:
    clt_gradcheck_free(check);
    clt_config_free(config);
    return st == CLT_OK ? code : clt_exit_with(st);
}
