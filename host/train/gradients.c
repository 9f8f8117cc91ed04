#include "gradients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "file.h"
#include "json.h"
#include "text.h"

void clt_gradients_free(struct clt_gradients *gradients)
{
    if (!gradients) return;
    free(gradients->tensors);
    free(gradients);
}

/* ---- files ---- */

static void add_row(struct clt_text *text, const struct clt_gradients *gradients, size_t index)
{
    const struct clt_tensor_gradient *tensor = &gradients->tensors[index];
    const struct clt_gradient_error *error = &tensor->error;
    const double measures[] = {error->norm,       error->elementwise,  error->absolute,
                               error->below_1e_6, error->below_1_5e_8, gradients->step};
    clt_text_add(text, "%zu,%s,%s,%zu,%zu,%zu", tensor->member, tensor->tensor, tensor->kind,
                 gradients->samples, error->compared, tensor->left_out);
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        clt_text_add(text, ",");
        clt_csv_add_real(text, measures[i]);
    }
    clt_text_add(text, ",%s\n",
                 !tensor->passed           ? "wrong"
                 : tensor->within_rounding ? "within rounding"
                                           : "passed");
}

enum clt_status clt_gradients_write(const char *folder, const struct clt_gradients *gradients)
{
    struct clt_text text = {0};
    clt_text_add(&text,
                 "member,tensor,kind,samples,compared,left_out,norm_wise,elementwise,absolute,"
                 "share_below_1e-6,share_below_1.5e-8,step,verdict\n");
    for (size_t i = 0; i < gradients->n_tensors; i++) add_row(&text, gradients, i);
    char *csv = clt_text_take(&text);
    const enum clt_status st = clt_file_replace_text(folder, "gradients.csv", csv);
    free(csv);
    return st;
}

json_t *clt_tensor_gradient_json(const struct clt_tensor_gradient *tensor)
{
    const struct clt_gradient_error *error = &tensor->error;
    return json_pack("{s:I,s:s,s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:b,s:b}", "member",
                     (json_int_t)tensor->member, "tensor", tensor->tensor, "kind", tensor->kind,
                     "compared", (json_int_t)error->compared, "left_out",
                     (json_int_t)tensor->left_out, "norm_wise", clt_json_real(error->norm),
                     "elementwise", clt_json_real(error->elementwise), "absolute",
                     clt_json_real(error->absolute), "below_1e-6", clt_json_real(error->below_1e_6),
                     "below_1.5e-8", clt_json_real(error->below_1_5e_8), "within_rounding",
                     tensor->within_rounding, "passed", tensor->passed);
}

json_t *clt_gradients_json(const struct clt_gradients *gradients)
{
    json_t *tensors = json_array();
    for (size_t i = 0; i < gradients->n_tensors; i++)
        tensors = clt_json_append(tensors, clt_tensor_gradient_json(&gradients->tensors[i]));
    return json_pack(
        "{s:I,s:I,s:o,s:s,s:b,s:o}", "samples", (json_int_t)gradients->samples, "features",
        (json_int_t)gradients->features, "step", clt_json_real(gradients->step), "real",
        gradients->in_double ? "double" : "float", "passed", gradients->passed, "tensors", tensors);
}

/* ---- read back ---- */

static double real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static size_t count_of(const json_t *object, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (size_t)value : 0;
}

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static const char *kind_of(const json_t *object)
{
    static const char *const kinds[] = {"weight", "bias", "gamma", "beta"};
    const char *kind = json_string_value(json_object_get(object, "kind"));
    for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], kind) == 0) return kinds[i];
    return "";
}

static struct clt_tensor_gradient read_tensor(const json_t *json)
{
    struct clt_tensor_gradient tensor = {.kind = kind_of(json),
                                         .member = count_of(json, "member"),
                                         .left_out = count_of(json, "left_out"),
                                         .error = {.compared = count_of(json, "compared"),
                                                   .norm = real_of(json, "norm_wise"),
                                                   .elementwise = real_of(json, "elementwise"),
                                                   .absolute = real_of(json, "absolute"),
                                                   .below_1e_6 = real_of(json, "below_1e-6"),
                                                   .below_1_5e_8 = real_of(json, "below_1.5e-8")},
                                         .within_rounding = is_true(json, "within_rounding"),
                                         .passed = is_true(json, "passed")};
    const char *name = json_string_value(json_object_get(json, "tensor"));
    snprintf(tensor.tensor, sizeof tensor.tensor, "%s", name ? name : "");
    return tensor;
}

enum clt_status clt_gradients_read(struct clt_gradients **out, const json_t *json)
{
    const json_t *list = json_object_get(json, "tensors");
    const char *real = json_string_value(json_object_get(json, "real"));
    struct clt_gradients *gradients = calloc(1, sizeof *gradients);
    *out = gradients;
    if (gradients)
        gradients->tensors = calloc(json_array_size(list) + 1, sizeof *gradients->tensors);
    if (!gradients || !gradients->tensors)
        return clt_fail(CLT_E_NOMEM, "no memory for the check of gradients");
    gradients->samples = count_of(json, "samples");
    gradients->features = count_of(json, "features");
    gradients->step = real_of(json, "step");
    gradients->in_double = real && strcmp(real, "double") == 0;
    gradients->passed = is_true(json, "passed");
    for (size_t i = 0; i < json_array_size(list); i++)
        gradients->tensors[gradients->n_tensors++] = read_tensor(json_array_get(list, i));
    return CLT_OK;
}

/* ---- judgement ---- */

bool clt_gradients_selects(const char *wanted, const char *name, const char *kind)
{
    return !*wanted || strcmp(wanted, name) == 0 || strcmp(wanted, kind) == 0;
}

static bool counts(const struct clt_tensor_gradient *tensor,
                   const struct clt_expectation *expectation)
{
    const char *metric = expectation->metric;
    const bool ratio =
        strcmp(metric, "gradient_norm_wise") == 0 || strcmp(metric, "gradient_elementwise") == 0;
    return clt_gradients_selects(expectation->tensor, tensor->tensor, tensor->kind) &&
           (expectation->member < 0 || tensor->member == (size_t)expectation->member) &&
           !(ratio && tensor->within_rounding);
}

static double metric_of(const struct clt_gradient_error *error, const char *metric)
{
    if (strcmp(metric, "gradient_absolute") == 0) return error->absolute;
    if (strcmp(metric, "gradient_share_1e-6") == 0) return error->below_1e_6;
    if (strcmp(metric, "gradient_norm_wise") == 0) return error->norm;
    return error->elementwise;
}

const struct clt_tensor_gradient *clt_gradients_worst(double *measured,
                                                      const struct clt_gradients *gradients,
                                                      const struct clt_expectation *expectation)
{
    const struct clt_tensor_gradient *worst = NULL;
    const bool share = strcmp(expectation->metric, "gradient_share_1e-6") == 0;
    *measured = NAN;
    for (size_t i = 0; i < gradients->n_tensors; i++) {
        const struct clt_tensor_gradient *tensor = &gradients->tensors[i];
        const double value = metric_of(&tensor->error, expectation->metric);
        if (!counts(tensor, expectation)) continue;
        if (worst && (share ? value >= *measured : value <= *measured)) continue;
        worst = tensor;
        *measured = value;
        if (isnan(value)) break; /* nothing is worse */
    }
    return worst;
}
