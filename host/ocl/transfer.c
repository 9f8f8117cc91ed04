#include "transfer.h"

#include <assert.h>
#include <stdlib.h>

struct clt_transfer {
    struct clt_device *device;
    cl_command_queue queue; /* in order */
    cl_mem staging;
    uint8_t *memory; /* `staging`, mapped for good: drivers pin what they allocate for the host */
    size_t size;
};

static enum clt_status create_staging(struct clt_transfer *transfer, size_t size)
{
    enum clt_status st = CLT_OK;
    cl_int code;
    transfer->staging = clCreateBuffer(clt_device_context(transfer->device),
                                       CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR, size, NULL, &code);
    TRY(clt_device_check(code, "clCreateBuffer"));
    transfer->memory = clEnqueueMapBuffer(transfer->queue, transfer->staging, CL_TRUE, CL_MAP_WRITE,
                                          0, size, 0, NULL, NULL, &code);
    TRY(clt_device_check(code, "clEnqueueMapBuffer"));
    transfer->size = size;
done:
    return st;
}

enum clt_status clt_transfer_create(struct clt_transfer **out, struct clt_device *device,
                                    size_t size)
{
    enum clt_status st = CLT_OK;
    cl_int code;
    struct clt_transfer *transfer = calloc(1, sizeof *transfer);
    *out = NULL;
    if (!transfer) return clt_fail(CLT_E_NOMEM, "no memory for transfers to the device");
    transfer->device = device;
    transfer->queue = clCreateCommandQueue(clt_device_context(device),
                                           clt_device_describe(device)->device_id, 0, &code);
    TRY(clt_device_check(code, "clCreateCommandQueue"));
    TRY(create_staging(transfer, size));
    *out = transfer;
    transfer = NULL;
done:
    clt_transfer_free(transfer);
    return st;
}

void clt_transfer_free(struct clt_transfer *transfer)
{
    if (!transfer) return;
    if (transfer->memory)
        clEnqueueUnmapMemObject(transfer->queue, transfer->staging, transfer->memory, 0, NULL,
                                NULL);
    if (transfer->queue) clFinish(transfer->queue);
    if (transfer->staging) clReleaseMemObject(transfer->staging);
    if (transfer->queue) clReleaseCommandQueue(transfer->queue);
    free(transfer);
}

uint8_t *clt_transfer_memory(const struct clt_transfer *transfer)
{
    return transfer->memory;
}

enum clt_status clt_transfer_write(struct clt_transfer *transfer, struct clt_buffer *buffer,
                                   size_t offset, size_t from, size_t size)
{
    assert(size > 0 && offset <= buffer->size && size <= buffer->size - offset);
    assert(from <= transfer->size && size <= transfer->size - from);
    return clt_device_check(clEnqueueWriteBuffer(transfer->queue, buffer->memory, CL_FALSE, offset,
                                                 size, transfer->memory + from, 0, NULL, NULL),
                            "clEnqueueWriteBuffer");
}

enum clt_status clt_transfer_start(struct clt_transfer *transfer, cl_event *done)
{
    enum clt_status st = CLT_OK;
    cl_event written = NULL;
    TRY(clt_device_check(clEnqueueMarkerWithWaitList(transfer->queue, 0, NULL, &written),
                         "clEnqueueMarkerWithWaitList"));
    TRY(clt_device_check(clFlush(transfer->queue), "clFlush"));
    TRY(clt_device_check(
        clEnqueueBarrierWithWaitList(clt_device_queue(transfer->device), 1, &written, NULL),
        "clEnqueueBarrierWithWaitList"));
    *done = written;
    written = NULL;
done:
    if (written) clReleaseEvent(written);
    return st;
}
