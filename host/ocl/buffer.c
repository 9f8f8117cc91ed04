#include "buffer.h"

#include <assert.h>

enum clt_status clt_buffer_create(struct clt_buffer *out, struct clt_device *device, size_t size)
{
    cl_int code;
    *out = (struct clt_buffer){0};
    /* OpenCL refuses a buffer of no bytes. */
    const cl_mem memory =
        clCreateBuffer(clt_device_context(device), CL_MEM_READ_WRITE, size ? size : 1, NULL, &code);
    const enum clt_status st = clt_device_check(code, "clCreateBuffer");
    if (st != CLT_OK) {
        const struct clt_device_info *info = clt_device_describe(device);
        return clt_fail(st, "%s: %zu bytes; %s allows %llu in one piece, %llu in all",
                        clt_error_message(), size, info->name,
                        (unsigned long long)info->largest_allocation,
                        (unsigned long long)info->memory);
    }
    *out = (struct clt_buffer){memory, size, device};
    return CLT_OK;
}

enum clt_status clt_buffer_create_filled(struct clt_buffer *out, struct clt_device *device,
                                         const void *bytes, size_t size)
{
    enum clt_status st = CLT_OK;
    TRY(clt_buffer_create(out, device, size));
    TRY(clt_buffer_write(out, 0, bytes, size));
done:
    return st;
}

void clt_buffer_free(struct clt_buffer *buffer)
{
    if (buffer->memory) clReleaseMemObject(buffer->memory);
    *buffer = (struct clt_buffer){0};
}

enum clt_status clt_buffer_write(struct clt_buffer *buffer, size_t offset, const void *bytes,
                                 size_t size)
{
    assert(offset <= buffer->size && size <= buffer->size - offset);
    if (size == 0) return CLT_OK; /* no command moves nothing */
    return clt_device_check(clEnqueueWriteBuffer(clt_device_queue(buffer->device), buffer->memory,
                                                 CL_TRUE, offset, size, bytes, 0, NULL, NULL),
                            "clEnqueueWriteBuffer");
}

enum clt_status clt_buffer_read(const struct clt_buffer *buffer, size_t offset, void *bytes,
                                size_t size)
{
    assert(offset <= buffer->size && size <= buffer->size - offset);
    if (size == 0) return CLT_OK;
    return clt_device_check(clEnqueueReadBuffer(clt_device_queue(buffer->device), buffer->memory,
                                                CL_TRUE, offset, size, bytes, 0, NULL, NULL),
                            "clEnqueueReadBuffer");
}

enum clt_status clt_buffer_write_later(struct clt_buffer *buffer, size_t offset, const void *bytes,
                                       size_t size, cl_event *done)
{
    assert(size > 0 && offset <= buffer->size && size <= buffer->size - offset);
    return clt_device_check(clEnqueueWriteBuffer(clt_device_queue(buffer->device), buffer->memory,
                                                 CL_FALSE, offset, size, bytes, 0, NULL, done),
                            "clEnqueueWriteBuffer");
}

enum clt_status clt_buffer_zero(struct clt_buffer *buffer)
{
    const cl_uchar zero = 0;
    if (buffer->size == 0) return CLT_OK;
    return clt_device_check(clEnqueueFillBuffer(clt_device_queue(buffer->device), buffer->memory,
                                                &zero, sizeof zero, 0, buffer->size, 0, NULL, NULL),
                            "clEnqueueFillBuffer");
}
