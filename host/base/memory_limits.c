#include "memory_limits.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "file.h"
#include "text.h"

#define KIBIBYTE UINT64_C(1024)
#define MEBIBYTE (1024 * 1024.0)
#define GROUPS   "sys/fs/cgroup"

/* The one that leaves most, but for those that count addresses. */
static struct clt_limit *loosest(struct clt_limits *limits)
{
    struct clt_limit *found = limits->limit;
    for (size_t i = 1; i < limits->count; i++) {
        struct clt_limit *limit = &limits->limit[i];
        if (!limit->addresses && (found->addresses || limit->left > found->left)) found = limit;
    }
    return found;
}

/* Where there is no more place, the loosest gives way. */
static void add(struct clt_limits *limits, const char *name, bool addresses, uint64_t limit,
                uint64_t used)
{
    const uint64_t left = limit > used ? limit - used : 0;
    const bool full = limits->count == CLT_LIMITS_MOST;
    struct clt_limit *place = full ? loosest(limits) : &limits->limit[limits->count++];
    if (full && place->left <= left) return;
    snprintf(place->name, sizeof place->name, "%s", name);
    place->left = left;
    place->addresses = addresses;
}

/* ROOT/FOLDER/NAME as a fresh text; NULL where it cannot be read. */
static char *read_text(const char *root, const char *folder, const char *name)
{
    struct clt_text path = {0};
    uint8_t *bytes = NULL;
    size_t size;
    clt_text_add(&path, "%s/%s/%s", root, folder, name);
    char *taken = clt_text_take(&path);
    if (taken && clt_file_read(&bytes, &size, taken) != CLT_OK) bytes = NULL;
    free(taken);
    return (char *)bytes;
}

/* The number behind `key` at the start of a line ("" : of the file); false: there is none. */
static bool find_number(uint64_t *out, const char *text, const char *key)
{
    const size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        char *end;
        if (strncmp(line, key, length) != 0) continue;
        *out = strtoull(line + length, &end, 10);
        return end != line + length;
    }
    return false;
}

static bool read_number(uint64_t *out, const char *root, const char *folder, const char *name,
                        const char *key)
{
    char *text = read_text(root, folder, name);
    const bool found = text && find_number(out, text, key);
    free(text);
    return found;
}

static void add_available(struct clt_limits *limits, const char *root)
{
    uint64_t kibibytes;
    if (read_number(&kibibytes, root, "proc", "meminfo", "MemAvailable:"))
        add(limits, "the system's free memory", false, kibibytes * KIBIBYTE, 0);
}

/* Bytes that malloc() has of the system and gives out again, such as those of a run before. */
static uint64_t free_in_heap(void)
{
#ifdef __GLIBC__
    return mallinfo2().fordblks;
#else
    return 0;
#endif
}

static void add_ulimit(struct clt_limits *limits, const char *root, int resource, const char *key,
                       const char *name)
{
    struct rlimit limit;
    uint64_t kibibytes = 0;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    read_number(&kibibytes, root, "proc/self", "status", key);
    add(limits, name, resource == RLIMIT_AS, limit.rlim_cur + free_in_heap(), kibibytes * KIBIBYTE);
}

/* How a version of control groups names its files. */
struct version {
    const char *prefix; /* of its line in /proc/self/cgroup, in front of the group's path */
    const char *mounts[2];
    const char *limit, *used, *reclaimable;
};

static const struct version versions[] = {
    {"0::", {GROUPS, GROUPS "/unified"}, "memory.max", "memory.current", "inactive_file "},
    {":memory:",
     {GROUPS "/memory", NULL},
     "memory.limit_in_bytes",
     "memory.usage_in_bytes",
     "total_inactive_file "},
};

/* What is cached of files gives way to what is needed. */
static void add_group(struct clt_limits *limits, const char *root, const struct version *version,
                      const char *folder, const char *group)
{
    uint64_t limit, used = 0, reclaimable = 0;
    char name[sizeof limits->limit->name];
    if (!read_number(&limit, root, folder, version->limit, "")) return; /* "max" */
    if (limit >= INT64_MAX / 2) return; /* version 1's word for none */
    read_number(&used, root, folder, version->used, "");
    read_number(&reclaimable, root, folder, "memory.stat", version->reclaimable);
    snprintf(name, sizeof name, "%s of the control group %.120s", version->limit, group);
    add(limits, name, false, limit, used > reclaimable ? used - reclaimable : 0);
}

/* The group and all above it; inside a container those that are to be seen there. */
static void add_groups(struct clt_limits *limits, const char *root, const struct version *version,
                       char *group)
{
    for (;;) {
        for (size_t i = 0; i < 2 && version->mounts[i]; i++) {
            struct clt_text folder = {0};
            clt_text_add(&folder, "%s%s", version->mounts[i], group);
            char *taken = clt_text_take(&folder);
            if (taken) add_group(limits, root, version, taken, *group ? group : "/");
            free(taken);
        }
        char *slash = strrchr(group, '/');
        if (!slash) return;
        *slash = '\0';
    }
}

/* Where the process's group stands in `line`, which the path ends; NULL: it is of another version.
 */
static char *group_in(char *line, const char *prefix)
{
    char *found = strstr(line, prefix);
    if (!found || (*prefix != ':' && found != line)) return NULL;
    return found + strlen(prefix);
}

static void add_control_groups(struct clt_limits *limits, const char *root)
{
    char *text = read_text(root, "proc/self", "cgroup");
    char *rest = NULL;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest))
        for (size_t v = 0; v < sizeof versions / sizeof *versions; v++) {
            char *group = group_in(line, versions[v].prefix);
            if (!group) continue;
            if (strcmp(group, "/") == 0) *group = '\0';
            add_groups(limits, root, &versions[v], group);
            break;
        }
    free(text);
}

void clt_limits_read(struct clt_limits *out, const char *root)
{
    *out = (struct clt_limits){.count = 0};
    add_available(out, root);
    add_ulimit(out, root, RLIMIT_AS, "VmSize:", "ulimit -v");
    add_ulimit(out, root, RLIMIT_DATA, "VmData:", "ulimit -d");
    add_control_groups(out, root); /* there may be more than places */
}

const struct clt_limit *clt_limits_least(const struct clt_limits *limits)
{
    const struct clt_limit *least = NULL;
    for (size_t i = 0; i < limits->count; i++)
        if (!least || limits->limit[i].left < least->left) least = &limits->limit[i];
    return least;
}

enum clt_status clt_limits_check(const char *what, uint64_t bytes)
{
    struct clt_limits limits;
    clt_limits_read(&limits, "");
    const struct clt_limit *least = clt_limits_least(&limits);
    if (!least || bytes <= least->left) return CLT_OK;
    return clt_fail(CLT_E_NOMEM, "%s: needs %.0f MiB of memory, %s leaves %.0f MiB", what,
                    (double)bytes / MEBIBYTE, least->name, (double)least->left / MEBIBYTE);
}
