/* parts.h - the two kinds of measurement that a benchmark is made of. */
#ifndef CLT_BENCHMARK_PARTS_H
#define CLT_BENCHMARK_PARTS_H

#include "benchmark.h"
#include "dataset.h"

/* Takes `dataset` over, also on failure; NULL: the config's own. `out` is freed by the caller, also
 * on failure. */
enum clt_status clt_measure_steps(struct clt_benchmark_step *out, struct clt_device *device,
                                  const struct clt_config *config, struct clt_dataset *dataset,
                                  double seconds);

struct clt_product_case {
    const char *label;
    struct clt_benchmark_shape shape;
};
/* Products that training makes: forward and weight gradients of the workloads' first layers, and
 * squares. */
const struct clt_product_case *clt_product_cases(size_t *count);

enum clt_status clt_measure_product(struct clt_benchmark_product *out, struct clt_device *device,
                                    const struct clt_gemm *gemm, struct clt_benchmark_shape shape,
                                    double seconds);

#endif
