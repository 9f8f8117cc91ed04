/* workloads.h - what `cltrain bench` measures without a config: the networks of configs/bench, on
 * samples that need no file. */
#ifndef CLT_WORKLOADS_H
#define CLT_WORKLOADS_H

#include "config.h"
#include "dataset.h"

struct clt_workload {
    const char *label; /* its name, with the number of members where there are several */
    const char *name;  /* of the config in configs/bench */
    const char *hidden;
    bool batch_norm;
    size_t batch, members; /* members differ in their L2 factor */
};
const struct clt_workload *clt_workloads(size_t *count);

/* The caller frees *out. CLT_E_NOMEM. */
enum clt_status clt_workload_config(struct clt_config **out, const struct clt_workload *workload,
                                    const char *gemm);

/* Whole batches of images of CIFAR-10's shape, about 10,000 of them, of random bytes and labels:
 * word i / 4 of the images is Philox4x32-10 of counter (i / 16, 0, 0, 0) and key (1, 0), little end
 * first, labels the words of key (2, 0) modulo 10. Normalised like real ones. The caller frees
 * *out. CLT_E_NOMEM. */
enum clt_status clt_workload_dataset(struct clt_dataset **out, size_t batch);

#endif
