#include "gemm_option.h"

#include <string.h>

enum clt_gemm_choice clt_gemm_option(const struct clt_options *options)
{
    if (strcmp(options->gemm, "clblast") == 0) return CLT_BACKEND_CLBLAST;
    if (strcmp(options->gemm, "native") == 0) return CLT_BACKEND_NATIVE;
    return CLT_BACKEND_AUTO;
}
