/* choices.h - what plans have asked of a backend, and how each product is computed. */
#ifndef CLT_CHOICES_H
#define CLT_CHOICES_H

#include "backend.h"
#include "tuning.h"

/* Reads the device's table. In double, and where the family has no choice, there is nothing to
 * choose: every product has its default, and none is listed. */
enum clt_status clt_choices_create(struct clt_choices **out, struct clt_device *device,
                                   enum clt_family family, enum clt_real real);
void clt_choices_free(struct clt_choices *choices); /* NULL is fine */

/* The method for a product; from now on it is one of the list. */
enum clt_status clt_choices_ask(struct clt_method *out, struct clt_choices *choices,
                                const struct clt_asked_product *work);

struct clt_device *clt_choices_device(const struct clt_choices *choices);
enum clt_family clt_choices_family(const struct clt_choices *choices);
const struct clt_tuned *clt_choices_at(const struct clt_choices *choices, size_t index);
/* Puts what was measured of product `index` into the list and the table. */
enum clt_status clt_choices_put(struct clt_choices *choices, size_t index,
                                const struct clt_tuned *tuned);
enum clt_status clt_choices_save(struct clt_choices *choices);

struct clt_choices *clt_gemm_choices(const struct clt_gemm *gemm);

#endif
