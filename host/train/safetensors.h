/* safetensors.h - named tensors in one file, in the layout of huggingface/safetensors, with a
 * checksum.
 *
 * The format has no checksum of its own. A file of ours begins its metadata with "checksum":
 * "crc32" and "crc32", the CRC-32 of the whole file with the eight hex digits of that value taken
 * as '0'. A file with neither key (from elsewhere) is accepted; one that was rewritten by another
 * program and kept them is not: leave them out there. */
#ifndef CLT_SAFETENSORS_H
#define CLT_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum clt_dtype {
    CLT_DTYPE_F32,
    CLT_DTYPE_F64,
    CLT_DTYPE_I64,
    CLT_DTYPE_U64,
    CLT_DTYPE_U32,
    CLT_DTYPE_U8
};

struct clt_tensor {
    const char *name;
    enum clt_dtype dtype;
    size_t rank; /* 0: a scalar */
    size_t dim[4];
    const void *data; /* row-major, little-endian */
};

struct clt_metadata {
    const char *key, *value; /* a value that is not UTF-8 is kept with '?' for its foreign bytes */
};

/* Writes atomically: a crash leaves the old file or the new one. Names and keys are UTF-8, differ
 * from each other and from "__metadata__", "checksum" and "crc32". CLT_E_OUTPUT. */
enum clt_status clt_safetensors_write(const char *path, const struct clt_tensor *tensors,
                                      size_t n_tensors, const struct clt_metadata *metadata,
                                      size_t n_metadata);
/* The same without waiting for the disk, as clt_file_commit_unsynced(). */
enum clt_status clt_safetensors_write_unsynced(const char *path, const struct clt_tensor *tensors,
                                               size_t n_tensors,
                                               const struct clt_metadata *metadata,
                                               size_t n_metadata);

struct clt_safetensors; /* a file in memory, checked */

/* CLT_E_DATA, naming file and what is wrong: header, offsets with holes or overlaps, sizes,
 * checksum, a type or rank that struct clt_tensor has no place for. */
enum clt_status clt_safetensors_read(struct clt_safetensors **out, const char *path);
/* The same of the bytes of a file `path`, which it takes over. */
enum clt_status clt_safetensors_parse(struct clt_safetensors **out, const char *path,
                                      uint8_t *bytes, size_t size);
void clt_safetensors_free(struct clt_safetensors *file); /* NULL is fine */

/* The tensor of that name, type and shape, its data inside the file's memory, aligned for its type.
 * CLT_E_DATA, naming file and tensor. */
enum clt_status clt_safetensors_find(const void **data, const struct clt_safetensors *file,
                                     const struct clt_tensor *wanted);
/* NULL where there is none. */
const char *clt_safetensors_metadata(const struct clt_safetensors *file, const char *key);

#endif
