/* memory.h - arrays of a case of the self-test, on the device and on the host. */
#ifndef CLT_SELFTEST_MEMORY_H
#define CLT_SELFTEST_MEMORY_H

#include "buffer.h"
#include "launch.h"

/* What every case runs with. */
struct clt_bench {
    struct clt_device *device;
    enum clt_real real;
    bool tight; /* no guard behind a vector: an interpreter sees more, reads as well */
};

/* `count` reals; on the device NaN until they are sent. */
struct clt_reals {
    struct clt_buffer buffer;
    enum clt_real real;
    size_t count;
    double *host;
};

/* Filled by clt_compare_fill(). Start with {0}. */
enum clt_status clt_reals_create(struct clt_reals *out, const struct clt_bench *bench, size_t count,
                                 uint64_t seed);
void clt_reals_free(struct clt_reals *reals);
struct clt_view clt_reals_view(const struct clt_reals *reals);
/* host -> device */
enum clt_status clt_reals_send(struct clt_reals *reals);
/* device -> values [count] */
enum clt_status clt_reals_read(double *values, const struct clt_reals *reals);
/* *error = the larger of itself and how far the device's values are from `wanted`, in units of the
 * last place. */
enum clt_status clt_reals_compare(double *error, const struct clt_reals *reals,
                                  const double *wanted);

/* Enqueues the list, waits for it, frees it; `status` is that of building it, and passed on. */
enum clt_status clt_bench_run(enum clt_status status, struct clt_launch_list *list);

#endif
