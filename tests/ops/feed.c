#include "feed.h"

#include <stdlib.h>

#define FIRST_PLACE  3
#define PLACE        (UINT64_C(0x1FFFFFFFA)) /* both halves change within most batches */
#define FIRST_UPDATE (UINT64_C(0xFFFFFFFF))  /* the second one has a high half */

static void fill_images(struct clt_test_feed *feed)
{
    for (size_t i = 0; i < feed->samples; i++) feed->labels[i] = (uint16_t)(i * 31 % feed->classes);
    for (size_t i = 0; i < feed->samples * feed->features; i++)
        feed->images[i] = (uint8_t)(i * 97 + i / 251);
    for (size_t i = 0; i < feed->features; i++) {
        feed->mean[i] = 100.25f + (float)(i % 50);
        feed->scale[i] = 1.0f / (float)(20 + i % 7);
    }
}

static void fill_steps(struct clt_test_feed *feed)
{
    const size_t places = FIRST_PLACE + feed->steps * feed->batch;
    for (size_t i = 0; i < places; i++) feed->order[i] = (uint32_t)((i * 7 + 2) % feed->samples);
    for (size_t i = 0; i < feed->steps; i++) {
        const size_t part = feed->steps - 1 - i; /* not in the order of the steps */
        feed->rows[i] = (struct clt_feed_row){.first = FIRST_PLACE + part * feed->batch,
                                              .update = FIRST_UPDATE + i,
                                              .epoch = 2 + i,
                                              .place = PLACE};
        for (size_t p = 0; p < feed->members; p++) {
            double *of_member = feed->rates + (i * feed->members + p) * CLT_RATES;
            of_member[0] = 0.5 / (double)(1 + i + 10 * p);
            of_member[1] = 1 / (double)(16 + p);
            of_member[2] = 1.5 + 0.25 * (double)p;
        }
    }
}

static struct clt_region upload(const struct clt_harness *h, const void *elements, size_t count,
                                size_t element)
{
    struct clt_region region = clt_region_of(h, count, element);
    clt_region_write(&region, elements);
    return region;
}

static void upload_all(struct clt_test_feed *feed, const struct clt_harness *h)
{
    const size_t places = FIRST_PLACE + feed->steps * feed->batch;
    const size_t n_rates = feed->steps * feed->members * CLT_RATES;
    feed->at_images = upload(h, feed->images, feed->samples * feed->features, 1);
    feed->at_labels = upload(h, feed->labels, feed->samples, sizeof *feed->labels);
    feed->at_mean = upload(h, feed->mean, feed->features, sizeof *feed->mean);
    feed->at_scale = upload(h, feed->scale, feed->features, sizeof *feed->scale);
    feed->at_order = upload(h, feed->order, places, sizeof *feed->order);
    feed->at_rows = upload(h, feed->rows, feed->steps, sizeof *feed->rows);
    feed->at_rates = clt_region_of(h, n_rates, clt_real_size(h->real));
    clt_region_write_reals(&feed->at_rates, feed->rates);
    const uint32_t cursor[2] = {0, UINT32_MAX};
    feed->at_cursor = upload(h, cursor, 2, sizeof *cursor);
    feed->feed = (struct clt_feed){.images = feed->at_images.buffer,
                                   .labels = feed->at_labels.buffer,
                                   .mean = feed->at_mean.buffer,
                                   .scale = feed->at_scale.buffer,
                                   .order = feed->at_order.buffer,
                                   .rows = feed->at_rows.buffer,
                                   .rates = feed->at_rates.buffer,
                                   .cursor = feed->at_cursor.buffer,
                                   .features = feed->features};
}

void clt_test_feed_create(struct clt_test_feed *feed, const struct clt_harness *h)
{
    const size_t places = FIRST_PLACE + feed->steps * feed->batch;
    feed->samples = feed->batch + 5;
    feed->images = clt_allocate(feed->samples * feed->features, sizeof *feed->images);
    feed->labels = clt_allocate(feed->samples, sizeof *feed->labels);
    feed->mean = clt_allocate(feed->features, sizeof *feed->mean);
    feed->scale = clt_allocate(feed->features, sizeof *feed->scale);
    feed->order = clt_allocate(places, sizeof *feed->order);
    feed->rows = clt_allocate(feed->steps, sizeof *feed->rows);
    feed->rates = clt_allocate(feed->steps * feed->members * CLT_RATES, sizeof *feed->rates);
    fill_images(feed);
    fill_steps(feed);
    upload_all(feed, h);
}

