#include "geometry.h"

#define ELEMENTS_PER_GROUP 64

struct clt_geometry clt_geometry_elements_of(size_t n, size_t members)
{
    return (struct clt_geometry){2, {n, members}, {ELEMENTS_PER_GROUP, 1}};
}

/* On a CPU a work-group runs on one core, item after item: one item saves the barriers. */
struct clt_geometry clt_geometry_rows(const char **options, const struct clt_launch_list *list,
                                      size_t rows)
{
    const bool cpu = clt_device_is_cpu(clt_launch_list_device(list));
    const size_t group = cpu ? 1 : 64;
    *options = cpu ? "-DGROUP=1" : "-DGROUP=64";
    return (struct clt_geometry){1, {rows * group}, {group}};
}
