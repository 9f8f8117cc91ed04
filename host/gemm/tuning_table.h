/* tuning_table.h - what measuring matrix products on a device showed, kept on disk.
 *
 * Rows of a key (shape, transposition, epilogue) and a value (the winner, the times measured),
 * texts that are the tuner's alone. They lie in the cache, below that identity, a line
 * each: KEY TAB VALUE. */
#ifndef CLT_TUNING_TABLE_H
#define CLT_TUNING_TABLE_H

#include "status.h"

struct clt_tuning; /* opaque */

/* The table of what `identity` describes, a device and the kernels; an empty one where none is on
 * disk, or a damaged one. CLT_E_NOMEM. */
enum clt_status clt_tuning_open(struct clt_tuning **out, const char *identity);
void clt_tuning_free(struct clt_tuning *table); /* NULL is fine; what is not saved is lost */

/* The value; NULL where there is none. The table's, until it changes. */
const char *clt_tuning_find(const struct clt_tuning *table, const char *key);
/* Sets the value. A key has no tab, and neither has a line feed. CLT_E_NOMEM: as it was. */
enum clt_status clt_tuning_put(struct clt_tuning *table, const char *key, const char *value);

/* Writes what was put since, if anything, among the rows that other processes saved meanwhile,
 * which the table has from then on. CLT_E_OUTPUT: it cannot be written, and only that is lost. */
enum clt_status clt_tuning_save(struct clt_tuning *table);

#endif
