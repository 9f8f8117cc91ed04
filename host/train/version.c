#include <cltrain/cltrain.h>

const char *clt_version(void)
{
    return CLTRAIN_VERSION;
}
