/* lr_range_page.h - the page of a learning-rate range test. */
#ifndef CLT_LR_RANGE_PAGE_H
#define CLT_LR_RANGE_PAGE_H

#include "lr_range.h"

/* Writes it in place of the file `path`. CLT_E_OUTPUT, CLT_E_NOMEM. */
enum clt_status clt_lr_range_page_write(const char *path, const struct clt_lr_range *range);

#endif
