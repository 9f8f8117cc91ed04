/* A batch's samples: gathered, and copied for every member. */
#include <math.h>
#include <stdlib.h>

#include "compare.h"
#include "feed.h"
#include "ref.h"

static enum clt_status append_gather(struct clt_launch_list *list, struct clt_view x,
                                     const struct clt_feed *feed, const struct clt_batch *batch,
                                     const struct clt_augmentation *augmentation)
{
    if (!augmentation) return clt_op_gather(list, x, feed, batch);
    return clt_op_gather_augmented(list, x, feed, batch, augmentation);
}

/* samples [features][batch] of the first step */
static void gather_host(double *samples, const struct clt_test_feed *feed,
                        const struct clt_augmentation *augmentation)
{
    const uint32_t *order = clt_test_feed_order(feed, 0);
    if (!augmentation) {
        clt_ref_gather(samples, feed->images, order, feed->mean, feed->scale, feed->features,
                       feed->batch);
        return;
    }
    const struct clt_ref_augmentation reference = {
        augmentation->height, augmentation->width,  augmentation->seed, feed->rows[0].epoch,
        feed->rows[0].place,  augmentation->mirror, augmentation->shift};
    clt_ref_gather_augmented(samples, &reference, feed->images, order, feed->mean, feed->scale,
                             feed->features, feed->batch);
}

/* As they are, where `augmentation` is NULL. */
static void check_gather(const struct clt_harness *h, size_t features, struct clt_batch batch,
                         const struct clt_augmentation *augmentation)
{
    struct clt_test_feed feed = {
        .features = features, .classes = 2, .batch = batch.size, .steps = 2, .members = 1};
    clt_test_feed_create(&feed, h);
    struct clt_region x = clt_region_of_reals(h, features * batch.pitch);
    double *got = clt_allocate(features * batch.pitch, sizeof *got);
    double *wanted = clt_allocate(features * batch.pitch, sizeof *wanted);
    double *samples = clt_allocate(features * batch.size, sizeof *samples);
    struct clt_launch_list *list;
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(append_gather(list, clt_region_view(&x), &feed.feed, &batch, augmentation));
    clt_run_list(list);

    uint32_t cursor[2];
    clt_test_feed_cursor(cursor, &feed);
    assert_int_equal(cursor[0], 0);
    assert_int_equal(cursor[1], 0);
    clt_region_read_reals(&x, got);
    gather_host(samples, &feed, augmentation);
    for (size_t f = 0; f < features; f++)
        for (size_t b = 0; b < batch.pitch; b++) /* padding repeats the last sample */
            wanted[clt_batch_at(&batch, features, f, b)] =
                samples[f * batch.size + (b < batch.size ? b : batch.size - 1)];
    clt_check_close(augmentation ? "augmented" : "gather", h->real, 2, got, wanted,
                    features * batch.pitch);
    free(got);
    free(wanted);
    free(samples);
    clt_region_free(&x);
    clt_test_feed_free(&feed);
}

/* In panels and as a plain matrix. */
static void check_layouts(const struct clt_harness *h, size_t features, size_t batch,
                          const struct clt_augmentation *augmentation)
{
    const size_t pitch = (batch + CLT_LANES - 1) / CLT_LANES * CLT_LANES;
    check_gather(h, features, (struct clt_batch){batch, CLT_LANES, pitch}, augmentation);
    check_gather(h, features, (struct clt_batch){batch, pitch, pitch}, augmentation);
}

static void gather_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++)
        if (s.members == 1) check_layouts(*state, s.units, s.batch, NULL);
}

static void augmented_equals_reference(void **state)
{
    static const struct {
        size_t channels, height, width, shift, batch;
    } cases[] = {{1, 2, 2, 1, 1},    {1, 5, 16, 0, 7},     {2, 3, 5, 2, 16},
                 {1, 28, 28, 4, 17}, {3, 7, 17, 6, 33},    {3, 32, 32, 4, 65},
                 {2, 9, 33, 8, 20},  {1, 31, 47, 30, 100}, {5, 3, 130, 2, 18}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int mirror = 0; mirror < 2; mirror++) {
            const struct clt_augmentation augmentation = {.height = cases[i].height,
                                                          .width = cases[i].width,
                                                          .seed = UINT64_C(7) << 32 | i,
                                                          .mirror = mirror,
                                                          .shift = cases[i].shift};
            check_layouts(*state, cases[i].channels * cases[i].height * cases[i].width,
                          cases[i].batch, &augmentation);
        }
}

