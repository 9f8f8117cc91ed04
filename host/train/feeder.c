#include "feeder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "philox.h"
#include "stream.h"

#define PIECE     ((size_t)8 << 20) /* bytes of images that move to the device at a time */
#define MOST_HALF ((size_t)8 << 20) /* bytes of a half: larger ones gain nothing */

/* What the device may still be reading from while the host goes on. */
struct slot {
    struct clt_feed_row rows[CLT_CHUNK];
    void *rates;                 /* real [CLT_CHUNK][members][CLT_RATES] */
    uint32_t *order;             /* [training samples] */
    cl_event announced, ordered; /* NULL: nothing under way */
};

struct clt_feeder {
    struct clt_feed feed;
    const struct clt_dataset *dataset; /* its images only where there is a stream */
    struct clt_stream *stream;         /* NULL: all samples are on the device */
    uint32_t *places;                  /* of the stream: the order of samples, as resident data's */
    struct clt_range training;
    size_t members;
    enum clt_real real;
    struct slot slots[2];
    size_t turn, order_turn;
};

static size_t rates_size(size_t members, enum clt_real real)
{
    return CLT_CHUNK * members * CLT_RATES * clt_real_size(real);
}

/* Of a sample on the device: image and label. */
static size_t sample_size(const struct clt_dataset *dataset)
{
    return dataset->features + sizeof *dataset->labels;
}

static size_t tables_size(const struct clt_dataset *dataset, size_t members, enum clt_real real)
{
    return dataset->features * 2 * sizeof(float) + CLT_CHUNK * sizeof(struct clt_feed_row) +
           rates_size(members, real);
}

size_t clt_feeder_memory(const struct clt_dataset *dataset, size_t half, size_t members,
                         enum clt_real real)
{
    const size_t samples = half ? 2 * half : dataset->samples;
    const size_t places = half ? samples : samples + dataset->train.count;
    return samples * sample_size(dataset) + places * sizeof(uint32_t) +
           tables_size(dataset, members, real);
}

size_t clt_feeder_half(const struct clt_dataset *dataset, size_t members, enum clt_real real,
                       size_t batch, size_t memory, size_t largest)
{
    const size_t tables = tables_size(dataset, members, real), sample = sample_size(dataset);
    if (clt_feeder_memory(dataset, 0, members, real) <= memory &&
        dataset->samples * dataset->features <= largest)
        return 0;
    size_t half = memory > tables ? (memory - tables) / (2 * (sample + sizeof(uint32_t))) : 0;
    const size_t limits[] = {largest / (2 * sample), MOST_HALF / sample, CLT_CHUNK * batch};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (half > limits[i]) half = limits[i];
    return half < batch ? batch : half;
}

/* Training places first, then every sample of the pool at a fixed place. NULL: no memory. */
static uint32_t *make_order(struct clt_range training, size_t samples)
{
    uint32_t *order = calloc(training.count + samples, sizeof *order);
    for (size_t i = 0; order && i < training.count; i++) order[i] = (uint32_t)(training.first + i);
    for (size_t i = 0; order && i < samples; i++) order[training.count + i] = (uint32_t)i;
    return order;
}

static enum clt_status no_memory_for_order(size_t samples)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the order of %zu samples", samples);
}

/* Piece by piece, since images may lie apart. */
static enum clt_status upload_images(struct clt_feeder *feeder)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = feeder->dataset;
    const size_t features = dataset->features, most = features < PIECE ? PIECE / features : 1;
    uint8_t *piece = malloc(most * features);
    if (!piece) return clt_fail(CLT_E_NOMEM, "no memory for moving images to the device");
    for (size_t first = 0; first < dataset->samples; first += most) {
        const size_t left = dataset->samples - first, n = left < most ? left : most;
        TRY(clt_interrupt_check(&dataset->interrupt));
        clt_dataset_copy_images(piece, dataset, first, n);
        TRY(clt_buffer_write(&feeder->feed.images, first * features, piece, n * features));
    }
done:
    free(piece);
    return st;
}

static enum clt_status create_resident(struct clt_feeder *feeder, struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = feeder->dataset;
    const size_t places = feeder->training.count + dataset->samples;
    struct clt_feed *feed = &feeder->feed;
    uint32_t *order = make_order(feeder->training, dataset->samples);
    if (!order) return no_memory_for_order(dataset->samples);
    TRY(clt_buffer_create(&feed->images, device, dataset->samples * dataset->features));
    if (dataset->n_spans && !dataset->headers_only) TRY(upload_images(feeder));
    TRY(clt_buffer_create_filled(&feed->labels, device, dataset->labels,
                                 dataset->samples * sizeof *dataset->labels));
    TRY(clt_buffer_create_filled(&feed->order, device, order, places * sizeof *order));
    for (size_t i = 0; i < 2; i++) {
        feeder->slots[i].order = calloc(feeder->training.count, sizeof *order);
        if (!feeder->slots[i].order) TRY(no_memory_for_order(dataset->samples));
    }
done:
    free(order);
    return st;
}

