#include <inttypes.h>
#include <stdlib.h>

#include "checked.h"
#include "reader.h"

/* Growth where nothing but the data can tell how many there are. */
#define CHUNK ((size_t)16 << 20)

enum clt_status clt_pool_set_shape(struct clt_dataset *dataset, const struct clt_input *input,
                                   uint64_t offset, const size_t shape[3])
{
    size_t features;
    if (!clt_multiply(&features, shape[0], shape[1]) ||
        !clt_multiply(&features, features, shape[2]) || features > SIZE_MAX / sizeof(uint64_t))
        return clt_input_fail(input, offset, "images of %zu x %zu x %zu cannot be held in memory",
                              shape[0], shape[1], shape[2]);
    if (features == 0)
        return clt_input_fail(input, offset, "images of %zu x %zu x %zu have no pixels", shape[0],
                              shape[1], shape[2]);
    if (dataset->features == 0) {
        dataset->channels = shape[0];
        dataset->height = shape[1];
        dataset->width = shape[2];
        dataset->features = features;
    }
    if (shape[0] != dataset->channels || shape[1] != dataset->height || shape[2] != dataset->width)
        return clt_input_fail(input, offset,
                              "images of %zu x %zu x %zu (channels, height, width), but those of "
                              "the files before are %zu x %zu x %zu",
                              shape[0], shape[1], shape[2], dataset->channels, dataset->height,
                              dataset->width);
    return CLT_OK;
}

static enum clt_status no_memory(size_t bytes)
{
    return clt_fail(CLT_E_NOMEM, "no memory for %zu bytes of the data set", bytes);
}

static enum clt_status resize_images(struct clt_dataset *dataset, size_t bytes)
{
    uint8_t *images = realloc(dataset->images, bytes);
    if (!images) return no_memory(bytes);
    dataset->images = images;
    return CLT_OK;
}

enum clt_status clt_pool_reserve_images(struct clt_dataset *dataset, size_t count)
{
    size_t bytes;
    if (!clt_multiply(&bytes, dataset->samples + count, dataset->features))
        return no_memory(SIZE_MAX);
    return resize_images(dataset, bytes);
}

enum clt_status clt_pool_reserve_labels(struct clt_dataset *dataset, const struct clt_input *input,
                                        size_t count)
{
    /* An order of samples holds them as 32 bits. */
    if (count > UINT32_MAX - dataset->samples)
        return clt_fail(CLT_E_DATA, "%s: with it the data set has more than %" PRIu32 " samples",
                        clt_input_path(input), UINT32_MAX);
    const size_t bytes = (dataset->samples + count) * sizeof *dataset->labels;
    uint16_t *labels = realloc(dataset->labels, bytes);
    if (!labels) return no_memory(bytes);
    dataset->labels = labels;
    return CLT_OK;
}

enum clt_status clt_pool_read_images(struct clt_dataset *dataset, struct clt_input *input,
                                     size_t count)
{
    enum clt_status st = CLT_OK;
    size_t end = dataset->samples * dataset->features, left, step = CHUNK;
    uint64_t there;
    if (!clt_multiply(&left, count, dataset->features) || left > SIZE_MAX - end)
        return no_memory(SIZE_MAX);
    if (dataset->headers_only && clt_input_ends_after(input, left)) return CLT_OK;
    if (clt_input_left(&there, input)) {
        if (there < left)
            return clt_input_fail(input, clt_input_offset(input),
                                  "%zu images of %zu bytes should follow, %zu bytes, but only "
                                  "%" PRIu64 " do; get the file again",
                                  count, dataset->features, left, there);
        step = left;
    }
    while (left > 0) {
        const size_t part = left < step ? left : step;
        TRY(resize_images(dataset, end + part));
        TRY(clt_input_read(dataset->images + end, input, part));
        end += part;
        left -= part;
    }
    TRY(clt_input_end(input));
done:
    return st;
}
