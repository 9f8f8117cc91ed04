/* saved_json.h - values out of a run.json that may be damaged. */
#ifndef CLT_SAVED_JSON_H
#define CLT_SAVED_JSON_H

#include <jansson.h>

#include "saved_run.h"

/* What is being read. The first failure sticks; the values that follow are empty. */
struct clt_saved_json {
    const char *path;
    enum clt_status st;
};

/* CLT_E_DATA: there is no such file, or it is no JSON; names file and line. */
enum clt_status clt_saved_json_load(json_t **out, const char *path);

void clt_saved_complain(struct clt_saved_json *reader, const char *key, const char *wanted);
void clt_saved_out_of_memory(struct clt_saved_json *reader);
char *clt_saved_copy(struct clt_saved_json *reader, const char *text);

/* NULL for what is null or absent. */
const json_t *clt_saved_find(const json_t *object, const char *key);
char *clt_saved_text(struct clt_saved_json *reader, const json_t *object, const char *key);
double clt_saved_real(struct clt_saved_json *reader, const json_t *object, const char *key,
                      double absent);
uint64_t clt_saved_count(struct clt_saved_json *reader, const json_t *object, const char *key);
const json_t *clt_saved_list(struct clt_saved_json *reader, const json_t *object, const char *key);

/* The list "expectations". The caller frees it, whatever came of it. */
void clt_saved_expectations(struct clt_saved_expectation **out, size_t *n,
                            struct clt_saved_json *reader, const json_t *object);
void clt_saved_expectations_free(struct clt_saved_expectation *expectations, size_t n);

#endif
