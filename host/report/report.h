/* report.h - pages and figures about run directories. */
#ifndef CLT_REPORT_H
#define CLT_REPORT_H

#include <stddef.h>

#include "interrupt.h"
#include "status.h"

struct clt_run;

struct clt_report_options {
    const struct clt_run *run; /* as it ended, still there: it predicts; NULL: that of the folder */
    struct clt_interrupt interrupt; /* keeps the page from what takes long */
    const char *device;             /* for the folder's predictions; NULL: the config's */
    const char *page;               /* where to; NULL: RUNDIR/report.html */
    const char *figures;            /* a folder for each figure as SVG; NULL: none */
};

/* Writes the page about the run, or the study, in `folder`. Where its networks cannot be applied
 * (the data set is not here, no device, no time), the page says why and holds the rest. CLT_E_DATA,
 * CLT_E_OUTPUT. */
enum clt_status clt_report_write(const char *folder, const struct clt_report_options *options);
/* Writes a page that compares runs; options->page is needed. */
enum clt_status clt_report_compare(const char *const *folders, size_t n_folders,
                                   const struct clt_report_options *options);

#endif
