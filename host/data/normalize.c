#include "normalize.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Sums of bytes and of their squares: exact in 64 bits for 2^32 samples of 2^15 pixels each. */
struct sums {
    uint64_t *value, *square; /* [features] */
};

/* 255^2 times as many samples as this fit into 32 bits, in which adding is faster. */
#define BLOCK ((size_t)1 << 16)

/* One feature after the other would miss the cache at each byte; so all of them go along. */
static void add_block(struct sums sums, uint32_t *value, uint32_t *square,
                      const struct clt_image_span *span, size_t samples, size_t features)
{
    memset(value, 0, features * sizeof *value);
    memset(square, 0, features * sizeof *square);
    for (size_t i = 0; i < samples; i++) {
        const uint8_t *x = span->images + i * span->stride;
        for (size_t f = 0; f < features; f++) {
            value[f] += x[f];
            square[f] += (uint32_t)x[f] * x[f];
        }
    }
    for (size_t f = 0; f < features; f++) {
        sums.value[f] += value[f];
        sums.square[f] += square[f];
    }
}

/* mean and 1 / (population) standard deviation of n bytes, given their sums. With q = floor(mean)
 * the sum of (x - q)^2 is an exact integer, and so is 0 exactly where all x are the same:
 *   variance = sum((x - q)^2) / n - (mean - q)^2 */
static void statistics(float *mean, float *scale, uint64_t value, uint64_t square, uint64_t n)
{
    assert(n > 0);
    const uint64_t q = value / n, rest = value % n;
    const uint64_t around_q = square - 2 * q * value + q * q * n;
    const double offset = (double)rest / (double)n;
    const double variance = (double)around_q / (double)n - offset * offset;
    *mean = (float)((double)q + offset);
    *scale = around_q == 0 ? 1 : (float)(1 / sqrt(variance));
}

/* One mean and scale for each run of `group` features: a pixel, or a channel's height * width. */
static void set_grouped(struct clt_dataset *dataset, struct sums sums, size_t group)
{
    for (size_t first = 0; first < dataset->features; first += group) {
        uint64_t value = 0, square = 0;
        float mean, scale;
        for (size_t f = first; f < first + group; f++) {
            value += sums.value[f];
            square += sums.square[f];
        }
        statistics(&mean, &scale, value, square, (uint64_t)dataset->train.count * group);
        for (size_t f = first; f < first + group; f++) {
            dataset->mean[f] = mean;
            dataset->scale[f] = scale;
        }
    }
}

static enum clt_status measure(struct clt_dataset *dataset, size_t group)
{
    enum clt_status st = CLT_OK;
    const size_t features = dataset->features, end = dataset->train.first + dataset->train.count;
    struct sums sums = {calloc(features, sizeof *sums.value),
                        calloc(features, sizeof *sums.square)};
    uint32_t *value = calloc(features, sizeof *value), *square = calloc(features, sizeof *square);
    if (!sums.value || !sums.square || !value || !square) {
        st = clt_fail(CLT_E_NOMEM, "no memory for the statistics of %zu features", features);
        goto done;
    }
    for (size_t first = dataset->train.first, n; first < end; first += n) {
        TRY(clt_interrupt_check(&dataset->interrupt));
        const struct clt_image_span span = clt_dataset_images(dataset, first);
        n = end - first < BLOCK ? end - first : BLOCK;
        if (n > span.count) n = span.count;
        add_block(sums, value, square, &span, n, features);
    }
    set_grouped(dataset, sums, group);
done:
    free(sums.value);
    free(sums.square);
    free(value);
    free(square);
    return st;
}

static void set_constant(struct clt_dataset *dataset, float scale)
{
    for (size_t f = 0; f < dataset->features; f++) {
        dataset->mean[f] = 0;
        dataset->scale[f] = scale;
    }
}

enum clt_status clt_normalize(struct clt_dataset *dataset, enum clt_dataset_scaling scaling)
{
    dataset->mean = calloc(dataset->features, sizeof *dataset->mean);
    dataset->scale = calloc(dataset->features, sizeof *dataset->scale);
    if (!dataset->mean || !dataset->scale)
        return clt_fail(CLT_E_NOMEM, "no memory for the scale of %zu features", dataset->features);
    switch (scaling) {
    case CLT_SCALING_FEATURE: return measure(dataset, 1);
    case CLT_SCALING_CHANNEL: return measure(dataset, dataset->height * dataset->width);
    case CLT_SCALING_BYTE: set_constant(dataset, 1.0f / 255); break;
    case CLT_SCALING_NONE: set_constant(dataset, 1); break;
    }
    return CLT_OK;
}
