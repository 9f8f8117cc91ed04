#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define LARGEST 30000 /* values of a member */
#define BAND    37    /* elements; odd, so that no region starts aligned to a vector */

void clt_must(enum clt_status status, const char *call, const char *file, int line)
{
    if (status == CLT_OK) return;
    print_error("%s: status %d: %s\n", call, (int)status, clt_error_message());
    _fail(file, line);
}

static bool is_small(void)
{
    const char *sizes = getenv("CLTRAIN_TEST_SIZES");
    return sizes && strcmp(sizes, "small") == 0;
}

static int open_harness(void **state, enum clt_real real)
{
    struct clt_harness *h = clt_allocate(1, sizeof *h);
    MUST(clt_device_open(&h->device, getenv("CLTRAIN_DEVICE")));
    h->real = real;
    h->small = is_small();
    *state = h;
    return 0;
}

static int open_float(void **state)
{
    return open_harness(state, CLT_FLOAT);
}

static int open_double(void **state)
{
    return open_harness(state, CLT_DOUBLE);
}

static int close_harness(void **state)
{
    struct clt_harness *h = *state;
    clt_device_close(h->device);
    free(h);
    return 0;
}

static bool has_double(void)
{
    struct clt_device *device;
    if (clt_device_open(&device, getenv("CLTRAIN_DEVICE")) != CLT_OK) return false;
    const bool has = clt_device_describe(device)->fp64;
    clt_device_close(device);
    return has;
}

int clt_harness_run_in(enum clt_real real, const char *name, const struct CMUnitTest *tests,
                       size_t count)
{
    char title[64];
    snprintf(title, sizeof title, "%s, %s", name, real == CLT_DOUBLE ? "double" : "float");
    return _cmocka_run_group_tests(title, tests, count,
                                   real == CLT_DOUBLE ? open_double : open_float, close_harness);
}

int clt_harness_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
    const int failed = clt_harness_run_in(CLT_FLOAT, name, tests, count);
    return !is_small() && has_double() ? failed + clt_harness_run_in(CLT_DOUBLE, name, tests, count)
                                       : failed;
}

bool clt_shape_at(struct clt_test_shape *out, const struct clt_harness *h, size_t index)
{
    static const size_t size[] = {1, 7, 15, 16, 17, 63, 64, 65, 100, 257, 1000};
    static const struct clt_test_shape few[] = {{1, 1, 1}, {3, 7, 65}, {1, 17, 7}};
    const size_t n = sizeof size / sizeof *size;
    if (h->small) {
        if (index < sizeof few / sizeof *few) *out = few[index];
        return index < sizeof few / sizeof *few;
    }
    for (size_t i = 0; i < (n + 2) * n; i++) {
        /* Three members of two sizes, and nothing large: more would only take time. */
        const struct clt_test_shape one = {1, size[i / n % n], size[i % n]},
                                    three = {3, i / n == n ? 7 : 65, size[i % n]};
        const struct clt_test_shape shape = i < n * n ? one : three;
        if (shape.units * shape.batch > LARGEST || index-- > 0) continue;
        *out = shape;
        return true;
    }
    return false;
}

static size_t bytes_before(const struct clt_region *region)
{
    return region->front * region->element;
}

static size_t bytes_within(const struct clt_region *region)
{
    return region->count * region->element;
}

/* Words of ones but for the last bit, which tells regions that were written from those that were
 * not. */
static uint8_t poison(const struct clt_region *region, size_t offset)
{
    return offset % 4 == 0 && region->written ? 0xFE : 0xFF;
}

/* Poison everywhere, but for the elements where there are some. In one piece: oclgrind 21.10 takes
 * what is written at an offset for uninitialised. */
static void write_all(struct clt_region *region, const void *elements)
{
    const size_t size = region->buffer.size;
    uint8_t *bytes = clt_allocate(size, 1);
    region->written = elements != NULL;
    for (size_t i = 0; i < size; i++) bytes[i] = poison(region, i);
    if (elements) memcpy(bytes + bytes_before(region), elements, bytes_within(region));
    MUST(clt_buffer_write(&region->buffer, 0, bytes, size));
    free(bytes);
}

static struct clt_region create(const struct clt_harness *h, size_t front, size_t count,
                                size_t element)
{
    struct clt_region region = {
        .front = front, .count = count, .behind = h->small ? 0 : BAND, .element = element};
    MUST(clt_buffer_create(&region.buffer, h->device, (front + count + region.behind) * element));
    write_all(&region, NULL);
    return region;
}

struct clt_region clt_region_of_reals(const struct clt_harness *h, size_t count)
{
    return create(h, BAND, count, clt_real_size(h->real));
}

struct clt_region clt_region_of(const struct clt_harness *h, size_t count, size_t element)
{
    return create(h, 0, count, element);
}

void clt_region_free(struct clt_region *region)
{
    clt_buffer_free(&region->buffer);
}

struct clt_view clt_region_view(const struct clt_region *region)
{
    return (struct clt_view){&region->buffer, region->front};
}

void clt_region_write(struct clt_region *region, const void *elements)
{
    write_all(region, elements);
}

static void check_band(const struct clt_region *region, size_t offset, size_t size)
{
    uint8_t band[BAND * sizeof(uint64_t) * 4];
    assert_true(size <= sizeof band);
    MUST(clt_buffer_read(&region->buffer, offset, band, size));
    for (size_t i = 0; i < size; i++)
        if (band[i] != poison(region, offset + i))
            fail_msg("a kernel wrote outside of its %zu elements of %zu bytes, at byte %zd",
                     region->count, region->element,
                     (ptrdiff_t)(offset + i) - (ptrdiff_t)bytes_before(region));
}

void clt_region_read(const struct clt_region *region, void *elements)
{
    const size_t before = bytes_before(region), within = bytes_within(region);
    check_band(region, 0, before);
    check_band(region, before + within, region->behind * region->element);
    MUST(clt_buffer_read(&region->buffer, before, elements, within));
}

void clt_region_write_reals(struct clt_region *region, const double *values)
{
    if (region->element == sizeof *values) {
        clt_region_write(region, values);
        return;
    }
    float *narrow = clt_allocate(region->count, sizeof *narrow);
    for (size_t i = 0; i < region->count; i++) narrow[i] = (float)values[i];
    clt_region_write(region, narrow);
    free(narrow);
}

void clt_region_read_reals(const struct clt_region *region, double *values)
{
    if (region->element == sizeof *values) {
        clt_region_read(region, values);
        return;
    }
    float *narrow = clt_allocate(region->count, sizeof *narrow);
    clt_region_read(region, narrow);
    for (size_t i = 0; i < region->count; i++) values[i] = (double)narrow[i];
    free(narrow);
}

void clt_run_list(struct clt_launch_list *list)
{
    MUST(clt_launch_list_enqueue(list));
    MUST(clt_device_finish(clt_launch_list_device(list)));
    clt_launch_list_free(list);
}

void *clt_allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    assert_non_null(memory);
    return memory;
}

void clt_check_close(const char *what, enum clt_real real, double ulps, const double *got,
                     const double *wanted, size_t n)
{
    const double error = clt_compare_error(real, got, wanted, n);
    if (!(error <= ulps))
        fail_msg("%s: off by %g units of the last place, %zu elements", what, error, n);
}

void clt_check_same(const char *what, const void *got, const void *wanted, size_t n_bytes)
{
    const uint8_t *a = got, *b = wanted;
    for (size_t i = 0; i < n_bytes; i++)
        if (a[i] != b[i]) fail_msg("%s: byte %zu of %zu differs", what, i, n_bytes);
}
