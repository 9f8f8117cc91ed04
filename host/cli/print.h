/* print.h - what commands print alike. */
#ifndef CLT_PRINT_H
#define CLT_PRINT_H

#include <jansson.h>
#include <stdint.h>

#include "status.h"

/* Prints a JSON value to standard output and releases it; NULL is memory that was out. */
enum clt_status clt_print_json(json_t *value);

static inline double clt_mebibytes(uint64_t bytes)
{
    return (double)bytes / (1024 * 1024);
}

#endif
