/* input.h - the bytes of a data file, plain or gzip, and where in them an error lies. */
#ifndef CLT_INPUT_H
#define CLT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct clt_input;

/* Every failure is CLT_E_DATA (or CLT_E_NOMEM), naming the path and, once it is open, the offset;
 * in a gzip file that is the offset in the unpacked data. */
enum clt_status clt_input_open(struct clt_input **out, const char *path);
void clt_input_close(struct clt_input *input); /* NULL is fine */

/* Exactly `size` bytes; fewer are an error. */
enum clt_status clt_input_read(void *bytes, struct clt_input *input, size_t size);
/* Moves `size` bytes on, no further than the end; only where clt_input_left() can tell. */
enum clt_status clt_input_skip(struct clt_input *input, size_t size);
/* Nothing may follow; in a gzip file the checksum must be right. */
enum clt_status clt_input_end(struct clt_input *input);

/* The next byte, which stays the next; -1 where there is none. */
int clt_input_peek(struct clt_input *input);
/* The bytes still to come; false where only reading can tell: gzip, pipes. */
bool clt_input_left(uint64_t *left, const struct clt_input *input);
/* Whether the file's size, or what a gzip file says of its unpacked data, shows without reading
 * that exactly `size` bytes are still to come; false also where nothing can be told. */
bool clt_input_ends_after(const struct clt_input *input, uint64_t size);
/* The whole file as memory, *size bytes, where clt_input_left() can tell: read from the disk as it
 * is touched, and no part of the process's own memory. It outlives the input. A file that is cut
 * short later takes the process along (SIGBUS). */
enum clt_status clt_input_map(void **memory, size_t *size, const struct clt_input *input);
void clt_input_unmap(void *memory, size_t size);
uint64_t clt_input_offset(const struct clt_input *input); /* of the next byte */
const char *clt_input_path(const struct clt_input *input);

/* CLT_E_DATA with "PATH: offset N: " before the text. */
__attribute__((format(printf, 3, 4))) enum clt_status
clt_input_fail(const struct clt_input *input, uint64_t offset, const char *format, ...);

#endif
