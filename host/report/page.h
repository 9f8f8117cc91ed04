/* page.h - the HTML that the reports are made of. */
#ifndef CLT_PAGE_H
#define CLT_PAGE_H

#include "figure.h"
#include "saved_run.h"

/* One run: `figures` in four groups, each of which may be empty. `note`: why there are no
 * predictions; NULL: there are. The caller frees *out. */
struct clt_run_page {
    const struct clt_saved_run *run;
    const struct clt_figures *curves, *test_part, *weights, *profile;
    const char *note;
};
enum clt_status clt_page_of_run(char **out, const struct clt_run_page *page);

/* Several runs side by side. The caller frees *out. */
enum clt_status clt_page_of_runs(char **out, struct clt_saved_run *const *runs, size_t n_runs,
                                 const struct clt_figures *curves);

/* Building blocks. */
void clt_page_begin(struct clt_text *out, const char *title);
void clt_page_end(struct clt_text *out);
/* `class`: "figures" for rows, "packed" for columns. */
void clt_page_add_figures(struct clt_text *out, const char *title, const char *class,
                          const struct clt_figures *figures);
/* <TAG class="CLASS">TEXT</TAG>, escaped; `class` "" and `text` NULL are fine. */
void clt_page_add(struct clt_text *out, const char *tag, const char *class, const char *text);
/* A cell with a percentage; "-" for NaN. */
void clt_page_add_percent(struct clt_text *out, double fraction);
/* A cell with a number to `digits` significant digits; "-" for NaN. */
void clt_page_add_real(struct clt_text *out, double value, int digits);

#endif
