#include "content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Rows of a span that lie side by side are one piece. */
static void add_images(XXH3_state_t *state, const struct clt_dataset *dataset,
                       struct clt_range range)
{
    while (range.count > 0) {
        const struct clt_image_span span = clt_dataset_images(dataset, range.first);
        const size_t n = span.count < range.count ? span.count : range.count;
        if (span.stride == dataset->features)
            XXH3_128bits_update(state, span.images, n * dataset->features);
        else
            for (size_t i = 0; i < n; i++)
                XXH3_128bits_update(state, span.images + i * span.stride, dataset->features);
        range.first += n;
        range.count -= n;
    }
}

enum clt_status clt_dataset_note_content(struct clt_dataset *dataset, const char *name,
                                         struct clt_range range)
{
    enum clt_status st = CLT_OK;
    const uint64_t shape[] = {dataset->channels, dataset->height, dataset->width, range.count};
    struct clt_data_file *files =
        realloc(dataset->files, (dataset->n_files + 1) * sizeof *dataset->files);
    if (files) dataset->files = files;
    XXH3_state_t *state = XXH3_createState();
    char *copy = strdup(name);
    if (!files || !state || !copy || XXH3_128bits_reset(state) != XXH_OK) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the data set");
        goto done;
    }
    XXH3_128bits_update(state, shape, sizeof shape);
    add_images(state, dataset, range);
    XXH3_128bits_update(state, dataset->labels + range.first,
                        range.count * sizeof *dataset->labels);
    const XXH128_hash_t hash = XXH3_128bits_digest(state);
    struct clt_data_file *file = &files[dataset->n_files++];
    snprintf(file->hash, sizeof file->hash, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
             (uint64_t)hash.low64);
    file->name = copy;
    copy = NULL;
done:
    XXH3_freeState(state);
    free(copy);
    return st;
}

void clt_dataset_forget_content(struct clt_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_files; i++) free(dataset->files[i].name);
    free(dataset->files);
    dataset->files = NULL;
    dataset->n_files = 0;
}
