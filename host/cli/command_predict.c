/* command_predict.c - cltrain predict RUNDIR DATA... */
#include <cltrain/cltrain.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "csv.h"
#include "file.h"
#include "json.h"
#include "load.h"
#include "print.h"

/* A classifier, what it was given and what it made of it. */
struct predictions {
    struct clt_classifier *classifier;
    struct clt_images *images;
    float *probabilities; /* [samples][classes] */
    size_t samples, classes;
    size_t *order; /* [classes]: of one sample, most probable first */
    size_t shown;  /* of them */
};

static void predictions_free(struct predictions *predictions)
{
    free(predictions->order);
    free(predictions->probabilities);
    clt_images_free(predictions->images);
    clt_classifier_free(predictions->classifier);
}

/* RUNDIR, or one of its member files. */
static enum clt_status find_network(char **path, const struct clt_options *options)
{
    struct stat info;
    char name[64];
    const char *operand = options->operands[0];
    if (stat(operand, &info) == 0 && !S_ISDIR(info.st_mode)) {
        *path = strdup(operand);
    } else {
        snprintf(name, sizeof name, "checkpoint/%s/member-%03ld.safetensors", options->checkpoint,
                 options->member < 0 ? 0 : options->member);
        *path = clt_path_join(operand, name);
    }
    if (!*path) return clt_fail(CLT_E_NOMEM, "%s: out of memory", operand);
    if (clt_file_exists(*path)) return CLT_OK;
    return clt_fail(
        CLT_E_DATA,
        "%s: there is no such network; name the run directory of a run, or of a stage of a "
        "study, and a member and checkpoint that it has",
        *path);
}

static enum clt_status predict(struct predictions *out, struct clt_device *device,
                               const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    char *path = NULL;
    TRY(find_network(&path, options));
    TRY(clt_classifier_load(&out->classifier, device, path));
    TRY(clt_images_create(&out->images, clt_classifier_input(out->classifier)));
    for (size_t i = 1; i < options->n_operands; i++)
        TRY(clt_images_append(out->images, options->operands[i]));
    out->samples = clt_images_count(out->images);
    out->classes = clt_classifier_classes(out->classifier);
    out->shown = options->top_k < out->classes ? options->top_k : out->classes;
    out->probabilities = calloc(out->samples * out->classes, sizeof *out->probabilities);
    out->order = calloc(out->classes, sizeof *out->order);
    if (!out->probabilities || !out->order) {
        st = clt_fail(CLT_E_NOMEM, "no memory for %zu predictions", out->samples);
        goto done;
    }
    TRY(clt_classifier_predict(out->probabilities, out->classifier, clt_images_pixels(out->images),
                               out->samples));
done:
    free(path);
    return st;
}

/* Moves the first `shown` of the order to their places: equals stay in the order of their numbers,
 * so that the first is clt_best_class(). Where all are NaN nothing moves. */
static void rank(struct predictions *predictions, const float *p)
{
    size_t *order = predictions->order;
    for (size_t c = 0; c < predictions->classes; c++) order[c] = c;
    for (size_t k = 0; k < predictions->shown; k++) {
        size_t best = k;
        for (size_t c = k + 1; c < predictions->classes; c++)
            if (p[order[c]] > p[order[best]]) best = c;
        const size_t found = order[best];
        for (size_t c = best; c > k; c--) order[c] = order[c - 1];
        order[k] = found;
    }
}

/* ---- CSV ---- */

static void add_class(struct clt_text *line, const struct predictions *predictions, size_t class,
                      double probability)
{
    const char *name = clt_classifier_class_name(predictions->classifier, class);
    clt_text_add(line, ",");
    if (name)
        clt_csv_add_text(line, name);
    else
        clt_text_add(line, "%zu", class);
    clt_text_add(line, ",");
    clt_csv_add_real(line, probability);
}

static void print_header(const struct predictions *predictions)
{
    printf("file,index,class,probability");
    for (size_t k = 2; k <= predictions->shown; k++) printf(",class_%zu,probability_%zu", k, k);
    printf("\n");
}

static enum clt_status print_csv(struct predictions *predictions)
{
    print_header(predictions);
    for (size_t i = 0; i < predictions->samples; i++) {
        const struct clt_image_origin origin = clt_images_origin(predictions->images, i);
        const float *p = predictions->probabilities + i * predictions->classes;
        struct clt_text line = {0};
        rank(predictions, p);
        clt_csv_add_text(&line, origin.file);
        clt_text_add(&line, ",%zu", origin.index);
        for (size_t k = 0; k < predictions->shown; k++)
            add_class(&line, predictions, predictions->order[k], (double)p[predictions->order[k]]);
        char *text = clt_text_take(&line);
        if (!text) return clt_fail(CLT_E_NOMEM, "no memory for a line of output");
        clt_text_make_shown(text); /* a name of a file may be anything */
        puts(text);
        free(text);
    }
    return CLT_OK;
}

/* ---- JSON ---- */

static json_t *class_json(const struct predictions *predictions, size_t class, double probability)
{
    const char *name = clt_classifier_class_name(predictions->classifier, class);
    json_t *json = clt_json_set(json_object(), "class", json_integer((json_int_t) class));
    if (name) json = clt_json_set(json, "name", clt_json_string(name));
    return clt_json_set(json, "probability", clt_json_real(probability));
}

static json_t *sample_json(struct predictions *predictions, size_t sample)
{
    const struct clt_image_origin origin = clt_images_origin(predictions->images, sample);
    const float *p = predictions->probabilities + sample * predictions->classes;
    json_t *json = clt_json_set(json_object(), "file", clt_json_string(origin.file));
    json_t *classes = json_array();
    json = clt_json_set(json, "index", json_integer((json_int_t)origin.index));
    rank(predictions, p);
    for (size_t k = 0; k < predictions->shown; k++)
        classes = clt_json_append(classes, class_json(predictions, predictions->order[k],
                                                      (double)p[predictions->order[k]]));
    return clt_json_set(json, "classes", classes);
}

static enum clt_status print_json(struct predictions *predictions)
{
    json_t *samples = json_array();
    for (size_t i = 0; i < predictions->samples; i++)
        samples = clt_json_append(samples, sample_json(predictions, i));
    return clt_print_json(clt_json_set(json_object(), "predictions", samples));
}

int clt_command_predict(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct predictions predictions = {0};
    struct clt_device *device = NULL;
    TRY(clt_load_device(&device, options));
    TRY(predict(&predictions, device, options));
    TRY(options->json ? print_json(&predictions) : print_csv(&predictions));
done:
    predictions_free(&predictions);
    clt_device_close(device);
    return clt_exit_with(st);
}
