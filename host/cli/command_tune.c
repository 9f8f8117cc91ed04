/* command_tune.c - cltrain tune CONFIG */
#include <jansson.h>
#include <stdio.h>

#include "command.h"
#include "experiment.h"
#include "json.h"
#include "load.h"
#include "print.h"
#include "progress.h"
#include "stop.h"
#include "trainer.h"
#include "tuning.h"

#define DEFAULT_SECONDS 60

static enum clt_status tune(struct clt_experiment *experiment, struct clt_interrupt interrupt,
                            const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_progress progress;
    struct clt_trainer *trainer = NULL;
    const struct clt_observer nobody = {0};
    const struct clt_tuning_options tuning = {.seconds = options->seconds > 0 ? options->seconds
                                                                              : DEFAULT_SECONDS,
                                              .again = true,
                                              .clblast = true,
                                              .interrupt = interrupt,
                                              .self = &progress,
                                              .progress = clt_progress_tuning};
    clt_progress_start(&progress, NULL, options->quiet, false);
    TRY(clt_trainer_create(&trainer, experiment, &nobody)); /* asks for what training needs */
    TRY(clt_measurer_prepare(trainer->measurer));
    st = clt_gemm_tune(experiment->model->gemm, &tuning);
    clt_progress_end(&progress);
done:
    clt_trainer_free(trainer);
    return st;
}

/* GFLOP/s of the product at a time; 0 where there is none. */
static double speed(const struct clt_tuned *tuned, double seconds)
{
    const struct clt_product_size n = clt_product_size(&tuned->work);
    const double multiplications =
        (double)n.m * (double)n.n * (double)n.k * (double)tuned->work.dense.members;
    return seconds > 0 ? 2e-9 * multiplications / seconds : 0;
}

static void print_speed(double value)
{
    if (value > 0)
        printf("  %8.1f", value);
    else
        printf("  %8s", "");
}

static void print_table(const struct clt_experiment *experiment)
{
    size_t count;
    const struct clt_tuned *list = clt_gemm_tuned(experiment->model->gemm, &count);
    printf("%s, GFLOP/s\n\n%-58s  %8s  %8s  %8s  %s\n",
           clt_device_describe(experiment->device)->name, "product", "default", "tuned", "CLBlast",
           "method");
    for (size_t i = 0; i < count; i++) {
        char work[CLT_METHOD_TEXT], method[CLT_METHOD_TEXT];
        clt_asked_product_format(work, sizeof work, &list[i].work);
        clt_method_format(method, sizeof method, &list[i].method);
        printf("%-58s", work);
        print_speed(speed(&list[i], list[i].default_seconds));
        print_speed(speed(&list[i], list[i].seconds));
        print_speed(speed(&list[i], list[i].clblast_seconds));
        printf("  %s%s\n", method, list[i].measured ? "" : " (not measured)");
    }
    if (count == 0) printf("no product has a choice of methods\n");
}

static json_t *number_or_null(double value)
{
    return value > 0 ? clt_json_real(value) : json_null();
}

static enum clt_status print_json(const struct clt_experiment *experiment)
{
    size_t count;
    const struct clt_tuned *list = clt_gemm_tuned(experiment->model->gemm, &count);
    json_t *products = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct clt_tuned *tuned = &list[i];
        char work[CLT_METHOD_TEXT], method[CLT_METHOD_TEXT];
        clt_asked_product_format(work, sizeof work, &tuned->work);
        clt_method_format(method, sizeof method, &tuned->method);
        products = clt_json_append(
            products,
            json_pack("{s:s,s:s,s:b,s:o,s:o,s:o}", "product", work, "method", method, "measured",
                      tuned->measured, "gflops", number_or_null(speed(tuned, tuned->seconds)),
                      "default_gflops", number_or_null(speed(tuned, tuned->default_seconds)),
                      "clblast_gflops", number_or_null(speed(tuned, tuned->clblast_seconds))));
    }
    json_t *all = clt_json_set(json_object(), "device",
                               clt_json_string(clt_device_describe(experiment->device)->name));
    all = clt_json_set(all, "gemm_backend", json_string(clt_gemm_name(experiment->model->gemm)));
    return clt_print_json(clt_json_set(all, "products", products));
}

int clt_command_tune(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_config *config = NULL;
    struct clt_experiment *experiment = NULL;
    struct clt_stopping stopping;
    clt_stopping_start(&stopping, options);
    clt_stop_listen(NULL);
    TRY(clt_load_config(&config, options->operands[0], options));
    TRY(clt_experiment_create(&experiment, config,
                              &(struct clt_experiment_options){.device = options->device}));
    clt_stop_hold(); /* what has been measured is kept */
    const enum clt_status tuned = tune(experiment, clt_stopping_interrupt(&stopping), options);
    if (tuned != CLT_OK && tuned != CLT_E_OUTPUT) TRY(tuned);
    if (options->json)
        TRY(print_json(experiment));
    else
        print_table(experiment);
    st = tuned;
done:
    clt_experiment_free(experiment);
    clt_config_free(config);
    if (st != CLT_OK) return clt_exit_with(st);
    return clt_stop_signal() ? CLT_EXIT_SIGNAL + clt_stop_signal() : CLT_EXIT_OK;
}
