/* content.h - what was read from data files, as hashes: whether it is the same as another time. */
#ifndef CLT_CONTENT_H
#define CLT_CONTENT_H

#include "dataset.h"

/* Appends to dataset->files what was read under `name`: the samples of `range`. CLT_E_NOMEM. */
enum clt_status clt_dataset_note_content(struct clt_dataset *dataset, const char *name,
                                         struct clt_range range);
void clt_dataset_forget_content(struct clt_dataset *dataset);

#endif
