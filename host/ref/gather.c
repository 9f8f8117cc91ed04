#include "philox.h"
#include "ref.h"

static double normalized(const uint8_t *image, size_t from, const float *mean, const float *scale,
                         size_t to)
{
    return ((double)image[from] - (double)mean[to]) * (double)scale[to];
}

void clt_ref_gather(double *x, const uint8_t *images, const uint32_t *order, const float *mean,
                    const float *scale, size_t features, size_t batch)
{
    for (size_t f = 0; f < features; f++)
        for (size_t b = 0; b < batch; b++)
            x[f * batch + b] = normalized(images + order[b] * features, f, mean, scale, f);
}

/* What becomes of a sample: mirrored, then moved. */
struct draw {
    bool mirrored;
    int64_t right, down;
};

static int64_t draw_shift(uint32_t bits, size_t shift)
{
    return (int64_t)(bits * (uint64_t)(2 * shift + 1) >> 32) - (int64_t)shift;
}

static struct draw draw_sample(const struct clt_ref_augmentation *augmentation, size_t b)
{
    const uint64_t place = augmentation->place + b, seed = augmentation->seed;
    const uint32_t counter[4] = {(uint32_t)place, (uint32_t)(place >> 32),
                                 (uint32_t)augmentation->epoch, CLT_RANDOM_AUGMENT};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t bits[4];
    clt_philox4x32(bits, counter, key);
    return (struct draw){augmentation->mirror && bits[0] & 1,
                         draw_shift(bits[1], augmentation->shift),
                         draw_shift(bits[2], augmentation->shift)};
}

void clt_ref_gather_augmented(double *x, const struct clt_ref_augmentation *augmentation,
                              const uint8_t *images, const uint32_t *order, const float *mean,
                              const float *scale, size_t features, size_t batch)
{
    const int64_t height = (int64_t)augmentation->height, width = (int64_t)augmentation->width;
    for (size_t b = 0; b < batch; b++) {
        const struct draw draw = draw_sample(augmentation, b);
        const uint8_t *image = images + order[b] * features;
        for (size_t f = 0; f < features; f++) {
            const int64_t line = (int64_t)f / width % height - draw.down;
            const int64_t moved = (int64_t)f % width - draw.right;
            const int64_t column = draw.mirrored ? width - 1 - moved : moved;
            const size_t channel = f / (size_t)(height * width);
            const bool inside = line >= 0 && line < height && moved >= 0 && moved < width;
            x[f * batch + b] = 0;
            if (inside)
                x[f * batch + b] = normalized(
                    image,
                    (channel * (size_t)height + (size_t)line) * (size_t)width + (size_t)column,
                    mean, scale, f);
        }
    }
}
