/* doctor.h - what `cltrain doctor` looks at, and how it says what it found. */
#ifndef CLT_DOCTOR_H
#define CLT_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum clt_verdict { CLT_VERDICT_OK, CLT_VERDICT_WARNING, CLT_VERDICT_PROBLEM };

struct clt_doctor {
    const char *heading; /* of what is found from now on */
    json_t *findings;    /* a list of {heading, verdict, found, advice}; NULL: memory was out */
    json_t *devices;     /* selectors, such as "0:0"; NULL: memory was out */
    FILE *parent;        /* where a child's findings go; NULL: this is no child */
};

/* Adds a finding. `advice`: what to do about it; NULL where there is nothing, or `format` says it.
 */
__attribute__((format(printf, 4, 5))) void clt_doctor_say(struct clt_doctor *doctor,
                                                          enum clt_verdict verdict,
                                                          const char *advice, const char *format,
                                                          ...);
/* Tells the parent of a device. */
void clt_doctor_tell_device(struct clt_doctor *doctor, size_t platform, size_t device);
const char *clt_doctor_verdict_name(enum clt_verdict verdict);

/* What may crash: `work` runs in a child process, whose findings become this process's. Whether it
 * came to its end; how it ended otherwise has been said, of `what` and with `advice`. No OpenCL
 * call may have been made in this process. */
bool clt_doctor_isolate(struct clt_doctor *doctor, const char *what, const char *advice,
                        void (*work)(struct clt_doctor *doctor, const void *self),
                        const void *self);

struct stat;

/* All below `path`, links themselves; what cannot be looked into is passed over. */
void clt_doctor_walk(const char *path, unsigned depth,
                     void (*visit)(void *self, const char *path, const struct stat *info),
                     void *self);
/* A file can be made in the folder, there is room, and locks work; says what is not so. `verdict`:
 * of a folder that cannot be written; `advice`: of all. */
void clt_doctor_check_folder(struct clt_doctor *doctor, const char *what, const char *folder,
                             enum clt_verdict verdict, const char *advice);

/* The checks, each under a heading of its own. */
void clt_doctor_opencl(struct clt_doctor *doctor);
void clt_doctor_folders(struct clt_doctor *doctor);
void clt_doctor_limits(struct clt_doctor *doctor);
void clt_doctor_environment(struct clt_doctor *doctor);
void clt_doctor_run(struct clt_doctor *doctor, const char *folder);

#endif
