/* record_json.h - parts of run.json that the record of a study has as well. All give a new
 * reference; NULL where memory is out. */
#ifndef CLT_RECORD_JSON_H
#define CLT_RECORD_JSON_H

#include <jansson.h>

#include <cltrain/run.h>

json_t *clt_expectation_json(const struct clt_expectation_result *result);
/* {platform, name, driver} */
json_t *clt_device_json(const struct clt_run_record *record);
/* null while it is running. */
json_t *clt_exit_code_json(enum clt_run_status status, int code);
/* "SIGTERM"; null for 0. */
json_t *clt_signal_json(int number);
/* ISO 8601, in UTC; null for 0. */
json_t *clt_time_json(time_t when);

#endif
