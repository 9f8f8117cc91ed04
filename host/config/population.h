/* population.h - the members that a config's `population` stands for. */
#ifndef CLT_CONFIG_POPULATION_H
#define CLT_CONFIG_POPULATION_H

#include "errors.h"
#include "settings.h"

/* Checks the rows of a config that is right otherwise, and that expectations name members there
 * are. */
void clt_population_check(struct clt_errors *errors, struct clt_settings *root);

/* The number of members; 1 without a population. */
size_t clt_population_members(const struct clt_settings *root);

/* Sets `value`, a number, to what row `row` gives a member. */
void clt_population_value(struct clt_settings *value, const struct clt_settings *root, size_t row,
                          size_t member);

/* Turns the settings into those of one member, trained by itself: its values in place, no
 * population, and only the expectations that name it. */
void clt_population_select(struct clt_settings *root, size_t member);

#endif
