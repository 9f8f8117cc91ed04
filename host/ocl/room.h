/* room.h - the memory of the host that a device and its driver take beside what is planned. */
#ifndef CLT_ROOM_H
#define CLT_ROOM_H

#include "device.h"

/* What compiling kernels takes at most, whatever the run: 150 MiB with PoCL 3.1. */
#define CLT_COMPILER_ROOM ((uint64_t)256 << 20)

/* Whether PoCL can load and compile within this process's limits: beyond them it aborts (threads
 * that cannot start, exceptions inside of LLVM). CLT_E_DEVICE, naming the limit. */
enum clt_status clt_room_check_driver(void);

/* Whether the device's memory is the host's. */
bool clt_device_shares_memory(const struct clt_device *device);
/* Bytes that a run may plan to take there: the device's memory, and where that is the host's, no
 * more than the process's limits leave. */
uint64_t clt_device_room(const struct clt_device *device);

#endif
