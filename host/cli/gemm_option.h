/* gemm_option.h - what --gemm names. */
#ifndef CLT_GEMM_OPTION_H
#define CLT_GEMM_OPTION_H

#include "gemm.h"
#include "options.h"

enum clt_gemm_choice clt_gemm_option(const struct clt_options *options);

#endif
