/* program_cache.h - compiled programs on disk, where the driver keeps none itself. */
#ifndef CLT_PROGRAM_CACHE_H
#define CLT_PROGRAM_CACHE_H

#include "device.h"

/* Whether the program was there and the driver took it: *out is built, and the caller's. `identity`
 * is the device's. */
bool clt_program_cache_load(cl_program *out, cl_context context, cl_device_id device,
                            const char *identity, const char *source, const char *options);
/* Keeps a program that is built, if it can. */
void clt_program_cache_store(cl_program program, const char *identity, const char *source,
                             const char *options);

#endif
