/* progress_state.c - where training stands, beside the device's vectors. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "json.h"
#include "rewinds.h"

enum clt_status clt_progress_state_create(struct clt_progress_state *out, size_t members)
{
    *out = (struct clt_progress_state){.frozen = calloc(members, sizeof *out->frozen),
                                       .stopped = calloc(members, sizeof *out->stopped),
                                       .waited = calloc(members, sizeof *out->waited),
                                       .improved = calloc(members, sizeof *out->improved),
                                       .best = calloc(members, sizeof *out->best),
                                       .cause = calloc(members, sizeof *out->cause),
                                       .factor = calloc(members, sizeof *out->factor),
                                       .rewinds = calloc(members, sizeof *out->rewinds)};
    out->members = members;
    if (!out->frozen || !out->stopped || !out->waited || !out->improved || !out->best ||
        !out->cause || !out->factor || !out->rewinds) {
        clt_progress_state_free(out);
        return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
    }
    for (size_t p = 0; p < members; p++) {
        out->improved[p] = NAN;
        out->factor[p] = 1;
    }
    return CLT_OK;
}

void clt_progress_state_free(struct clt_progress_state *state)
{
    for (size_t p = 0; state->rewinds && p < state->members; p++) free(state->rewinds[p].list);
    free(state->rewinds);
    free(state->cause);
    free(state->factor);
    free(state->frozen);
    free(state->stopped);
    free(state->waited);
    free(state->improved);
    free(state->best);
    free(state->resumes);
    *state = (struct clt_progress_state){0};
}

uint64_t clt_progress_ended(const struct clt_progress_state *state, size_t member)
{
    return state->frozen[member] ? state->frozen[member] : state->stopped[member];
}

/* ---- rewinds ---- */

enum clt_status clt_progress_add_rewind(struct clt_progress_state *state, size_t member,
                                        uint64_t update, uint64_t to_update)
{
    struct clt_rewinds *rewinds = &state->rewinds[member];
    struct clt_rewind *grown = realloc(rewinds->list, (rewinds->n + 1) * sizeof *grown);
    if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the members' state");
    state->factor[member] /= 2;
    rewinds->list = grown;
    grown[rewinds->n++] = (struct clt_rewind){update, to_update, state->factor[member]};
    return CLT_OK;
}

char *clt_rewinds_text(const struct clt_rewinds *rewinds, size_t members)
{
    json_t *list = json_array();
    for (size_t p = 0; p < members; p++)
        for (size_t i = 0; i < rewinds[p].n; i++)
            list = clt_json_append(list, json_pack("[I,I,I]", (json_int_t)p,
                                                   (json_int_t)rewinds[p].list[i].update,
                                                   (json_int_t)rewinds[p].list[i].to_update));
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static enum clt_status damaged_rewinds(void)
{
    return clt_fail(CLT_E_DATA, "no list of members and updates");
}

enum clt_status clt_rewinds_read(struct clt_progress_state *state, size_t members, const char *text)
{
    enum clt_status st = CLT_OK;
    json_t *list = NULL;
    for (size_t p = 0; p < members; p++) {
        state->rewinds[p].n = 0;
        state->factor[p] = 1;
    }
    if (!text) return CLT_OK;
    TRY(clt_json_parse(&list, text, strlen(text), 0));
    if (!json_is_array(list)) TRY(damaged_rewinds());
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t member = -1, update = 0, to_update = 0;
        if (json_unpack(json_array_get(list, i), "[I,I,I]", &member, &update, &to_update) != 0 ||
            member < 0 || (size_t)member >= members || update < 0 || to_update < 0)
            TRY(damaged_rewinds());
        TRY(clt_progress_add_rewind(state, (size_t)member, (uint64_t)update, (uint64_t)to_update));
    }
done:
    json_decref(list);
    return st;
}
