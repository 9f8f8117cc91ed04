/* search.h - accuracy against the value that a population's members differ in. */
#ifndef CLT_SEARCH_H
#define CLT_SEARCH_H

#include "figure.h"
#include "saved_run.h"

/* Adds nothing where the members do not differ in exactly one number, in three or more values. */
enum clt_status clt_search_add(struct clt_figures *figures, const struct clt_saved_run *run);

#endif