/* The samples of a step follow each other in a half: the order on the device is that of its pool,
 * and stays. */
static enum clt_status create_streamed(struct clt_feeder *feeder, struct clt_device *device,
                                       size_t half)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = feeder->dataset;
    struct clt_feed *feed = &feeder->feed;
    uint32_t *order = make_order((struct clt_range){0, 0}, 2 * half);
    feeder->places = make_order(feeder->training, dataset->samples);
    if (!order || !feeder->places) TRY(no_memory_for_order(dataset->samples));
    TRY(clt_buffer_create(&feed->images, device, 2 * half * dataset->features));
    TRY(clt_buffer_create(&feed->labels, device, 2 * half * sizeof *dataset->labels));
    TRY(clt_buffer_create_filled(&feed->order, device, order, 2 * half * sizeof *order));
    TRY(clt_stream_create(&feeder->stream, device, dataset, feed, half));
done:
    free(order);
    return st;
}

enum clt_status clt_feeder_create(struct clt_feeder **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, size_t half, size_t members,
                                  enum clt_real real)
{
    enum clt_status st = CLT_OK;
    struct clt_feeder *feeder = calloc(1, sizeof *feeder);
    *out = NULL;
    if (!feeder) return clt_fail(CLT_E_NOMEM, "no memory for the feeder");
    struct clt_feed *feed = &feeder->feed;
    feed->features = dataset->features;
    feeder->dataset = dataset;
    feeder->training = dataset->train;
    feeder->members = members;
    feeder->real = real;
    TRY(half ? create_streamed(feeder, device, half) : create_resident(feeder, device));
    TRY(clt_buffer_create_filled(&feed->mean, device, dataset->mean,
                                 dataset->features * sizeof(float)));
    TRY(clt_buffer_create_filled(&feed->scale, device, dataset->scale,
                                 dataset->features * sizeof(float)));
    for (size_t i = 0; i < 2; i++) {
        feeder->slots[i].rates = calloc(1, rates_size(members, real));
        if (!feeder->slots[i].rates) TRY(clt_fail(CLT_E_NOMEM, "no memory for the table of steps"));
    }
    TRY(clt_buffer_create(&feed->rows, device, CLT_CHUNK * sizeof(struct clt_feed_row)));
    TRY(clt_buffer_create(&feed->rates, device, rates_size(members, real)));
    TRY(clt_buffer_create(&feed->cursor, device, 2 * sizeof(uint32_t)));
    *out = feeder;
    feeder = NULL;
done:
    clt_feeder_free(feeder);
    return st;
}

/* Waits until a transfer is over; its host memory is free again. */
static enum clt_status wait_for(cl_event *event)
{
    enum clt_status st = CLT_OK;
    if (*event) {
        st = clt_event_wait(*event);
        clt_event_release(*event);
        *event = NULL;
    }
    return st;
}

void clt_feeder_free(struct clt_feeder *feeder)
{
    if (!feeder) return;
    /* After a failure, transfers may be under way that no event tells of. */
    if (feeder->feed.images.device) clt_device_finish(feeder->feed.images.device);
    clt_stream_free(feeder->stream);
    free(feeder->places);
    for (size_t i = 0; i < 2; i++) {
        wait_for(&feeder->slots[i].announced);
        wait_for(&feeder->slots[i].ordered);
        free(feeder->slots[i].rates);
        free(feeder->slots[i].order);
    }
    struct clt_feed *feed = &feeder->feed;
    struct clt_buffer *const buffers[] = {&feed->images, &feed->labels, &feed->mean,
                                          &feed->scale,  &feed->order,  &feed->rows,
                                          &feed->rates,  &feed->cursor};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) clt_buffer_free(buffers[i]);
    free(feeder);
}

const struct clt_feed *clt_feeder_feed(const struct clt_feeder *feeder)
{
    return &feeder->feed;
}

uint64_t clt_feeder_place_of(const struct clt_feeder *feeder, size_t sample)
{
    return feeder->training.count + sample;
}

enum clt_status clt_feeder_write_images(struct clt_feeder *feeder, const uint8_t *images, size_t n)
{
    assert(!feeder->stream);
    return clt_buffer_write(&feeder->feed.images, 0, images, n * feeder->feed.features);
}

enum clt_status clt_feeder_read_images(const struct clt_feeder *feeder, size_t first,
                                       uint8_t *images, size_t n)
{
    const size_t features = feeder->feed.features;
    if (!feeder->stream)
        return clt_buffer_read(&feeder->feed.images, first * features, images, n * features);
    clt_dataset_copy_images(images, feeder->dataset, first, n);
    return CLT_OK;
}

/* *order: where the next order goes; the device has certainly taken what was there. */
static enum clt_status next_order(struct clt_feeder *feeder, uint32_t **order)
{
    struct slot *slot = &feeder->slots[feeder->order_turn];
    *order = feeder->stream ? feeder->places : slot->order;
    return wait_for(&slot->ordered);
}

