/* run_figures.h - what is known about a run, as figures. */
#ifndef CLT_RUN_FIGURES_H
#define CLT_RUN_FIGURES_H

#include "figure.h"
#include "repeats.h"
#include "report.h"

struct clt_run_figures {
    struct clt_repeats repeats;
    struct clt_figures search, curves, test_part, weights, profile; /* each may be empty */
    char *note; /* why there is no test part; NULL: there is one */
};

/* Of a run by itself, or as a `stage` of a study, which has room for less; its name is then what
 * figures are called after. Borrows both. Where its networks cannot be applied here, there is a
 * note. CLT_E_NOMEM; CLT_E_DATA: a checkpoint is damaged. */
enum clt_status clt_run_figures_draw(struct clt_run_figures *out, const struct clt_saved_run *run,
                                     const char *stage, const struct clt_report_options *options);
/* Each as a file. CLT_E_OUTPUT. */
enum clt_status clt_run_figures_write(const struct clt_run_figures *figures, const char *folder);
void clt_run_figures_free(struct clt_run_figures *figures);

#endif
