/* population.h - the members that a config's `population` stands for. */
#ifndef CLT_CONFIG_POPULATION_H
#define CLT_CONFIG_POPULATION_H

#include "errors.h"
#include "settings.h"

/* Checks the rows of a config that is right otherwise, and that expectations name members there
 * are; every row then has explicit values, also where it names a space or draws at random, and keys
 * in which all members agree by group have that value in place. `stage`: see clt_row_generate().
 * What is wrong goes to `errors`; CLT_E_NOMEM. */
enum clt_status clt_population_resolve(struct clt_settings *root, size_t stage,
                                       struct clt_errors *errors);

/* The number of members; 1 without a population. */
size_t clt_population_members(const struct clt_settings *root);

/* Whether `zip` joins a row of the population to the one before. */
bool clt_population_is_joined(const struct clt_settings *row);

/* What row `row` gives a member. */
const struct clt_settings *clt_population_value(const struct clt_settings *root, size_t row,
                                                size_t member);

/* Turns the settings into those of one member, trained by itself: its values in place, no
 * population, no published figures, and only the expectations that name it. What its values
 * together break goes to `errors`; CLT_E_NOMEM. */
enum clt_status clt_population_select(struct clt_settings *root, size_t member,
                                      struct clt_errors *errors);

/* Leaves these members alone, their values as rows joined by zip. CLT_E_NOMEM. */
enum clt_status clt_population_keep(struct clt_settings *root, const size_t *members, size_t n);

#endif
