/* record.h - what a run leaves behind for people and scripts: rows of metrics.csv, result.csv,
 * run.json. */
#ifndef CLT_RECORD_H
#define CLT_RECORD_H

#include <cltrain/run.h>

#include "config.h"

/* The message of CLT_E_DIVERGED, for the config's name. */
#define CLT_ALL_DIVERGED "%s: every member diverged; choose a lower train.learning_rate or train.l2"

/* Why an observer's run stops: what it says, or else what the config says. */
struct clt_stop clt_stop_of(const struct clt_observer *observer);

/* The status of that name; CLT_RUN_FAILED for a name that none has. */
enum clt_run_status clt_run_status_of(const char *name);

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
