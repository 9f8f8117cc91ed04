/* scratch.h - a folder of its own for the files of one test. */
#ifndef CLT_SCRATCH_H
#define CLT_SCRATCH_H

#include <stddef.h>

/* A fresh folder under $TMPDIR or /tmp, for clt_scratch_remove(), which takes all in it away. */
char *clt_scratch_create(void);
void clt_scratch_remove(char *folder);

/* Writes a file of that folder (plainly, without host/base/file.h, which is under test itself). */
void clt_scratch_write(const char *folder, const char *name, const void *bytes, size_t size);
/* The number of entries in the folder. */
size_t clt_scratch_count(const char *folder);

#endif
