/* choose.h - what the default choice went past. */
#ifndef CLT_CHOOSE_H
#define CLT_CHOOSE_H

#include "device.h"

/* Whether `selector` would have picked device `index` of the list rather than device `chosen`, were
 * it not broken. */
bool clt_device_is_passed_over(const struct clt_device_list *list, size_t index, size_t chosen,
                               const char *selector);

#endif
