/* soak.c - trains, stops, resumes, measures and classifies by the public library, over and over in
 * one process, and frees all of it each time.
 *
 * usage: soak shared|own native|clblast CONFIG STUDY IMAGES
 * shared: one device for all of it; own: each run and classifier opens one, and builds its programs
 * again. native, clblast: gemm.backend. IMAGES: what clt_images_append() takes.
 *
 * For each line on standard input, the path of an empty folder, one round is made there, and a line
 * on standard output tells how many objects of OpenCL are alive (-1: opencl_layer.c of
 * tests/support/ is not there) and the bytes that malloc() has given out. Driven by soak.py. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cltrain/cltrain.h>

#define STUDY_EVERY 6 /* rounds */
#define PATH_SIZE   512

struct soak {
    struct clt_device *device; /* NULL: each has its own */
    const char *backend;       /* as a set */
    const char *config, *study, *images;
    unsigned long round;
    unsigned long rows; /* of all reports, so that they are looked at */
};

/* What the rounds differ in, each beside the others' population, batch normalisation and dropout.
 */
static const char *const variants[] = {
    "train.optimizer={ type = \"sgd\"; momentum = 0.9; }",
    "train.optimizer={ type = \"adam\"; }",
    "data.device_memory=1", /* streams */
    "data.augment={ mirror = true; shift = 2; }",
};
#define N_VARIANTS (sizeof variants / sizeof *variants)

static void report(void *self, const struct clt_report *report)
{
    ((struct soak *)self)->rows += report->n_rows;
}

static enum clt_status measure(struct clt_run *run, size_t members)
{
    char *json = NULL;
    struct clt_measure *measures = calloc(members, sizeof *measures);
    if (!measures) return CLT_E_NOMEM;
    enum clt_status status = clt_run_evaluate(measures, run, CLT_SPLIT_TEST);
    if (status == CLT_OK) status = clt_run_json(&json, run);
    free(json);
    free(measures);
    return status;
}

/* Up to an update in the middle. */
static enum clt_status begin(struct soak *soak, const char *folder)
{
    struct clt_config *config = NULL;
    struct clt_run *run = NULL;
    const struct clt_observer observer = {.self = soak, .report = report};
    const char *const sets[] = {variants[soak->round % N_VARIANTS], soak->backend,
                                "train.stop_at_update=3"};
    enum clt_status status = clt_config_load(&config, soak->config, sets, 3);
    if (status == CLT_OK) status = clt_run_create(&run, soak->device, config);
    if (status == CLT_OK) status = clt_run_train(run, folder, &observer);
    if (status == CLT_OK) status = measure(run, clt_config_members(config));
    clt_run_free(run);
    clt_config_free(config);
    return status;
}

static enum clt_status resume(struct soak *soak, const char *folder, const char *network)
{
    struct clt_run *run = NULL;
    const struct clt_observer observer = {.self = soak, .report = report};
    const struct clt_resume_options options = {.n_sets = 0};
    enum clt_status status = clt_run_resume(&run, soak->device, folder, &options);
    if (status == CLT_OK) status = clt_run_train(run, NULL, &observer);
    if (status == CLT_OK) status = clt_run_save(run, network, 0);
    clt_run_free(run);
    return status;
}

static enum clt_status classify(const struct soak *soak, const char *network)
{
    struct clt_classifier *classifier = NULL;
    struct clt_images *images = NULL;
    float *probabilities = NULL;
    enum clt_status status = clt_classifier_load(&classifier, soak->device, network);
    if (status == CLT_OK) status = clt_images_create(&images, clt_classifier_input(classifier));
    if (status == CLT_OK) status = clt_images_append(images, soak->images);
    if (status == CLT_OK) {
        const size_t n = clt_images_count(images);
        probabilities = calloc(n * clt_classifier_classes(classifier), sizeof *probabilities);
        status = probabilities ? clt_classifier_predict(probabilities, classifier,
                                                        clt_images_pixels(images), n)
                               : CLT_E_NOMEM;
    }
    free(probabilities);
    clt_images_free(images);
    clt_classifier_free(classifier);
    return status;
}

static enum clt_status train_study(struct soak *soak, const char *folder)
{
    struct clt_study_config *config = NULL;
    struct clt_study *study = NULL;
    char *json = NULL;
    const struct clt_study_observer observer = {.run = {.self = soak, .report = report}};
    enum clt_status status = clt_study_config_load(&config, soak->study, &soak->backend, 1);
    if (status == CLT_OK) status = clt_study_create(&study, soak->device, config);
    if (status == CLT_OK) status = clt_study_train(study, folder, &observer);
    if (status == CLT_OK) status = clt_study_json(&json, study);
    free(json);
    clt_study_free(study);
    clt_study_config_free(config);
    return status;
}

static enum clt_status make_round(struct soak *soak, const char *folder)
{
    char run[PATH_SIZE], network[PATH_SIZE], study[PATH_SIZE];
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(network, sizeof network, "%s/network.safetensors", folder);
    snprintf(study, sizeof study, "%s/study", folder);
    enum clt_status status = begin(soak, run);
    if (status == CLT_OK) status = resume(soak, run, network);
    if (status == CLT_OK) status = classify(soak, network);
    if (status == CLT_OK && soak->round % STUDY_EVERY == 0) status = train_study(soak, study);
    soak->round++;
    return status;
}

/* Of this process; -1 where no layer counts them. */
static long live_objects(void)
{
    union {
        void *address;
        unsigned long (*count)(void);
    } symbol = {NULL};
    const char *path = getenv("OPENCL_LAYERS");
    void *layer = path ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
    if (!layer) return -1;
    symbol.address = dlsym(layer, "opencl_layer_live_objects");
    const long count = symbol.address ? (long)symbol.count() : -1;
    dlclose(layer);
    return count;
}

static enum clt_status make_rounds(struct soak *soak)
{
    char folder[PATH_SIZE / 2];
    enum clt_status status = CLT_OK;
    while (status == CLT_OK && fgets(folder, sizeof folder, stdin)) {
        folder[strcspn(folder, "\n")] = '\0';
        status = make_round(soak, folder);
        if (status == CLT_OK) printf("%ld %zu\n", live_objects(), mallinfo2().uordblks);
        fflush(stdout);
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s shared|own native|clblast CONFIG STUDY IMAGES\n", argv[0]);
        return 2;
    }
    const bool clblast = strcmp(argv[2], "clblast") == 0;
    struct soak soak = {.backend = clblast ? "gemm.backend=clblast" : "gemm.backend=native",
                        .config = argv[3],
                        .study = argv[4],
                        .images = argv[5]};
    enum clt_status status = CLT_OK;
    if (strcmp(argv[1], "shared") == 0) status = clt_device_open(&soak.device, NULL);
    if (status == CLT_OK) status = make_rounds(&soak);
    clt_device_close(soak.device);
    if (status != CLT_OK) fprintf(stderr, "round %lu: %s\n", soak.round, clt_error_message());
    return status != CLT_OK || soak.rows == 0;
}
