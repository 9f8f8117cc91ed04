/* buffer.h - device memory. Transfers go through the device's in-order queue. */
#ifndef CLT_BUFFER_H
#define CLT_BUFFER_H

#include "device.h"

struct clt_buffer {
    cl_mem memory;
    size_t size;               /* bytes */
    struct clt_device *device; /* borrowed */
};

/* `size` bytes, uninitialised; 0 gives the smallest buffer. CLT_E_DEVICE: the device refuses. */
enum clt_status clt_buffer_create(struct clt_buffer *out, struct clt_device *device, size_t size);
/* The same, holding `bytes`. */
enum clt_status clt_buffer_create_filled(struct clt_buffer *out, struct clt_device *device,
                                         const void *bytes, size_t size);
void clt_buffer_free(struct clt_buffer *buffer); /* a zeroed struct is fine */

/* Return when the bytes have arrived. */
enum clt_status clt_buffer_write(struct clt_buffer *buffer, size_t offset, const void *bytes,
                                 size_t size);
enum clt_status clt_buffer_read(const struct clt_buffer *buffer, size_t offset, void *bytes,
                                size_t size);
/* Returns at once; `bytes` must stay until *done, which the caller releases, is complete. */
enum clt_status clt_buffer_write_later(struct clt_buffer *buffer, size_t offset, const void *bytes,
                                       size_t size, cl_event *done);
/* Zero bytes everywhere; returns at once. */
enum clt_status clt_buffer_zero(struct clt_buffer *buffer);

#endif
