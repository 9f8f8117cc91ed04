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

/* What layers compute. */
enum clt_status clt_selftest_layers(struct clt_selftest *test, const struct clt_bench *bench,
                                    struct clt_selftest_shape shape);
/* What surrounds them in a step: samples, dropout's masks, the loss, the update. */
enum clt_status clt_selftest_step(struct clt_selftest *test, const struct clt_bench *bench,
                                  struct clt_selftest_shape shape);
/* All transpositions, one matrix and several. */
enum clt_status clt_selftest_products(struct clt_selftest *test, const struct clt_bench *bench,
                                      const struct clt_gemm *gemm, bool brief);

#endif
