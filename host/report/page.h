/* page.h - the HTML that the reports are made of. */
#ifndef CLT_PAGE_H
#define CLT_PAGE_H

#include "run_figures.h"
#include "saved_study.h"

/* One run. The caller frees *out. */
enum clt_status clt_page_of_run(char **out, const struct clt_saved_run *run,
                                const struct clt_run_figures *figures);

/* A study: `stages` [n_stages], empty for those that have not begun, `comparisons`
 * [n_comparisons]. The caller frees *out. */
enum clt_status clt_page_of_study(char **out, const struct clt_saved_study *study,
                                  const struct clt_run_figures *stages,
                                  const struct clt_figures *comparisons);

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
/* "13.8 s", "3 min 20 s", "2 h 05 min" */
void clt_page_format_seconds(char out[64], double seconds);
/* A cell with a number to `digits` significant digits; "-" for NaN. */
void clt_page_add_real(struct clt_text *out, double value, int digits);

/* The line of a header below its title; `reason` and `ended` may be NULL. */
void clt_page_add_status(struct clt_text *out, const char *status, const char *reason,
                         const char *ended);
/* An item of the header's list of numbers; nothing where `value` is NULL or NaN. `class`: "big" or
 * "". */
void clt_page_add_fact(struct clt_text *out, const char *class, const char *name,
                       const char *value);
void clt_page_add_percent_fact(struct clt_text *out, const char *name, double fraction);
/* A row of the table of the environment; nothing where `value` is NULL. */
void clt_page_add_environment(struct clt_text *out, const char *name, const char *value);
/* A section with a config's text. */
void clt_page_add_config(struct clt_text *out, const char *config_text);
/* Verdicts below a heading in `tag`; nothing where nothing is expected. Stages have a column where
 * any has one. */
void clt_page_add_expectations(struct clt_text *out, const char *tag,
                               const struct clt_saved_expectation *expectations, size_t n);
/* A section on what members differ in: figures, and a table of settings where they have several
 * members. */
void clt_page_add_search(struct clt_text *out, const char *title,
                         const struct clt_run_figures *figures);
/* That table alone, with a heading. */
void clt_page_add_settings(struct clt_text *out, const struct clt_repeats *repeats);

#endif
