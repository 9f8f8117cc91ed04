/* search.h - accuracy against the values that a population's members differ in. */
#ifndef CLT_SEARCH_H
#define CLT_SEARCH_H

#include "figure.h"
#include "repeats.h"

/* Where one key varies beside seeds, in three or more values, or several that move together:
 * accuracy against the first of them, what is published drawn in. Where two do: a map of validation
 * accuracy. Else nothing. */
enum clt_status clt_search_add(struct clt_figures *figures, const struct clt_repeats *repeats);

#endif
