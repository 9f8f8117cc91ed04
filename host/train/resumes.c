#include "resumes.h"

#include <stdlib.h>

#include "json.h"
#include "record_json.h"

/* The list that a text is; one that no list can be read from has been lost. */
static json_t *list_of(const char *text)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_array(list)) return list;
    json_decref(list);
    return json_array();
}

/* Takes the list over. */
static enum clt_status put(char **into, json_t *list)
{
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    if (!text) return clt_fail(CLT_E_NOMEM, "no memory for the record of the run");
    free(*into);
    *into = text;
    return CLT_OK;
}

enum clt_status clt_resumes_add(struct clt_progress_state *state,
                                const struct clt_device_info *device,
                                const struct clt_condition_changes *changes, unsigned allowed)
{
    json_t *words = json_array(), *differences = json_array();
    for (unsigned kind = CLT_ALLOW_DEVICE; kind <= CLT_ALLOW_GEMM; kind <<= 1)
        if (kind & allowed)
            words = clt_json_append(words, json_string(clt_allow_name((enum clt_allow)kind)));
    for (size_t i = 0; i < changes->n; i++)
        differences = clt_json_append(differences, clt_json_string(changes->change[i].text));
    json_t *entry =
        json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}", "update", (json_int_t)state->update, "time",
                  clt_time_json(time(NULL)), "device", clt_json_string(device->name), "driver",
                  clt_json_string(device->driver), "allowed", words, "differences", differences);
    return put(&state->resumes, clt_json_append(list_of(state->resumes), entry));
}

enum clt_status clt_resumes_join(char **into, const char *more)
{
    json_t *list = list_of(*into), *added = list_of(more);
    const bool joined = list && added && json_array_extend(list, added) == 0;
    json_decref(added);
    if (joined) return put(into, list);
    json_decref(list);
    return clt_fail(CLT_E_NOMEM, "no memory for the record of the run");
}
