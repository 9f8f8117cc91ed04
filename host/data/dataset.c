#include "dataset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "content.h"
#include "file.h"
#include "normalize.h"
#include "reader.h"

#define MOST_OWN_FILES 8 /* training files that a format has by itself */

static const struct clt_dataset_reader *reader_of(enum clt_dataset_format format)
{
    switch (format) {
    case CLT_DATASET_IDX: return &clt_idx_reader;
    case CLT_DATASET_CIFAR10: return &clt_cifar10_reader;
    case CLT_DATASET_CIFAR100: break;
    }
    return &clt_cifar100_reader;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* *folder = the one that holds the files: `path` or the subfolder that the archive unpacks to. */
static enum clt_status find_folder(char **folder, const struct clt_dataset_reader *reader,
                                   const char *path)
{
    *folder = NULL;
    if (!is_folder(path))
        return clt_fail(CLT_E_DATA, "%s: %s; %s", path,
                        clt_file_exists(path) ? "not a folder" : "no such folder", reader->remedy);
    if (reader->subfolder) {
        *folder = clt_path_join(path, reader->subfolder);
        if (*folder && is_folder(*folder)) return CLT_OK;
        free(*folder);
    }
    *folder = strdup(path);
    return *folder ? CLT_OK : clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
}

static enum clt_status append_file(struct clt_dataset *dataset,
                                   const struct clt_dataset_reader *reader, const char *folder,
                                   const char *name)
{
    enum clt_status st = CLT_OK;
    const size_t first = dataset->samples;
    TRY(reader->append(dataset, reader, folder, name));
    if (!dataset->headers_only)
        TRY(clt_dataset_note_content(dataset, name,
                                     (struct clt_range){first, dataset->samples - first}));
done:
    return st;
}

static enum clt_status append_part(struct clt_dataset *dataset, struct clt_range *part,
                                   const struct clt_dataset_reader *reader, const char *folder,
                                   struct clt_name_list files)
{
    enum clt_status st = CLT_OK;
    part->first = dataset->samples;
    for (size_t i = 0; i < files.count; i++) {
        TRY(clt_interrupt_check(&dataset->interrupt));
        TRY(append_file(dataset, reader, folder, files.names[i]));
    }
    part->count = dataset->samples - part->first;
done:
    return st;
}

static enum clt_status split_off_validation(struct clt_dataset *dataset, size_t count,
                                            const char *folder)
{
    struct clt_range *train = &dataset->train;
    if (count >= train->count)
        return clt_fail(CLT_E_DATA,
                        "%s: a validation part of %zu leaves nothing of the %zu training samples; "
                        "it must be smaller",
                        folder, count, train->count);
    train->count -= count;
    dataset->validation = (struct clt_range){train->first + train->count, count};
    return CLT_OK;
}

static size_t highest_label(const struct clt_dataset *dataset)
{
    size_t highest = 0;
    for (size_t i = 0; i < dataset->samples; i++)
        if (dataset->labels[i] > highest) highest = dataset->labels[i];
    return highest;
}

static struct clt_name_list names_or(const char *const *names, size_t count,
                                     struct clt_name_list otherwise)
{
    return count ? (struct clt_name_list){names, count} : otherwise;
}

static enum clt_status limit_training(struct clt_dataset *dataset, size_t samples,
                                      const char *folder)
{
    if (samples > dataset->train.count)
        return clt_fail(CLT_E_DATA, "%s: data.train_samples asks for %zu of %zu training samples",
                        folder, samples, dataset->train.count);
    if (samples) dataset->train.count = samples;
    return CLT_OK;
}

static bool is_among(const char *name, const struct clt_name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0) return true;
    return false;
}

/* A sample that trains and judges at once would make the judgement worthless. */
static enum clt_status check_apart(const struct clt_name_list *a, const char *a_part,
                                   const struct clt_name_list *b, const char *b_part)
{
    for (size_t i = 0; i < a->count; i++)
        if (is_among(a->names[i], b))
            return clt_fail(CLT_E_DATA, "data: %s is named in %s and in %s; name it in one of them",
                            a->names[i], a_part, b_part);
    return CLT_OK;
}

/* The format's own training files without those that validate. `kept` holds format->count names. */
static struct clt_name_list without(const char **kept, struct clt_name_list format,
                                    const struct clt_name_list *validation)
{
    size_t count = 0;
    assert(format.count <= MOST_OWN_FILES);
    for (size_t i = 0; i < format.count; i++)
        if (!is_among(format.names[i], validation)) kept[count++] = format.names[i];
    return (struct clt_name_list){kept, count};
}

