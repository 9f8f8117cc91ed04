/* command_bench.c - cltrain bench [CONFIG...] */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmark.h"
#include "command.h"
#include "device.h"
#include "gemm_option.h"
#include "json.h"
#include "load.h"
#include "print.h"

#define DEFAULT_SECONDS 1.0

/* --- text --- */

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static double spread(const struct clt_rate *rate)
{
    return percent(rate->highest - rate->lowest, rate->median);
}

static void print_steps(const struct clt_benchmark *benchmark)
{
    if (benchmark->n_steps == 0) return;
    printf("\n%-20s  %7s  %9s  %7s  %9s  %8s  %8s\n", "training steps", "members", "steps/s",
           "spread", "GFLOP/s", "of FMA", "launches");
    for (size_t i = 0; i < benchmark->n_steps; i++) {
        const struct clt_benchmark_step *step = &benchmark->steps[i];
        const double gflops = clt_benchmark_step_gflops(step);
        printf("%-20s  %7zu  %9.1f  %5.1f %%  %9.1f  %6.1f %%  %8zu\n", step->workload,
               step->members, step->rate.median, spread(&step->rate), gflops,
               percent(gflops, benchmark->ceilings.fma_gflops), step->launches);
    }
}

static void print_products(const struct clt_benchmark *benchmark)
{
    if (benchmark->n_products == 0) return;
    printf("\n%-20s  %10s  %9s  %7s  %9s  %8s\n", "products, m x n x k", "transposed", "backend",
           "spread", "GFLOP/s", "of FMA");
    for (size_t i = 0; i < benchmark->n_products; i++) {
        const struct clt_benchmark_product *product = &benchmark->products[i];
        const struct clt_benchmark_shape *s = &product->shape;
        const double gflops = clt_benchmark_product_gflops(product);
        char shape[64];
        snprintf(shape, sizeof shape, "%zu x %zu x %zu", s->m, s->n, s->k);
        printf("%-20s  %10s  %9s  %5.1f %%  %9.1f  %6.1f %%\n", shape, s->trans_b ? "B" : "",
               product->backend, spread(&product->rate), gflops,
               percent(gflops, benchmark->ceilings.fma_gflops));
    }
}

static void print_tables(const struct clt_benchmark *benchmark, const struct clt_device *device)
{
    printf("%s: %.1f GFLOP/s of fused multiply-adds (FMA), copies %.1f GB/s\n",
           clt_device_describe(device)->name, benchmark->ceilings.fma_gflops,
           benchmark->ceilings.copy_gbs);
    print_steps(benchmark);
    print_products(benchmark);
}

/* --- JSON --- */

static json_t *describe_step(const struct clt_benchmark_step *step)
{
    json_t *json = clt_json_set(json_object(), "workload", clt_json_string(step->workload));
    json = clt_json_set(json, "members", json_integer((json_int_t)step->members));
    json = clt_json_set(json, "steps_per_second", clt_json_real(step->rate.median));
    json = clt_json_set(json, "lowest", clt_json_real(step->rate.lowest));
    json = clt_json_set(json, "highest", clt_json_real(step->rate.highest));
    json = clt_json_set(json, "gflops", clt_json_real(clt_benchmark_step_gflops(step)));
    json = clt_json_set(json, "launches", json_integer((json_int_t)step->launches));
    json = clt_json_set(json, "batch_size", json_integer((json_int_t)step->batch));
    return clt_json_set(json, "parameters", json_integer((json_int_t)step->parameters));
}

static json_t *describe_product(const struct clt_benchmark_product *product)
{
    const struct clt_benchmark_shape *s = &product->shape;
    json_t *json = clt_json_set(json_object(), "m", json_integer((json_int_t)s->m));
    json = clt_json_set(json, "n", json_integer((json_int_t)s->n));
    json = clt_json_set(json, "k", json_integer((json_int_t)s->k));
    json = clt_json_set(json, "trans_a", json_boolean(s->trans_a));
    json = clt_json_set(json, "trans_b", json_boolean(s->trans_b));
    json = clt_json_set(json, "backend", json_string(product->backend));
    const double gflops = clt_benchmark_product_gflops(product);
    const struct clt_rate *rate = &product->rate;
    json = clt_json_set(json, "gflops", clt_json_real(gflops));
    json = clt_json_set(json, "lowest", clt_json_real(gflops * rate->lowest / rate->median));
    return clt_json_set(json, "highest", clt_json_real(gflops * rate->highest / rate->median));
}

static enum clt_status print_json(const struct clt_benchmark *benchmark,
                                  const struct clt_device *device)
{
    json_t *ceilings =
        clt_json_set(json_object(), "fma_gflops", clt_json_real(benchmark->ceilings.fma_gflops));
    ceilings = clt_json_set(ceilings, "copy_gbs", clt_json_real(benchmark->ceilings.copy_gbs));
    json_t *steps = json_array(), *products = json_array();
    for (size_t i = 0; i < benchmark->n_steps; i++)
        steps = clt_json_append(steps, describe_step(&benchmark->steps[i]));
    for (size_t i = 0; i < benchmark->n_products; i++)
        products = clt_json_append(products, describe_product(&benchmark->products[i]));
    json_t *all =
        clt_json_set(json_object(), "device", clt_json_string(clt_device_describe(device)->name));
    all = clt_json_set(all, "ceilings", ceilings);
    all = clt_json_set(all, "steps", steps);
    return clt_print_json(clt_json_set(all, "gemm", products));
}

/* --- the command --- */

static void tell(void *self, const char *label)
{
    const bool *quiet = self;
    if (!*quiet) fprintf(stderr, "measuring %s\n", label);
}

static enum clt_status load_configs(struct clt_config **out, const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    if (options->n_only && options->n_operands)
        TRY(clt_fail(CLT_E_USAGE, "--only chooses from what is measured without a config"));
    for (size_t i = 0; i < options->n_operands; i++)
        TRY(clt_load_config(&out[i], options->operands[i], options));
done:
    return st;
}

/* That of --device, of the first config, or the default. */
static enum clt_status open_device(struct clt_device **out, struct clt_config *const *configs,
                                   const struct clt_options *options)
{
    const char *selector = options->n_operands ? configs[0]->device : NULL;
    return clt_device_open(out, options->device ? options->device : selector);
}

int clt_command_bench(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_benchmark *benchmark = NULL;
    bool quiet = options->quiet;
    struct clt_config **configs = calloc(options->n_operands + 1, sizeof(struct clt_config *));
    if (!configs) return clt_exit_with(clt_fail(CLT_E_NOMEM, "no memory for the configs"));
    const struct clt_benchmark_options measure = {
        .seconds = options->seconds > 0 ? options->seconds : DEFAULT_SECONDS,
        .gemm = clt_gemm_option(options),
        .only = options->only,
        .n_only = options->n_only,
        .configs = configs,
        .n_configs = options->n_operands,
        .begins = tell,
        .self = &quiet,
    };
    TRY(load_configs(configs, options));
    TRY(open_device(&device, configs, options));
    TRY(clt_benchmark_run(&benchmark, device, &measure));
    if (options->json)
        TRY(print_json(benchmark, device));
    else
        print_tables(benchmark, device);
done:
    clt_benchmark_free(benchmark);
    clt_device_close(device);
    for (size_t i = 0; i < options->n_operands; i++) clt_config_free(configs[i]);
    free(configs);
    return clt_exit_with(st);
}
