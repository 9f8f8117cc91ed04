#include "gradients.h"

#include <math.h>
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
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    clt_text_add(&text,
                 "member,tensor,kind,samples,compared,left_out,norm_wise,elementwise,absolute,"
                 "share_below_1e-6,share_below_1.5e-8,step,verdict\n");
    for (size_t i = 0; i < gradients->n_tensors; i++) add_row(&text, gradients, i);
    char *csv = clt_text_take(&text), *path = clt_path_join(folder, "gradients.csv");
    if (!csv || !path) TRY(clt_fail(CLT_E_NOMEM, "%s/gradients.csv: out of memory", folder));
    TRY(clt_file_replace(path, csv, strlen(csv)));
done:
    free(csv);
    free(path);
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
