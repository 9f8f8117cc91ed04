/* selftest.h - every kernel and both GEMMs on a device, at awkward sizes, against host/ref. */
#ifndef CLT_SELFTEST_H
#define CLT_SELFTEST_H

#include "gemm.h"

struct clt_selftest_row { /* a kernel in one type */
    const char *kernel;
    enum clt_real real;
    size_t cases;
    double error, bound; /* the worst |got - wanted| / |wanted|, in units of the last place */
};

struct clt_selftest {
    struct clt_selftest_row *rows;
    size_t n_rows;
    bool passed; /* every row within its bound */
};

struct clt_selftest_options {
    bool brief;                /* few sizes, in float only */
    enum clt_gemm_choice gemm; /* our own is always tested, CLBlast where this chooses it */
};

/* Kernels are those that training uses on that device. CLT_E_DEVICE: one does not build or run. */
enum clt_status clt_selftest_run(struct clt_selftest **out, struct clt_device *device,
                                 const struct clt_selftest_options *options);
void clt_selftest_free(struct clt_selftest *test); /* NULL is fine */
bool clt_selftest_row_passed(const struct clt_selftest_row *row);

/* Runs the brief form on the device that `selector` chooses, unless these kernels have passed it
 * there with its driver before: *out is NULL then. A pass is remembered in $XDG_CACHE_HOME/cltrain
 * (else ~/.cache/cltrain); where that cannot be written, the test runs again the next time. */
enum clt_status clt_selftest_once(struct clt_selftest **out, const char *selector,
                                  enum clt_gemm_choice gemm);

#endif
