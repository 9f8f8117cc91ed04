/* generate.h - values of a population's row from its space. */
#ifndef CLT_CONFIG_GENERATE_H
#define CLT_CONFIG_GENERATE_H

#include "schema.h"

/* The names of the keys of a row that give a space; ends in NULL. */
extern const char *const clt_space_names[];

/* The space of a row: (low, high), or a group that draws on a stage; NULL where it has none. */
struct clt_settings *clt_row_space(const struct clt_settings *row);

/* Says what is wrong with the space of a row, for a key. */
void clt_row_check_space(struct clt_errors *errors, const struct clt_settings *row,
                         const struct clt_key *key);

/* Replaces a row's space and count by `values`. The space is right; a row of the key seed that has
 * a count alone counts up from `seed`. Draw number i of a random row is clt_random_uniform(seed,
 * CLT_RANDOM_SEARCH, stage * 65536 + number of the row, i). CLT_E_NOMEM. */
enum clt_status clt_row_generate(struct clt_settings *row, const struct clt_key *key, uint64_t seed,
                                 size_t stage);

#endif
