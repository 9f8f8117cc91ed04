#include "benchmark.h"

#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "workloads.h"

#define CEILING_SHARE 0.25 /* of a measurement's time, spent on the ceilings before it */

/* What is under way. */
struct session {
    const struct clt_benchmark_options *options;
    struct clt_device *device;
    struct clt_benchmark *benchmark;
    double *fma, *copy; /* what the ceilings were each time */
    size_t n_ceilings;
};

double clt_benchmark_step_gflops(const struct clt_benchmark_step *step)
{
    return step->operations * step->rate.median * 1e-9;
}

double clt_benchmark_product_gflops(const struct clt_benchmark_product *product)
{
    const struct clt_benchmark_shape *s = &product->shape;
    return 2.0 * (double)s->m * (double)s->n * (double)s->k * product->rate.median * 1e-9;
}

void clt_benchmark_free(struct clt_benchmark *benchmark)
{
    if (!benchmark) return;
    for (size_t i = 0; i < benchmark->n_steps; i++) free(benchmark->steps[i].workload);
    free(benchmark->steps);
    free(benchmark->products);
    free(benchmark);
}

/* ---- which of them ---- */

/* Workloads first, then products; NULL behind the last. */
static const char *label_of(size_t item)
{
    size_t n_workloads, n_products;
    const struct clt_workload *workloads = clt_workloads(&n_workloads);
    const struct clt_product_case *products = clt_product_cases(&n_products);
    if (item < n_workloads) return workloads[item].label;
    item -= n_workloads;
    return item < n_products ? products[item].label : NULL;
}

static bool is_label(const char *name)
{
    for (size_t i = 0; label_of(i); i++)
        if (strcmp(label_of(i), name) == 0) return true;
    return false;
}

static bool names(const char *name, const char *label)
{
    return is_label(name) ? strcmp(name, label) == 0 : strncmp(name, label, strlen(name)) == 0;
}

static bool is_chosen(const struct clt_benchmark_options *options, const char *label)
{
    for (size_t i = 0; i < options->n_only; i++)
        if (names(options->only[i], label)) return true;
    return options->n_only == 0;
}

static enum clt_status check_names(const struct clt_benchmark_options *options)
{
    for (size_t i = 0; i < options->n_only; i++) {
        size_t item = 0;
        while (label_of(item) && !names(options->only[i], label_of(item))) item++;
        if (!label_of(item))
            return clt_fail(CLT_E_USAGE,
                            "nothing to measure is called %s, or begins so; there are %s to %s",
                            options->only[i], label_of(0), label_of(item - 1));
    }
    return CLT_OK;
}

/* ---- measuring ---- */

static enum clt_status begin(struct session *session, const char *label)
{
    enum clt_status st = CLT_OK;
    const struct clt_benchmark_options *options = session->options;
    struct clt_ceilings ceilings;
    if (options->begins) options->begins(options->self, label);
    TRY(clt_ceilings_measure(&ceilings, session->device, options->seconds * CEILING_SHARE));
    session->fma[session->n_ceilings] = ceilings.fma_gflops;
    session->copy[session->n_ceilings++] = ceilings.copy_gbs;
done:
    return st;
}

static enum clt_status measure_steps(struct session *session, const char *label,
                                     const struct clt_config *config, struct clt_dataset *dataset)
{
    struct clt_benchmark *benchmark = session->benchmark;
    const enum clt_status st = begin(session, label);
    if (st != CLT_OK) {
        clt_dataset_free(dataset);
        return st;
    }
    return clt_measure_steps(&benchmark->steps[benchmark->n_steps++], session->device, config,
                             dataset, session->options->seconds);
}

static enum clt_status measure_workload(struct session *session,
                                        const struct clt_workload *workload)
{
    static const char *const gemms[] = {[CLT_BACKEND_AUTO] = "auto",
                                        [CLT_BACKEND_CLBLAST] = "clblast",
                                        [CLT_BACKEND_NATIVE] = "native"};
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_dataset *dataset;
    TRY(clt_workload_config(&config, workload, gemms[session->options->gemm]));
    TRY(clt_workload_dataset(&dataset, workload->batch));
    TRY(measure_steps(session, workload->label, config, dataset));
done:
    clt_config_free(config);
    return st;
}

