/* suggest.h - what a misspelt name may have meant. */
#ifndef CLT_CONFIG_SUGGEST_H
#define CLT_CONFIG_SUGGEST_H

#include "schema.h"

/* The nearest of `keys` and of the choice's selector (`choice` may be NULL); NULL where none is
 * near. */
const char *clt_suggest_key(const struct clt_key *keys, const struct clt_choice *choice,
                            const char *name);

#endif
