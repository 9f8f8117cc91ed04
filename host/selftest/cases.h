/* cases.h - the groups of cases that selftest.c runs; each notes its kernels' errors. */
#ifndef CLT_SELFTEST_CASES_H
#define CLT_SELFTEST_CASES_H

#include "gemm.h"
#include "memory.h"
#include "selftest.h"

struct clt_selftest_shape {
    size_t members, units, batch;
};

/* Adds a case to the kernel's row. */
enum clt_status clt_selftest_note(struct clt_selftest *test, const char *kernel, enum clt_real real,
                                  double error, double bound);

/* The operations of op_case.h on rows, and the loss. */
enum clt_status clt_selftest_layers(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct clt_gemm *gemm, struct clt_selftest_shape shape);
/* A dense layer's products: members with an input of their own, and one that they share. */
enum clt_status clt_selftest_products(struct clt_selftest *test, const struct clt_bench *bench,
                                      const struct clt_gemm *gemm, bool brief);
/* What surrounds the steps: samples, the update, sums of squares. */
enum clt_status clt_selftest_around(struct clt_selftest *test, const struct clt_bench *bench,
                                    const struct clt_gemm *gemm, struct clt_selftest_shape shape);

#endif