/* The parts lie in the pool as they are read: training, validation, test. */
static enum clt_status read_parts(struct clt_dataset *dataset,
                                  const struct clt_dataset_reader *reader, const char *folder,
                                  const struct clt_dataset_options *options)
{
    enum clt_status st = CLT_OK;
    const struct clt_name_list validation = {options->validation, options->n_validation};
    const struct clt_name_list test = names_or(options->test, options->n_test, reader->test);
    const char *kept[MOST_OWN_FILES];
    const struct clt_name_list train =
        names_or(options->train, options->n_train, without(kept, reader->train, &validation));
    TRY(check_apart(&train, "data.train", &validation, "data.validation"));
    TRY(check_apart(&train, "data.train", &test, "data.test"));
    if (train.count == 0)
        TRY(clt_fail(
            CLT_E_DATA,
            "data.validation: names every training file, so that nothing is left to train on"));
    dataset->classes = reader->classes;
    TRY(append_part(dataset, &dataset->train, reader, folder, train));
    if (dataset->classes == 0) dataset->classes = highest_label(dataset) + 1;
    if (validation.count)
        TRY(append_part(dataset, &dataset->validation, reader, folder, validation));
    else
        TRY(split_off_validation(dataset, options->validation_count, folder));
    TRY(limit_training(dataset, options->train_samples, folder));
    TRY(append_part(dataset, &dataset->test, reader, folder, test));
    if (reader->class_names) TRY(reader->class_names(dataset, reader, folder));
done:
    return st;
}

enum clt_status clt_dataset_load(struct clt_dataset **out,
                                 const struct clt_dataset_options *options)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset_reader *reader = reader_of(options->format);
    char *folder = NULL;
    *out = NULL;
    struct clt_dataset *dataset = calloc(1, sizeof *dataset);
    if (!dataset) return clt_fail(CLT_E_NOMEM, "%s: out of memory", options->path);
    dataset->headers_only = options->headers_only;
    dataset->interrupt = options->interrupt;
    TRY(find_folder(&folder, reader, options->path));
    TRY(read_parts(dataset, reader, folder, options));
    TRY(clt_normalize(dataset, options->headers_only ? CLT_SCALING_NONE : options->scaling));
    *out = dataset;
    dataset = NULL;
done:
    free(folder);
    clt_dataset_free(dataset);
    return st;
}

void clt_dataset_keep_features(struct clt_dataset *dataset, size_t features)
{
    assert(features <= dataset->features);
    dataset->channels = dataset->height = 1;
    dataset->width = dataset->features = features;
}

void clt_dataset_keep_samples(struct clt_dataset *dataset, size_t samples)
{
    struct clt_range *train = &dataset->train; /* stands first in the pool */
    if (train->count > samples) train->count = samples;
    dataset->samples = train->count;
    dataset->validation = dataset->test = (struct clt_range){train->count, 0};
}

static void release(const struct clt_image_span *span)
{
    if (span->mapped)
        clt_input_unmap(span->memory, span->mapped);
    else
        free(span->memory);
}

enum clt_status clt_dataset_add_span(struct clt_dataset *dataset, const struct clt_image_span *span)
{
    struct clt_image_span *spans =
        realloc(dataset->spans, (dataset->n_spans + 1) * sizeof *dataset->spans);
    if (!spans) {
        release(span);
        return clt_fail(CLT_E_NOMEM, "no memory for the data set");
    }
    dataset->spans = spans;
    spans[dataset->n_spans++] = *span;
    return CLT_OK;
}

struct clt_image_span clt_dataset_images(const struct clt_dataset *dataset, size_t sample)
{
    const struct clt_image_span *span = dataset->spans;
    for (; sample >= span->count; span++) sample -= span->count;
    return (struct clt_image_span){.images = span->images + sample * span->stride,
                                   .count = span->count - sample,
                                   .stride = span->stride};
}

void clt_dataset_copy_images(uint8_t *out, const struct clt_dataset *dataset, size_t first,
                             size_t count)
{
    while (count > 0) {
        const struct clt_image_span span = clt_dataset_images(dataset, first);
        const size_t n = span.count < count ? span.count : count;
        for (size_t i = 0; i < n; i++, out += dataset->features)
            memcpy(out, span.images + i * span.stride, dataset->features);
        first += n;
        count -= n;
    }
}

void clt_dataset_drop_images(struct clt_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_spans; i++) release(&dataset->spans[i]);
    free(dataset->spans);
    dataset->spans = NULL;
    dataset->n_spans = 0;
}

void clt_dataset_free(struct clt_dataset *dataset)
{
    if (!dataset) return;
    for (size_t i = 0; dataset->class_names && i < dataset->classes; i++)
        free(dataset->class_names[i]);
    free(dataset->class_names);
    clt_dataset_drop_images(dataset);
    clt_dataset_forget_content(dataset);
    free(dataset->labels);
    free(dataset->mean);
    free(dataset->scale);
    free(dataset);
}