static enum clt_status measure_products(struct session *session, enum clt_gemm_choice choice)
{
    enum clt_status st = CLT_OK;
    struct clt_benchmark *benchmark = session->benchmark;
    struct clt_gemm *gemm;
    size_t n;
    const struct clt_product_case *cases = clt_product_cases(&n);
    TRY(clt_gemm_create(&gemm, session->device, choice, CLT_FLOAT));
    for (size_t i = 0; i < n; i++) {
        if (!is_chosen(session->options, cases[i].label)) continue;
        TRY(begin(session, cases[i].label));
        TRY(clt_measure_product(&benchmark->products[benchmark->n_products++], session->device,
                                gemm, cases[i].shape, session->options->seconds));
    }
done:
    clt_gemm_free(gemm);
    return st;
}

static enum clt_status is_native(bool *out, struct clt_device *device, enum clt_gemm_choice choice)
{
    struct clt_gemm *gemm;
    const enum clt_status st = clt_gemm_create(&gemm, device, choice, CLT_FLOAT);
    if (st == CLT_OK) *out = strcmp(clt_gemm_name(gemm), "native") == 0;
    clt_gemm_free(gemm);
    return st;
}

static enum clt_status measure_all(struct session *session)
{
    enum clt_status st = CLT_OK;
    const struct clt_benchmark_options *options = session->options;
    size_t n;
    bool native;
    const struct clt_workload *workloads = clt_workloads(&n);
    for (size_t i = 0; i < options->n_configs; i++)
        TRY(measure_steps(session, options->configs[i]->name, options->configs[i], NULL));
    if (options->n_configs) return CLT_OK;
    for (size_t i = 0; i < n; i++)
        if (is_chosen(options, workloads[i].label)) TRY(measure_workload(session, &workloads[i]));
    TRY(is_native(&native, session->device, options->gemm));
    TRY(measure_products(session, CLT_BACKEND_NATIVE));
    if (!native) TRY(measure_products(session, options->gemm));
done:
    return st;
}

static enum clt_status allocate(struct session *session)
{
    size_t n_workloads, n_products;
    struct clt_benchmark *benchmark = calloc(1, sizeof *benchmark);
    clt_workloads(&n_workloads);
    clt_product_cases(&n_products);
    const size_t n_steps = n_workloads + session->options->n_configs;
    const size_t most = n_steps + 2 * n_products;
    session->benchmark = benchmark;
    session->fma = calloc(most, sizeof *session->fma);
    session->copy = calloc(most, sizeof *session->copy);
    if (benchmark) {
        benchmark->steps = calloc(n_steps, sizeof *benchmark->steps);
        benchmark->products = calloc(2 * n_products, sizeof *benchmark->products);
    }
    if (!benchmark || !benchmark->steps || !benchmark->products || !session->fma || !session->copy)
        return clt_fail(CLT_E_NOMEM, "no memory for the measurements");
    return CLT_OK;
}

enum clt_status clt_benchmark_run(struct clt_benchmark **out, struct clt_device *device,
                                  const struct clt_benchmark_options *options)
{
    enum clt_status st = CLT_OK;
    struct session session = {.options = options, .device = device};
    *out = NULL;
    TRY(check_names(options));
    TRY(allocate(&session));
    TRY(measure_all(&session));
    session.benchmark->ceilings = (struct clt_ceilings){
        .fma_gflops = clt_median(session.fma, session.n_ceilings),
        .copy_gbs = clt_median(session.copy, session.n_ceilings),
    };
    *out = session.benchmark;
    session.benchmark = NULL;
done:
    clt_benchmark_free(session.benchmark);
    free(session.fma);
    free(session.copy);
    return st;
}
