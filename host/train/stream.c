#include "stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "transfer.h"

struct clt_stream {
    const struct clt_dataset *dataset;
    struct clt_feed *feed;
    size_t half;
    struct clt_transfer *transfer; /* images [2][half][features], labels [2][half] */
    cl_event sent[2];              /* NULL: nothing under way */
};

enum clt_status clt_stream_create(struct clt_stream **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, struct clt_feed *feed,
                                  size_t half)
{
    enum clt_status st = CLT_OK;
    struct clt_stream *stream = calloc(1, sizeof *stream);
    *out = NULL;
    if (!stream) return clt_fail(CLT_E_NOMEM, "no memory for the stream of samples");
    stream->dataset = dataset;
    stream->feed = feed;
    stream->half = half;
    TRY(clt_transfer_create(&stream->transfer, device,
                            2 * half * (dataset->features + sizeof *dataset->labels)));
    *out = stream;
    stream = NULL;
done:
    clt_stream_free(stream);
    return st;
}

void clt_stream_free(struct clt_stream *stream)
{
    if (!stream) return;
    clt_transfer_free(stream->transfer);
    for (size_t h = 0; h < 2; h++) clt_event_release(stream->sent[h]);
    free(stream);
}

size_t clt_stream_half(const struct clt_stream *stream)
{
    return stream->half;
}

enum clt_status clt_stream_begin(struct clt_stream *stream, size_t h)
{
    enum clt_status st = CLT_OK;
    if (stream->sent[h]) {
        st = clt_event_wait(stream->sent[h]);
        clt_event_release(stream->sent[h]);
        stream->sent[h] = NULL;
    }
    return st;
}

/* Bytes before the labels. */
static size_t images_size(const struct clt_stream *stream)
{
    return 2 * stream->half * stream->dataset->features;
}

void clt_stream_take(struct clt_stream *stream, size_t h, size_t place, const uint32_t *samples,
                     size_t n)
{
    const struct clt_dataset *dataset = stream->dataset;
    uint8_t *memory = clt_transfer_memory(stream->transfer);
    uint16_t *labels = (uint16_t *)(void *)(memory + images_size(stream));
    assert(place + n <= stream->half);
    for (size_t i = 0, to = h * stream->half + place; i < n; i++, to++) {
        clt_dataset_copy_images(memory + to * dataset->features, dataset, samples[i], 1);
        labels[to] = dataset->labels[samples[i]];
    }
}

enum clt_status clt_stream_send(struct clt_stream *stream, size_t h, size_t n)
{
    enum clt_status st = CLT_OK;
    const size_t features = stream->dataset->features, label = sizeof *stream->dataset->labels;
    const size_t first = h * stream->half;
    TRY(clt_transfer_write(stream->transfer, &stream->feed->images, first * features,
                           first * features, n * features));
    TRY(clt_transfer_write(stream->transfer, &stream->feed->labels, first * label,
                           images_size(stream) + first * label, n * label));
    TRY(clt_transfer_start(stream->transfer, &stream->sent[h]));
done:
    return st;
}
