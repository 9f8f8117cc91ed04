/* division.h - the members of a config in parts: groups, each in waves. */
#ifndef CLT_DIVISION_H
#define CLT_DIVISION_H

#include "capacity.h"
#include "parts.h"

struct clt_division { /* start with {0} */
    struct clt_parts parts;
    size_t groups;
    struct clt_capacity capacity; /* of the group with the most parts */
};

/* Members that can train together form groups, and a group that does not fit the memory waves, all
 * of about one size. CLT_E_DEVICE, CLT_E_CONFIG: not even one member fits; CLT_E_DATA, CLT_E_SHAPE,
 * CLT_E_NOMEM. */
enum clt_status clt_division_create(struct clt_division *out, const struct clt_config *config,
                                    const struct clt_device *device);
/* Completes one whose parts were read from a run directory: none, for members that train together.
 * What fits the memory is not looked at. CLT_E_DATA: not the config's members; CLT_E_NOMEM. */
enum clt_status clt_division_restore(struct clt_division *division,
                                     const struct clt_config *config);
void clt_division_free(struct clt_division *division);

#endif
