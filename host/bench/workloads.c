#include "workloads.h"

#include <math.h>
#include <stdlib.h>

#include "normalize.h"
#include "philox.h"
#include "text.h"

#define SAMPLES 10000
#define CLASSES 10

static const struct clt_workload workloads[] = {
    {"a1-softmax", "a1-softmax", NULL, false, 100, 1},
    {"a2-2layer", "a2-2layer", "50", false, 100, 1},
    {"a3-3layer-bn", "a3-3layer-bn", "50, 50", true, 100, 1},
    {"a3-9layer-bn", "a3-9layer-bn", "50, 30, 20, 20, 10, 10, 10, 10", true, 100, 1},
    {"wide-mlp", "wide-mlp", "1024, 1024", true, 256, 1},
    {"a2-2layer-8", "a2-2layer", "50", false, 100, 8},
    {"a2-2layer-32", "a2-2layer", "50", false, 100, 32},
};

const struct clt_workload *clt_workloads(size_t *count)
{
    *count = sizeof workloads / sizeof *workloads;
    return workloads;
}

/* From 1e-5 up to 1e-2, evenly in the logarithm. */
static void add_population(struct clt_text *text, size_t members)
{
    clt_text_add(text, "population = ( { key = \"train.l2\"; values = (");
    for (size_t p = 0; p < members; p++) {
        clt_text_add(text, p ? ", " : "");
        clt_text_add_shortest(text, pow(10, -5 + 3 * (double)p / (double)(members - 1)));
    }
    clt_text_add(text, "); } );\n");
}

enum clt_status clt_workload_config(struct clt_config **out, const struct clt_workload *workload,
                                    const char *gemm)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    *out = NULL;
    clt_text_add(&text, "name = \"%s\";\ndata = { format = \"cifar10\"; path = \".\"; };\n",
                 workload->name);
    clt_text_add(&text, "model = (");
    if (workload->hidden)
        clt_text_add(&text, " { type = \"mlp\"; hidden = [%s]; batch_norm = %s; },",
                     workload->hidden, workload->batch_norm ? "true" : "false");
    clt_text_add(&text, " { type = \"dense\"; } );\n");
    clt_text_add(&text,
                 "train = { batch_size = %zu; epochs = 1; learning_rate = 0.01; "
                 "l2 = 0.005; };\n",
                 workload->batch);
    if (workload->members > 1) add_population(&text, workload->members);
    clt_text_add(&text, "gemm = { backend = \"%s\"; };\n", gemm);
    char *config = clt_text_take(&text);
    if (!config) return clt_fail(CLT_E_NOMEM, "no memory for a config");
    TRY(clt_config_parse(out, config, workload->label));
done:
    free(config);
    return st;
}

static void fill_bytes(uint8_t *out, size_t count, uint32_t seed)
{
    const uint32_t key[2] = {seed, 0};
    uint32_t words[4];
    for (size_t i = 0; i < count; i++) {
        const uint32_t counter[4] = {(uint32_t)(i / 16), 0, 0, 0};
        if (i % 16 == 0) clt_philox4x32(words, counter, key);
        out[i] = (uint8_t)(words[i % 16 / 4] >> 8 * (i % 4));
    }
}

static void fill_labels(uint16_t *out, size_t count)
{
    const uint32_t key[2] = {2, 0};
    uint32_t words[4];
    for (size_t i = 0; i < count; i++) {
        const uint32_t counter[4] = {(uint32_t)(i / 4), 0, 0, 0};
        if (i % 4 == 0) clt_philox4x32(words, counter, key);
        out[i] = (uint16_t)(words[i % 4] % CLASSES);
    }
}

enum clt_status clt_workload_dataset(struct clt_dataset **out, size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_dataset *dataset = calloc(1, sizeof *dataset);
    *out = NULL;
    if (!dataset) return clt_fail(CLT_E_NOMEM, "no memory for the samples");
    dataset->channels = 3;
    dataset->height = dataset->width = 32;
    dataset->features = dataset->channels * dataset->height * dataset->width;
    dataset->classes = CLASSES;
    dataset->samples = dataset->train.count = SAMPLES / batch * batch;
    dataset->labels = calloc(dataset->samples, sizeof *dataset->labels);
    uint8_t *images = calloc(dataset->samples, dataset->features);
    if (!images || !dataset->labels) {
        free(images);
        TRY(clt_fail(CLT_E_NOMEM, "no memory for the samples"));
    }
    fill_bytes(images, dataset->samples * dataset->features, 1);
    const struct clt_image_span span = {
        .images = images, .count = dataset->samples, .stride = dataset->features, .memory = images};
    TRY(clt_dataset_add_span(dataset, &span));
    fill_labels(dataset->labels, dataset->samples);
    TRY(clt_normalize(dataset, CLT_SCALING_FEATURE));
    *out = dataset;
    dataset = NULL;
done:
    clt_dataset_free(dataset);
    return st;
}
