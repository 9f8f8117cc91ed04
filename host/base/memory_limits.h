/* memory_limits.h - how much memory this process may still take, and who says so.
 *
 * What counts: the system's MemAvailable; the limit of the control group and of each above it,
 * version 1 or 2, less what they use and cannot give back; ulimit -v and ulimit -d, less what the
 * process has. What a system does not tell is no limit. */
#ifndef CLT_MEMORY_LIMITS_H
#define CLT_MEMORY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { CLT_LIMITS_MOST = 24 };

struct clt_limit {
    char name[200]; /* "ulimit -v", "memory.max of the control group /batch/job_7", ... */
    uint64_t left;  /* bytes */
    bool addresses; /* also counts what is mapped and never touched, as libraries are */
};

struct clt_limits {
    struct clt_limit limit[CLT_LIMITS_MOST];
    size_t count;
};

/* `root`: the folder below which proc and sys lie, "" for those of the system. */
void clt_limits_read(struct clt_limits *out, const char *root);
/* The one that leaves least; NULL where there is none. */
const struct clt_limit *clt_limits_least(const struct clt_limits *limits);

/* CLT_E_NOMEM, naming the limit: it does not leave `bytes`, which `what` needs. */
enum clt_status clt_limits_check(const char *what, uint64_t bytes);

#endif
