/* program.h - the programs built on one device, each once per (file, options). */
#ifndef CLT_PROGRAM_H
#define CLT_PROGRAM_H

#include "device.h"

struct clt_program {
    char *file, *options;
    cl_program program;
};

/* Start with {0}. */
struct clt_program_table {
    struct clt_program *program;
    size_t count;
    char *identity; /* the device's, where programs are kept on disk; else NULL. The table's */
};

/* As clt_device_kernel(). */
enum clt_status clt_program_table_kernel(cl_kernel *out, struct clt_program_table *table,
                                         cl_context context, cl_device_id device, const char *file,
                                         const char *kernel, const char *options);
void clt_program_table_free(struct clt_program_table *table);

#endif
