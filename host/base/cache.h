/* cache.h - files that only save time, below $XDG_CACHE_HOME/cltrain, else ~/.cache/cltrain.
 *
 * An entry is a payload for a key, both whole in one file KIND/HASH: a line with kind, version,
 * checksum and sizes, the key, the payload. What is not exactly as it was written (damaged, cut
 * short, of another version, for another key of the same hash) counts as absent, and so does what
 * another user may have written: an entry may be a program. */
#ifndef CLT_CACHE_H
#define CLT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* A fresh string, the file of the entry; NULL where there is no such folder, as neither variable is
 * set, or no memory. */
char *clt_cache_path(const char *kind, const char *key);

/* Whether the entry is there; then *payload, with a '\0' behind it, is the caller's, and the file
 * counts as used now. */
bool clt_cache_read(uint8_t **payload, size_t *size, const char *kind, const char *key);
/* Replaces the entry at once: other processes see the old one or the new one. CLT_E_OUTPUT. */
enum clt_status clt_cache_write(const char *kind, const char *key, const void *payload,
                                size_t size);

/* Removes the files of `kind` that were not used for longest, so that `bytes` at most stay. */
void clt_cache_limit(const char *kind, uint64_t bytes);

#endif
