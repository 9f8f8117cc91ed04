/* npy.h - arrays in files of NumPy's format NPY 1.0. */
#ifndef CLT_NPY_H
#define CLT_NPY_H

#include <stddef.h>

#include "status.h"

#define CLT_NPY_RANK 4

struct clt_npy {
    enum { CLT_NPY_F64, CLT_NPY_U16 } type;
    size_t rank, dim[CLT_NPY_RANK];
    const void *elements; /* row-major */
};

/* CLT_E_OUTPUT, CLT_E_NOMEM. */
enum clt_status clt_npy_write(const char *path, const struct clt_npy *array);

#endif
