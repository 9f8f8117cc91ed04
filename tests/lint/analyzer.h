/* analyzer.h - included before each file that clang-tidy reads, and by nothing else.
 * clang's analyzer looks into no function with variable arguments, so it has to be told here that
 * clt_fail() returns the status it is given; otherwise it follows paths on which a failure is
 * CLT_OK. status.c, which defines these functions, is read without it. */
#include "../../host/base/status.h"

#define clt_fail(status, ...)        ((void)(clt_fail)(status, __VA_ARGS__), (status))
#define clt_fail_within(status, ...) ((void)(clt_fail_within)(status, __VA_ARGS__), (status))
