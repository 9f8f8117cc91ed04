/* event.h - waiting for one command, and starting those that are queued. */
#ifndef CLT_EVENT_H
#define CLT_EVENT_H

#include "device.h"

enum clt_status clt_event_wait(cl_event event);
void clt_event_release(cl_event event); /* NULL is fine */
/* Makes sure that the device starts on what is queued. */
enum clt_status clt_device_flush(struct clt_device *device);

#endif
