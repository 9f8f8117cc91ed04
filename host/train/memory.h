/* memory.h - what a run takes of the memory of the device and of the host, summed before any of it
 * is allocated. Drivers over-commit: PoCL grants any size, and dies. */
#ifndef CLT_TRAIN_MEMORY_H
#define CLT_TRAIN_MEMORY_H

#include "dataset.h"
#include "device.h"
#include "model.h"

struct clt_run_memory {      /* bytes */
    struct clt_memory model; /* on the device */
    size_t data, images;     /* samples and tables there; of these in one allocation */
    size_t host;             /* in the process, beside what it has already */
};

/* Of `dataset`, which stays on the device (`half` = 0) or streams through two such halves. On the
 * host: images that are to be unpacked, tables, and copies of the weights for checkpoints. */
struct clt_run_memory clt_run_memory(const struct clt_memory *model,
                                     const struct clt_dataset *dataset, size_t half, size_t members,
                                     enum clt_real real);
/* What a model leaves of a device's memory for samples and tables. */
size_t clt_memory_for_data(const struct clt_memory *model, const struct clt_device *device);
/* All on the device. SIZE_MAX: too much to address. */
size_t clt_run_memory_on_device(const struct clt_run_memory *memory);
/* All of the process's own, with what the compiler takes: also what is on a device that works in
 * the host's memory. */
uint64_t clt_run_memory_of_process(const struct clt_run_memory *memory,
                                   const struct clt_device *device);

/* CLT_E_DEVICE: more than the device has, or allows in one allocation; CLT_E_NOMEM: more than the
 * process may take. The message names the limit. */
enum clt_status clt_run_memory_check(const struct clt_run_memory *memory,
                                     const struct clt_device *device);

#endif