/* What the reference draws: a lone bright pixel of a picture of 9 x 20, which tells where it went,
 * in 2000 samples of one image. */
#define PIXELS ((size_t)HEIGHT * WIDTH)
enum { HEIGHT = 9, WIDTH = 20, DRAWN = 2000, SHIFT = 3, LINE = 4, COLUMN = 5 };

static void count_moves(size_t mirrored[2], size_t right[2 * SHIFT + 1], size_t down[2 * SHIFT + 1],
                        const double *x)
{
    for (size_t b = 0; b < DRAWN; b++) {
        size_t f = 0;
        while (f < PIXELS && x[f * DRAWN + b] == 0) f++;
        assert_true(f < PIXELS);
        const size_t column = f % WIDTH;
        const bool mirror = column > WIDTH / 2 - 1;
        mirrored[mirror]++;
        right[column + SHIFT - (mirror ? WIDTH - 1 - COLUMN : COLUMN)]++;
        down[f / WIDTH + SHIFT - LINE]++;
    }
}

static void check_share(size_t count, double share)
{
    const double deviation = sqrt(DRAWN * share * (1 - share));
    assert_true(fabs((double)count - DRAWN * share) < 4 * deviation);
}

static void all_moves_are_alike_likely(void **state)
{
    (void)state;
    const struct clt_ref_augmentation augmentation = {HEIGHT, WIDTH, 1, 0, 0, true, SHIFT};
    uint8_t *image = clt_allocate(PIXELS, sizeof *image);
    uint32_t *order = clt_allocate(DRAWN, sizeof *order);
    float *mean = clt_allocate(PIXELS, sizeof *mean);
    float *scale = clt_allocate(PIXELS, sizeof *scale);
    double *x = clt_allocate(PIXELS * DRAWN, sizeof *x);
    size_t mirrored[2] = {0}, right[2 * SHIFT + 1] = {0}, down[2 * SHIFT + 1] = {0};
    image[LINE * WIDTH + COLUMN] = 1;
    for (size_t f = 0; f < PIXELS; f++) scale[f] = 1;
    clt_ref_gather_augmented(x, &augmentation, image, order, mean, scale, PIXELS, DRAWN);
    count_moves(mirrored, right, down, x);
    check_share(mirrored[1], 0.5);
    for (size_t i = 0; i < 2 * SHIFT + 1; i++) {
        check_share(right[i], 1.0 / (2 * SHIFT + 1));
        check_share(down[i], 1.0 / (2 * SHIFT + 1));
    }
    free(image);
    free(order);
    free(mean);
    free(scale);
    free(x);
}

static void check_broadcast(const struct clt_harness *h, size_t members, size_t n)
{
    struct clt_region x = clt_region_of_reals(h, n), y = clt_region_of_reals(h, members * n);
    double *values = clt_allocate(n, sizeof *values);
    double *got = clt_allocate(members * n, sizeof *got);
    struct clt_launch_list *list;
    clt_compare_fill(values, n, 1);
    clt_region_write_reals(&x, values);
    MUST(clt_launch_list_create(&list, h->device, h->real));
    MUST(clt_op_broadcast(list, clt_region_view(&y), clt_region_view(&x), members, n));
    clt_run_list(list);
    clt_region_read_reals(&y, got);
    for (size_t p = 0; p < members; p++)
        clt_check_same("broadcast", got + p * n, values, n * sizeof *values);
    free(values);
    free(got);
    clt_region_free(&x);
    clt_region_free(&y);
}

static void broadcast_equals_reference(void **state)
{
    struct clt_test_shape s;
    for (size_t i = 0; clt_shape_at(&s, *state, i); i++)
        check_broadcast(*state, s.members, s.units * s.batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gather_equals_reference),
        cmocka_unit_test(augmented_equals_reference),
        cmocka_unit_test(all_moves_are_alike_likely),
        cmocka_unit_test(broadcast_equals_reference),
    };
    return clt_harness_run("input", tests, sizeof tests / sizeof *tests);
}
