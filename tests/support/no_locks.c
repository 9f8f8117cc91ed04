/* no_locks.c - a preload library: the file systems of the process have no locks. */
#include <errno.h>

int flock(int descriptor, int operation); /* no header: its own declaration would ask for more */

__attribute__((visibility("default"))) int flock(int descriptor, int operation)
{
    (void)descriptor;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
