#include "division.h"

#include <stdlib.h>

#include "checked.h"

void clt_division_free(struct clt_division *division)
{
    clt_parts_free(&division->parts);
    *division = (struct clt_division){0};
}

/* The members of group `number` [members] in as few waves as the memory allows. */
static enum clt_status add_waves(struct clt_division *division, const struct clt_config *config,
                                 const size_t *members, size_t n, const struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    struct clt_config *group = NULL;
    struct clt_capacity capacity;
    TRY(clt_config_select(&group, config, members, n));
    TRY(clt_capacity_find(&capacity, group, n, device));
    const size_t waves = clt_divide_up(n, capacity.members), each = clt_divide_up(n, waves);
    for (size_t first = 0; first < n; first += each)
        TRY(clt_parts_add(&division->parts, members + first, n - first < each ? n - first : each));
    if (division->capacity.members == 0 || waves > 1) division->capacity = capacity;
done:
    clt_config_free(group);
    return st;
}

enum clt_status clt_division_create(struct clt_division *out, const struct clt_config *config,
                                    const struct clt_device *device)
{
    enum clt_status st = CLT_OK;
    size_t *group = calloc(config->members, sizeof *group);
    size_t *members = calloc(config->members, sizeof *members);
    *out = (struct clt_division){0};
    if (!group || !members)
        TRY(clt_fail(CLT_E_NOMEM, "no memory for %zu members", config->members));
    TRY(clt_config_groups(group, &out->groups, config));
    for (size_t number = 0; number < out->groups; number++) {
        size_t n = 0;
        for (size_t p = 0; p < config->members; p++)
            if (group[p] == number) members[n++] = p;
        TRY(add_waves(out, config, members, n, device));
    }
done:
    if (st != CLT_OK) clt_division_free(out);
    free(group);
    free(members);
    return st;
}

enum clt_status clt_division_restore(struct clt_division *division, const struct clt_config *config)
{
    enum clt_status st = CLT_OK;
    size_t in_parts = 0, *numbers = calloc(config->members, sizeof *numbers);
    if (!numbers) return clt_fail(CLT_E_NOMEM, "no memory for %zu members", config->members);
    for (size_t i = 0; i < division->parts.n_parts; i++)
        in_parts += division->parts.part[i].n_members;
    if (division->parts.n_parts > 0 && in_parts != config->members)
        TRY(clt_fail(CLT_E_DATA,
                     "parts/parts.json: divides %zu members, config.cfg has %zu: they are not of "
                     "the same run; put back a copy or train anew",
                     in_parts, config->members));
    TRY(clt_config_groups(numbers, &division->groups, config));
    for (size_t p = 0; p < config->members; p++) numbers[p] = p;
    if (division->parts.n_parts == 0)
        TRY(clt_parts_add(&division->parts, numbers, config->members));
done:
    free(numbers);
    return st;
}
