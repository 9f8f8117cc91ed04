#include "event.h"

enum clt_status clt_event_wait(cl_event event)
{
    return clt_device_check(clWaitForEvents(1, &event), "clWaitForEvents");
}

void clt_event_release(cl_event event)
{
    if (event) clReleaseEvent(event);
}

enum clt_status clt_device_flush(struct clt_device *device)
{
    return clt_device_check(clFlush(clt_device_queue(device)), "clFlush");
}