static enum clt_status send_order(struct clt_feeder *feeder)
{
    struct slot *slot = &feeder->slots[feeder->order_turn];
    if (feeder->stream) return CLT_OK;
    feeder->order_turn = 1 - feeder->order_turn;
    return clt_buffer_write_later(&feeder->feed.order, 0, slot->order,
                                  feeder->training.count * sizeof *slot->order, &slot->ordered);
}

enum clt_status clt_feeder_shuffle(struct clt_feeder *feeder, uint64_t seed, uint32_t epoch)
{
    enum clt_status st = CLT_OK;
    uint32_t *order;
    TRY(next_order(feeder, &order));
    clt_random_permutation(order, feeder->training.first, feeder->training.count, seed, epoch);
    TRY(send_order(feeder));
done:
    return st;
}

enum clt_status clt_feeder_unshuffled(struct clt_feeder *feeder)
{
    enum clt_status st = CLT_OK;
    uint32_t *order;
    TRY(next_order(feeder, &order));
    for (size_t i = 0; i < feeder->training.count; i++)
        order[i] = (uint32_t)(feeder->training.first + i);
    TRY(send_order(feeder));
done:
    return st;
}

static void store_rates(void *out, enum clt_real real, const double *rates, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (real == CLT_DOUBLE)
            ((double *)out)[i] = rates[i];
        else
            ((float *)out)[i] = (float)rates[i];
}

size_t clt_feeder_chunk(const struct clt_feeder *feeder, size_t batch)
{
    if (!feeder->stream) return CLT_CHUNK;
    const size_t steps = clt_stream_half(feeder->stream) / batch;
    assert(steps > 0);
    return steps < CLT_CHUNK ? steps : CLT_CHUNK;
}

/* Those from place `first` on that are of the same part, training or the pool; at most `batch`. */
static size_t samples_at(const struct clt_feeder *feeder, size_t first, size_t batch)
{
    const size_t training = feeder->training.count;
    const size_t end = first < training ? training : training + feeder->dataset->samples;
    return end - first < batch ? end - first : batch;
}

/* Copies the samples of the steps, one batch behind the other, while the device is busy with the
 * chunks before. */
static enum clt_status collect(struct clt_feeder *feeder, const struct clt_feed_row *rows,
                               size_t count, size_t batch)
{
    enum clt_status st = CLT_OK;
    TRY(clt_device_flush(feeder->feed.images.device));
    TRY(clt_stream_begin(feeder->stream, feeder->turn));
    for (size_t i = 0; i < count; i++)
        clt_stream_take(feeder->stream, feeder->turn, i * batch, feeder->places + rows[i].first,
                        samples_at(feeder, rows[i].first, batch));
done:
    return st;
}

/* What collect() left, to the half that belongs to the slot; its rows tell of the places there. */
static enum clt_status send(struct clt_feeder *feeder, struct slot *slot, size_t count,
                            size_t batch)
{
    const size_t last = samples_at(feeder, slot->rows[count - 1].first, batch);
    for (size_t i = 0; i < count; i++)
        slot->rows[i].first = feeder->turn * clt_stream_half(feeder->stream) + i * batch;
    return clt_stream_send(feeder->stream, feeder->turn, (count - 1) * batch + last);
}

enum clt_status clt_feeder_announce(struct clt_feeder *feeder, const struct clt_feed_row *rows,
                                    const double *rates, size_t count, size_t batch)
{
    static const uint32_t start[2] = {0, 0};
    enum clt_status st = CLT_OK;
    struct slot *slot = &feeder->slots[feeder->turn], *other = &feeder->slots[1 - feeder->turn];
    cl_event ignored = NULL;
    assert(count > 0 && count <= clt_feeder_chunk(feeder, batch));
    if (feeder->stream) TRY(collect(feeder, rows, count, batch));
    /* The queue is in order: once the other chunk's table has arrived, this slot's chunk is done.
     */
    TRY(wait_for(&other->announced));
    TRY(wait_for(&slot->announced));
    memcpy(slot->rows, rows, count * sizeof *rows);
    if (feeder->stream) TRY(send(feeder, slot, count, batch));
    if (rates) {
        const size_t n = count * feeder->members * CLT_RATES;
        store_rates(slot->rates, feeder->real, rates, n);
        TRY(clt_buffer_write_later(&feeder->feed.rates, 0, slot->rates,
                                   n * clt_real_size(feeder->real), &ignored));
        clt_event_release(ignored);
    }
    TRY(clt_buffer_write_later(&feeder->feed.cursor, 0, start, sizeof start, &ignored));
    clt_event_release(ignored);
    TRY(clt_buffer_write_later(&feeder->feed.rows, 0, slot->rows, count * sizeof *rows,
                               &slot->announced));
    feeder->turn = 1 - feeder->turn;
done:
    return st;
}
