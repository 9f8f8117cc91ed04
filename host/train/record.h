/* record.h - what a run leaves behind for people and scripts: rows of metrics.csv, result.csv,
 * run.json. */
#ifndef CLT_RECORD_H
#define CLT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "status.h"

/* Of one member on one split. What was not made (no validation part, no time for it yet) is an
 * empty field of the CSV files and null in run.json; a NaN that was measured is `nan` and null. */
struct clt_measure {
    bool made;
    double cost, loss, accuracy;
};

struct clt_metrics_row {
    size_t member;
    uint64_t update;
    double epoch; /* fractional */
    double learning_rate;
    struct clt_measure train, validation;
    double seconds; /* of training, over all sessions */
};

struct clt_best { /* the report point of highest validation accuracy, the first of equals */
    bool exists;
    uint64_t update;
    double val_accuracy, test_accuracy;
};

struct clt_member_result {                      /* at the end of training */
    struct clt_measure train, validation, test; /* test not made where the member diverged */
    struct clt_best best;
    uint64_t diverged_at; /* 0: it did not */
};

struct clt_expectation_result {
    const struct clt_expectation *expectation; /* of the config */
    size_t member;                             /* the one judged */
    double measured;                           /* NaN: nothing was measured */
    bool met;
};

enum clt_run_status {
    CLT_RUN_RUNNING,
    CLT_RUN_DONE,
    CLT_RUN_INTERRUPTED,
    CLT_RUN_DIVERGED,
    CLT_RUN_FAILED
};
const char *clt_run_status_name(enum clt_run_status status); /* "running", ... */

struct clt_run_record {
    const struct clt_config *config;
    enum clt_run_status status;
    const char *reason; /* why it ended, one line; NULL while running */
    const char *platform, *device, *driver, *gemm_backend; /* NULL: not known, null */
    uint64_t updates;                                      /* made */
    uint64_t total_updates;                                /* planned */
    double seconds;
    struct clt_member_result *members; /* [config->members] */
    const struct clt_expectation_result *expectations;
    size_t n_expectations;
};

/* A member's status is "diverged" where it did, else the run's. CLTRAIN_VERSION is the version.
 * Each replaces its file in the run directory `folder`, atomically. CLT_E_OUTPUT. */
enum clt_status clt_record_write_json(const char *folder, const struct clt_run_record *record);
enum clt_status clt_record_write_results(const char *folder, const struct clt_run_record *record);
/* run.json's text, for --json; it ends in a newline. The caller frees *out. */
enum clt_status clt_record_json(char **out, const struct clt_run_record *record);

/* metrics.csv, appended to at each report point. */
struct clt_metrics_file;

/* Opens FOLDER/metrics.csv and cuts it to `length` bytes, as the checkpoint that is resumed saw it;
 * 0 starts it anew, with its header line. CLT_E_DATA: shorter than `length`, or missing.
 * CLT_E_OUTPUT. */
enum clt_status clt_metrics_file_open(struct clt_metrics_file **out, const char *folder,
                                      uint64_t length);
/* Rows of a report point, in one write; on failure the file is as long as before. CLT_E_OUTPUT. */
enum clt_status clt_metrics_file_append(struct clt_metrics_file *file,
                                        const struct clt_metrics_row *rows, size_t n_rows);
/* On disk before it returns; *length is the file's, for the checkpoint. CLT_E_OUTPUT. */
enum clt_status clt_metrics_file_sync(struct clt_metrics_file *file, uint64_t *length);
void clt_metrics_file_close(struct clt_metrics_file *file); /* NULL is fine */

#endif
