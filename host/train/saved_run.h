/* saved_run.h - a run directory, read again from its files. */
#ifndef CLT_SAVED_RUN_H
#define CLT_SAVED_RUN_H

#include "record.h"

struct clt_saved_expectation {
    char *stage; /* of a study; NULL: of a run */
    char *metric, *source;
    char *tensor, *note; /* "" or NULL: none */
    size_t member;
    bool mean;        /* over the members; else the metric is of `member` */
    double low, high; /* infinite where there is no bound */
    double published; /* NaN: not stated */
    double measured;  /* NaN: nothing was */
    bool met;
};

struct clt_saved_point { /* a figure that others have published */
    double value;        /* of the key that varies */
    double metric;       /* there; of an accuracy, a fraction */
};

/* Texts are NULL where run.json has null or nothing. */
struct clt_saved_run {
    char *folder;
    char *name, *version, *status, *reason;
    int signal; /* that interrupted it; 0: none */
    char *platform, *device, *driver, *gemm_backend;
    char *resumes;     /* JSON: a list of how it was taken up again */
    char *ended;       /* UTC, "2024-05-31T12:00:00Z" */
    char *config_text; /* of config.cfg */
    struct clt_config *config;
    uint64_t updates, total_updates, seed, data_seed;
    double seconds;
    size_t members;
    struct clt_member_result *results; /* [members]; costs are not in run.json */
    char **member_status;              /* [members] */
    size_t n_keys;                     /* that the members differ in */
    char **keys;                       /* [n_keys] */
    char **values;                     /* [members][n_keys] */
    size_t best;                       /* the member that speaks for all */
    struct clt_saved_expectation *expectations;
    size_t n_expectations;
    struct clt_saved_point *published;
    size_t n_published;
    struct clt_profile *profile;     /* NULL: there is none */
    struct clt_gradients *gradients; /* NULL: there was no check of them */
    struct clt_metrics_row *rows;    /* of metrics.csv */
    size_t n_rows;
};

/* CLT_E_DATA: `folder` is no run directory, or a file of it is missing or damaged: names file and
 * place. On failure *out is NULL. */
enum clt_status clt_saved_run_read(struct clt_saved_run **out, const char *folder);
void clt_saved_run_free(struct clt_saved_run *run); /* NULL is fine */

/* How the run of `folder` stands, from its run.json alone. CLT_E_DATA. */
enum clt_status clt_saved_status(enum clt_run_status *out, const char *folder);

/* "train.l2 = 0.001, seed = 2"; "member 3" where no key varies. NULL when memory is out. */
char *clt_saved_run_label(const struct clt_saved_run *run, size_t member);

/* The rows of a metrics.csv, whose columns are found by their names. `unfinished`, the run goes on,
 * was killed or failed: a last line without an end is a row that was being written, and is left
 * out. CLT_E_DATA names file and line. The caller frees *rows. */
enum clt_status clt_saved_metrics_read(struct clt_metrics_row **rows, size_t *n_rows,
                                       const char *path, size_t members, bool unfinished);

#endif
