/* harness.h - what the tests of operations share: a device, guarded device memory, comparisons.
 * All of it ends the running test by a cmocka failure where something is wrong. */
#ifndef CLT_TESTS_HARNESS_H
#define CLT_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "launch.h"

struct clt_harness { /* every test's initial state */
    struct clt_device *device;
    enum clt_real real; /* the type under test */
    bool small;         /* CLTRAIN_TEST_SIZES=small: for runs under an interpreter */
};

/* Runs the tests on CLTRAIN_DEVICE or the default device in float, then in double where the device
 * can (not where small); the number of failed ones, for main(). */
int clt_harness_run(const char *name, const struct CMUnitTest *tests, size_t count);
/* In one type only. */
int clt_harness_run_in(enum clt_real real, const char *name, const struct CMUnitTest *tests,
                       size_t count);

/* Fails, with the recorded message, where `call` does. */
#define MUST(call) clt_must((call), #call, __FILE__, __LINE__)
void clt_must(enum clt_status status, const char *call, const char *file, int line);

/* Shapes at which an operation may go wrong; false past the last one. */
struct clt_test_shape {
    size_t members, units, batch;
};
bool clt_shape_at(struct clt_test_shape *out, const struct clt_harness *h, size_t index);

/* `count` elements on the device between bands of a NaN in either real, another one in regions that
 * were written, so that copying a band shows; the elements are NaN themselves until written.
 * Kernels take some buffers from their start: these have no band in front. Where small there is
 * none behind: the interpreter sees more, reads as well. */
struct clt_region {
    struct clt_buffer buffer;
    size_t front, count, behind, element; /* elements before, elements, after; bytes of one */
    bool written;
};
struct clt_region clt_region_of_reals(const struct clt_harness *h, size_t count);
struct clt_region clt_region_of(const struct clt_harness *h, size_t count, size_t element);
void clt_region_free(struct clt_region *region);
struct clt_view clt_region_view(const struct clt_region *region);
void clt_region_write(struct clt_region *region, const void *elements);
/* Fails where a band has changed. */
void clt_region_read(const struct clt_region *region, void *elements);
/* The same for reals of either type. */
void clt_region_write_reals(struct clt_region *region, const double *values);
void clt_region_read_reals(const struct clt_region *region, double *values);

/* Enqueues the list, waits for it, frees it. */
void clt_run_list(struct clt_launch_list *list);

void *clt_allocate(size_t count, size_t size);
/* clt_compare_error() is at most `ulps`. NaN fails. */
void clt_check_close(const char *what, enum clt_real real, double ulps, const double *got,
                     const double *wanted, size_t n);
/* Bit for bit. */
void clt_check_same(const char *what, const void *got, const void *wanted, size_t n_bytes);

#endif
