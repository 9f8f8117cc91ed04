#include <inttypes.h>
#include <stdlib.h>

#include "checked.h"
#include "memory_limits.h"
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

enum clt_status clt_pool_map_images(struct clt_dataset *dataset, const struct clt_input *input,
                                    size_t offset, size_t stride, size_t count)
{
    enum clt_status st = CLT_OK;
    struct clt_image_span span = {.count = count, .stride = stride};
    TRY(clt_input_map(&span.memory, &span.mapped, input));
    span.images = (const uint8_t *)span.memory + offset;
    TRY(clt_dataset_add_span(dataset, &span));
done:
    return st;
}

static enum clt_status map_rest(struct clt_dataset *dataset, struct clt_input *input, size_t count,
                                uint64_t there)
{
    enum clt_status st = CLT_OK;
    const size_t size = count * dataset->features;
    const uint64_t offset = clt_input_offset(input);
    if (there < size)
        return clt_input_fail(input, offset,
                              "%zu images of %zu bytes should follow, %zu bytes, but only "
                              "%" PRIu64 " do; get the file again",
                              count, dataset->features, size, there);
    TRY(clt_pool_map_images(dataset, input, (size_t)offset, dataset->features, count));
    TRY(clt_input_skip(input, size));
done:
    return st;
}

static enum clt_status read_rest(struct clt_dataset *dataset, struct clt_input *input, size_t count)
{
    enum clt_status st = CLT_OK;
    const size_t size = count * dataset->features;
    uint8_t *images = NULL;
    for (size_t end = 0; end < size;) {
        const size_t part = size - end < CHUNK ? size - end : CHUNK;
        uint8_t *grown = realloc(images, end + part);
        if (!grown) TRY(no_memory(end + part));
        images = grown;
        TRY(clt_interrupt_check(&dataset->interrupt));
        TRY(clt_limits_check(clt_input_path(input), part));
        TRY(clt_input_read(images + end, input, part));
        end += part;
    }
    const struct clt_image_span span = {
        .images = images, .count = count, .stride = dataset->features, .memory = images};
    images = NULL;
    TRY(clt_dataset_add_span(dataset, &span));
done:
    free(images);
    return st;
}

enum clt_status clt_pool_read_images(struct clt_dataset *dataset, struct clt_input *input,
                                     size_t count)
{
    enum clt_status st = CLT_OK;
    size_t size;
    uint64_t there;
    if (!clt_multiply(&size, count, dataset->features)) return no_memory(SIZE_MAX);
    if (!clt_input_left(&there, input) && !clt_add(&dataset->unpacked, dataset->unpacked, size))
        return no_memory(SIZE_MAX);
    if (dataset->headers_only && clt_input_ends_after(input, size)) return CLT_OK;
    TRY(clt_input_left(&there, input) ? map_rest(dataset, input, count, there)
                                      : read_rest(dataset, input, count));
    TRY(clt_input_end(input));
done:
    return st;
}
