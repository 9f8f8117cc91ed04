/* templates.h - the first layer's weights as pictures. */
#ifndef CLT_TEMPLATES_H
#define CLT_TEMPLATES_H

#include "figure.h"
#include "saved_run.h"

#define CLT_MAX_TEMPLATES 50

/* Of the best member's last checkpoint. Adds nothing where the first layer with weights is not a
 * dense one that sees the pixels, or where there is no such checkpoint. `most`: units shown,
 * at most CLT_MAX_TEMPLATES. CLT_E_DATA: it is damaged. */
enum clt_status clt_templates_add(struct clt_figures *figures, const struct clt_saved_run *run,
                                  size_t most);

#endif
