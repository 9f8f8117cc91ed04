#include "room.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "file.h"
#include "memory_limits.h"

/* Of a small run with PoCL 3.1, whose kernels were not compiled before: 256 MiB resident, 530 MiB
 * of addresses, most of them of LLVM's libraries; on two processors, a thread each. */
#define LEAST_RESIDENT  ((uint64_t)256 << 20)
#define LEAST_ADDRESSES ((uint64_t)640 << 20)
#define DEFAULT_STACK   ((uint64_t)8 << 20)

/* PoCL starts a thread for each processor. */
static uint64_t stacks(void)
{
    struct rlimit stack;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const bool known = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
    return (uint64_t)(processors > 0 ? processors : 1) *
           (known ? (uint64_t)stack.rlim_cur : DEFAULT_STACK);
}

/* Then what it needs is part of what the process has. */
static bool is_pocl_loaded(void)
{
    uint8_t *maps;
    size_t size;
    if (clt_file_read(&maps, &size, "/proc/self/maps") != CLT_OK) return false;
    const bool found = strstr((const char *)maps, "/libpocl") != NULL;
    free(maps);
    return found;
}

enum clt_status clt_room_check_driver(void)
{
    struct clt_limits limits;
    if (is_pocl_loaded()) return CLT_OK;
    clt_limits_read(&limits, "");
    for (size_t i = 0; i < limits.count; i++) {
        const struct clt_limit *limit = &limits.limit[i];
        const uint64_t needed = limit->addresses ? LEAST_ADDRESSES + stacks() : LEAST_RESIDENT;
        if (limit->left < needed)
            return clt_fail(CLT_E_DEVICE,
                            "PoCL and its compiler need %llu MiB of memory, %s leaves %llu MiB; "
                            "raise it",
                            (unsigned long long)(needed >> 20), limit->name,
                            (unsigned long long)(limit->left >> 20));
    }
    return CLT_OK;
}

bool clt_device_shares_memory(const struct clt_device *device)
{
    const struct clt_device_info *info = clt_device_describe(device);
    return clt_device_is_cpu(device) || info->integrated;
}

uint64_t clt_device_room(const struct clt_device *device)
{
    const uint64_t memory = clt_device_describe(device)->memory;
    struct clt_limits limits;
    if (!clt_device_shares_memory(device)) return memory;
    clt_limits_read(&limits, "");
    const struct clt_limit *least = clt_limits_least(&limits);
    if (!least) return memory;
    const uint64_t left = least->left > CLT_COMPILER_ROOM ? least->left - CLT_COMPILER_ROOM : 0;
    return left < memory ? left : memory;
}
