/* parts.h - where the members of a run directory lie.
 *
 * Members that cannot train together (other shapes or lengths, or more than the device's memory
 * holds) train in parts, one after another. Each part is a run directory of its own below
 * RUNDIR/parts, whose members count from 0; what it comes to is put together in RUNDIR. */
#ifndef CLT_PARTS_H
#define CLT_PARTS_H

#include <stddef.h>

#include "status.h"

/* Bytes that run.json and parts.json may have. A run of 10,000 members writes some 10 MB. */
#define CLT_RECORD_MOST ((size_t)64 << 20)

struct clt_part {
    size_t *members; /* [n_members]: their numbers in the whole, ascending */
    size_t n_members;
};

struct clt_parts { /* start with {0} */
    struct clt_part *part;
    size_t n_parts;
};
void clt_parts_free(struct clt_parts *parts);
/* Adds a part of these members. CLT_E_NOMEM. */
enum clt_status clt_parts_add(struct clt_parts *parts, const size_t *members, size_t n);

/* Makes RUNDIR/parts and writes the table. CLT_E_OUTPUT. */
enum clt_status clt_parts_write(const struct clt_parts *parts, const char *folder);
/* No parts: the members of `folder` have trained together. CLT_E_DATA: the table is damaged. */
enum clt_status clt_parts_read(struct clt_parts *out, const char *folder);

/* "FOLDER/parts/01" for part 0. NULL where memory is out. */
char *clt_part_folder(const char *folder, size_t part);

/* A member of a run directory as one of the run directory that it has trained in: of the part, or
 * of `folder` itself. The caller frees *out_folder. CLT_E_DATA. */
enum clt_status clt_parts_locate(char **out_folder, size_t *out_member, const char *folder,
                                 size_t member);

#endif
