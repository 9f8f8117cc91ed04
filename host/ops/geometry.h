/* geometry.h - work sizes that ops share. */
#ifndef CLT_GEOMETRY_H
#define CLT_GEOMETRY_H

#include "launch.h"

/* One work-item per element and member. */
struct clt_geometry clt_geometry_elements_of(size_t n, size_t members);

/* One reducing work-group per row; *options receives the matching -DGROUP. */
struct clt_geometry clt_geometry_rows(const char **options, const struct clt_launch_list *list,
                                      size_t rows);

#endif