void clt_test_feed_free(struct clt_test_feed *feed)
{
    struct clt_region *regions[] = {&feed->at_images, &feed->at_labels, &feed->at_mean,
                                    &feed->at_scale,  &feed->at_order,  &feed->at_rows,
                                    &feed->at_rates,  &feed->at_cursor};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) clt_region_free(regions[i]);
    free(feed->images);
    free(feed->labels);
    free(feed->mean);
    free(feed->scale);
    free(feed->order);
    free(feed->rows);
    free(feed->rates);
}

void clt_test_feed_at(struct clt_test_feed *feed, uint32_t step)
{
    const uint32_t cursor[2] = {step, step};
    clt_region_write(&feed->at_cursor, cursor);
}

void clt_test_feed_cursor(uint32_t cursor[2], const struct clt_test_feed *feed)
{
    clt_region_read(&feed->at_cursor, cursor);
}

const uint32_t *clt_test_feed_order(const struct clt_test_feed *feed, size_t step)
{
    return feed->order + feed->rows[step].first;
}

void clt_test_feed_labels(uint16_t *labels, const struct clt_test_feed *feed, size_t step)
{
    const uint32_t *order = clt_test_feed_order(feed, step);
    for (size_t b = 0; b < feed->batch; b++) labels[b] = feed->labels[order[b]];
}

void clt_test_state_create(struct clt_test_state *state, const struct clt_harness *h,
                           size_t members)
{
    uint64_t *zeros = clt_allocate(members * 2, sizeof *zeros);
    state->loss = upload(h, zeros, members * 2, clt_real_size(h->real));
    state->hits = upload(h, zeros, members, sizeof(uint32_t));
    state->frozen = upload(h, zeros, members, sizeof(uint64_t));
    state->overflow = upload(h, zeros, members, sizeof(uint32_t));
    state->state = (struct clt_member_state){state->loss.buffer, state->hits.buffer,
                                             state->frozen.buffer, state->overflow.buffer, members};
    free(zeros);
}

void clt_test_state_free(struct clt_test_state *state)
{
    clt_region_free(&state->loss);
    clt_region_free(&state->hits);
    clt_region_free(&state->frozen);
    clt_region_free(&state->overflow);
}

struct clt_test_member clt_test_state_member(const struct clt_test_state *state, size_t member)
{
    const size_t members = state->state.members;
    double *loss = clt_allocate(members * 2, sizeof *loss);
    uint32_t *hits = clt_allocate(members, sizeof *hits);
    uint32_t *overflow = clt_allocate(members, sizeof *overflow);
    uint64_t *frozen = clt_allocate(members, sizeof *frozen);
    clt_region_read_reals(&state->loss, loss);
    clt_region_read(&state->hits, hits);
    clt_region_read(&state->frozen, frozen);
    clt_region_read(&state->overflow, overflow);
    const struct clt_test_member out = {loss[2 * member], loss[2 * member + 1], hits[member],
                                        overflow[member], frozen[member]};
    free(loss);
    free(hits);
    free(overflow);
    free(frozen);
    return out;
}

void clt_test_state_set(struct clt_test_state *state, size_t member, uint64_t frozen,
                        uint32_t overflow)
{
    const size_t members = state->state.members;
    uint64_t *all_frozen = clt_allocate(members, sizeof *all_frozen);
    uint32_t *all_overflow = clt_allocate(members, sizeof *all_overflow);
    clt_region_read(&state->frozen, all_frozen);
    clt_region_read(&state->overflow, all_overflow);
    all_frozen[member] = frozen;
    all_overflow[member] = overflow;
    clt_region_write(&state->frozen, all_frozen);
    clt_region_write(&state->overflow, all_overflow);
    free(all_frozen);
    free(all_overflow);
}
