#include "feeder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "philox.h"

/* What the device may still be reading from while the host goes on. */
struct slot {
    struct clt_feed_row rows[CLT_CHUNK];
    void *rates;                 /* real [CLT_CHUNK][members][2] */
    uint32_t *order;             /* [training samples] */
    cl_event announced, ordered; /* NULL: nothing under way */
};

struct clt_feeder {
    struct clt_feed feed;
    struct clt_range training;
    size_t members;
    enum clt_real real;
    struct slot slots[2];
    size_t turn, order_turn;
};

static size_t rates_size(size_t members, enum clt_real real)
{
    return CLT_CHUNK * members * 2 * clt_real_size(real);
}

size_t clt_feeder_memory(const struct clt_dataset *dataset, size_t members, enum clt_real real)
{
    return dataset->samples * (dataset->features + sizeof(uint16_t) + sizeof(uint32_t)) +
           dataset->train.count * sizeof(uint32_t) + dataset->features * 2 * sizeof(float) +
           CLT_CHUNK * sizeof(struct clt_feed_row) + rates_size(members, real);
}

static enum clt_status upload(struct clt_buffer *out, struct clt_device *device, const void *bytes,
                              size_t size)
{
    enum clt_status st = CLT_OK;
    TRY(clt_buffer_create(out, device, size));
    TRY(clt_buffer_write(out, 0, bytes, size));
done:
    return st;
}

/* Training places first, then every sample of the pool at a fixed place. */
static enum clt_status create_order(struct clt_feeder *feeder, struct clt_device *device,
                                    size_t samples)
{
    enum clt_status st = CLT_OK;
    const size_t training = feeder->training.count;
    uint32_t *order = calloc(training + samples, sizeof *order);
    if (!order) return clt_fail(CLT_E_NOMEM, "no memory for the order of %zu samples", samples);
    for (size_t i = 0; i < training; i++) order[i] = (uint32_t)(feeder->training.first + i);
    for (size_t i = 0; i < samples; i++) order[training + i] = (uint32_t)i;
    TRY(upload(&feeder->feed.order, device, order, (training + samples) * sizeof *order));
done:
    free(order);
    return st;
}

static enum clt_status create_slots(struct clt_feeder *feeder)
{
    for (size_t i = 0; i < 2; i++) {
        feeder->slots[i].rates = calloc(1, rates_size(feeder->members, feeder->real));
        feeder->slots[i].order = calloc(feeder->training.count, sizeof(uint32_t));
        if (!feeder->slots[i].rates || !feeder->slots[i].order)
            return clt_fail(CLT_E_NOMEM, "no memory for the table of steps");
    }
    return CLT_OK;
}

enum clt_status clt_feeder_create(struct clt_feeder **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, size_t members,
                                  enum clt_real real)
{
    enum clt_status st = CLT_OK;
    struct clt_feeder *feeder = calloc(1, sizeof *feeder);
    *out = NULL;
    if (!feeder) return clt_fail(CLT_E_NOMEM, "no memory for the feeder");
    struct clt_feed *feed = &feeder->feed;
    feed->features = dataset->features;
    feeder->training = dataset->train;
    feeder->members = members;
    feeder->real = real;
    TRY(clt_buffer_create(&feed->images, device, dataset->samples * dataset->features));
    if (!dataset->headers_only)
        TRY(clt_buffer_write(&feed->images, 0, dataset->images, feed->images.size));
    TRY(upload(&feed->labels, device, dataset->labels, dataset->samples * sizeof(uint16_t)));
    TRY(upload(&feed->mean, device, dataset->mean, dataset->features * sizeof(float)));
    TRY(upload(&feed->scale, device, dataset->scale, dataset->features * sizeof(float)));
    TRY(create_order(feeder, device, dataset->samples));
    TRY(create_slots(feeder));
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
    return clt_buffer_write(&feeder->feed.images, 0, images, n * feeder->feed.features);
}

/* The slot whose order the device has certainly taken. */
static enum clt_status next_order(struct clt_feeder *feeder, struct slot **out)
{
    struct slot *slot = &feeder->slots[feeder->order_turn];
    feeder->order_turn = 1 - feeder->order_turn;
    *out = slot;
    return wait_for(&slot->ordered);
}

static enum clt_status send_order(struct clt_feeder *feeder, struct slot *slot)
{
    return clt_buffer_write_later(&feeder->feed.order, 0, slot->order,
                                  feeder->training.count * sizeof *slot->order, &slot->ordered);
}

enum clt_status clt_feeder_shuffle(struct clt_feeder *feeder, uint64_t seed, uint32_t epoch)
{
    enum clt_status st = CLT_OK;
    struct slot *slot;
    TRY(next_order(feeder, &slot));
    clt_random_permutation(slot->order, feeder->training.first, feeder->training.count, seed,
                           epoch);
    TRY(send_order(feeder, slot));
done:
    return st;
}

enum clt_status clt_feeder_unshuffled(struct clt_feeder *feeder)
{
    enum clt_status st = CLT_OK;
    struct slot *slot;
    TRY(next_order(feeder, &slot));
    for (size_t i = 0; i < feeder->training.count; i++)
        slot->order[i] = (uint32_t)(feeder->training.first + i);
    TRY(send_order(feeder, slot));
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

enum clt_status clt_feeder_announce(struct clt_feeder *feeder, const struct clt_feed_row *rows,
                                    const double *rates, size_t count)
{
    static const uint32_t start[2] = {0, 0};
    enum clt_status st = CLT_OK;
    struct slot *slot = &feeder->slots[feeder->turn], *other = &feeder->slots[1 - feeder->turn];
    cl_event ignored = NULL;
    assert(count > 0 && count <= CLT_CHUNK);
    /* The queue is in order: once the other chunk's table has arrived, this slot's chunk is done.
     */
    TRY(wait_for(&other->announced));
    TRY(wait_for(&slot->announced));
    memcpy(slot->rows, rows, count * sizeof *rows);
    if (rates) {
        store_rates(slot->rates, feeder->real, rates, count * feeder->members * 2);
        TRY(clt_buffer_write_later(&feeder->feed.rates, 0, slot->rates,
                                   count * feeder->members * 2 * clt_real_size(feeder->real),
                                   &ignored));
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
