/* Linked with --wrap=clt_platform_keeps_programs: programs are cached on every platform. */
#include "identity.h"

bool __wrap_clt_platform_keeps_programs(const char *platform_name); /* the linker's name */

bool __wrap_clt_platform_keeps_programs(const char *platform_name)
{
    (void)platform_name;
    return false;
}
