/* json.h - what run.json and the headers of safetensors need beyond jansson. */
#ifndef CLT_JSON_H
#define CLT_JSON_H

#include <jansson.h>

#include "status.h"

/* All give a new reference, NULL where memory is out, as json_pack() does. */

/* JSON is UTF-8; a text that is not (a path, a driver's name) has '?' for each byte beyond ASCII.
 */
json_t *clt_json_string(const char *text);
/* A number where the text is one, else the text. */
json_t *clt_json_value(const char *text);
json_t *clt_json_real(double value); /* null for NaN and infinities, which JSON does not have */

/* Put `value` into what they are given and return that; where this fails or either is NULL, release
 * both and return NULL, so that only the end of a chain needs a check. */
json_t *clt_json_set(json_t *object, const char *key, json_t *value);
json_t *clt_json_append(json_t *array, json_t *value);

/* Reads a text; `flags` are jansson's. *out is a new reference, NULL on failure. CLT_E_DATA for
 * what is no JSON or has so many values that they would take gigabytes, the message "LINE: REASON"
 * to stand behind a file's name; CLT_E_NOMEM (parts of jansson do not tell the two apart: then it
 * is CLT_E_DATA). */
enum clt_status clt_json_parse(json_t **out, const void *text, size_t size, size_t flags);

/* Indented text that ends in a newline, keys in the order they were set. Reals have the fewest
 * digits that read back to the same bits; jansson 2.14 would write 0.1 as 0.10000000000000001. The
 * caller frees *out. CLT_E_NOMEM, for a NULL `value` too. */
enum clt_status clt_json_write(char **out, const json_t *value);

#endif
