/* capacity.h - how much of a population a device holds at once. */
#ifndef CLT_CAPACITY_H
#define CLT_CAPACITY_H

#include "config.h"
#include "device.h"

struct clt_capacity {
    size_t members;      /* that fit at once; at least 1 */
    size_t one, several; /* bytes of device memory, samples not counted: of one member, and of
                            `members` */
    size_t limit;        /* bytes: what they may take */
};

/* What a launch on a GPU may take, by the pace of a slow one. */
#define CLT_LAUNCH_SECONDS 0.5

/* For members like those of `config`, which form one group, `most` of them at most. They may take
 * what the samples leave of the device's memory (or their stream, where they do not fit), or
 * population_memory where that is less; on a GPU, no more than a launch can bear. CLT_E_DEVICE: not
 * even one fits; CLT_E_DATA, CLT_E_SHAPE, CLT_E_NOMEM. */
enum clt_status clt_capacity_find(struct clt_capacity *out, const struct clt_config *config,
                                  size_t most, const struct clt_device *device);

#endif
