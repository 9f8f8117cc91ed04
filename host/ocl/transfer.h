/* transfer.h - writing to device memory while the device computes: a queue of its own, and host
 * memory that a driver transfers from directly. */
#ifndef CLT_TRANSFER_H
#define CLT_TRANSFER_H

#include "buffer.h"

struct clt_transfer;

/* With `size` bytes of host memory. The device outlives it. CLT_E_DEVICE, CLT_E_NOMEM. */
enum clt_status clt_transfer_create(struct clt_transfer **out, struct clt_device *device,
                                    size_t size);
void clt_transfer_free(struct clt_transfer *transfer); /* NULL is fine; waits */

uint8_t *clt_transfer_memory(const struct clt_transfer *transfer);

/* Queues writing `size` (> 0) bytes of that memory, from `from` on, to the buffer at `offset`.
 * Nothing that the device may be doing meanwhile may touch them there. */
enum clt_status clt_transfer_write(struct clt_transfer *transfer, struct clt_buffer *buffer,
                                   size_t offset, size_t from, size_t size);
/* Starts what is queued; what is enqueued on the device from here on waits for it. *done, which the
 * caller releases, tells when the host memory is free again. */
enum clt_status clt_transfer_start(struct clt_transfer *transfer, cl_event *done);

#endif
