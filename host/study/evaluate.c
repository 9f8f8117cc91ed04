/* evaluate.c - all members of a run directory measured, wherever they have trained. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "study.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the evaluation");
}

void clt_evaluation_free(struct clt_evaluation *evaluation)
{
    free(evaluation->name);
    free(evaluation->members);
    *evaluation = (struct clt_evaluation){0};
}

/* What is measured, and of which weights. */
struct question {
    struct clt_device *device;
    const char *which;
    enum clt_split split;
};

/* The members of a run directory without parts. */
static enum clt_status evaluate_run(struct clt_evaluation *out, const struct question *question,
                                    const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_run *run = NULL;
    *out = (struct clt_evaluation){0};
    TRY(clt_run_open(&run, question->device, folder, question->which));
    const struct clt_config *config = clt_run_record_of(run)->config;
    out->n_members = clt_config_members(config);
    out->name = strdup(clt_config_name(config));
    out->members = calloc(out->n_members, sizeof *out->members);
    if (!out->name || !out->members) TRY(no_memory());
    TRY(clt_run_evaluate(out->members, run, question->split));
done:
    if (st != CLT_OK) clt_evaluation_free(out);
    clt_run_free(run);
    return st;
}

/* Of one part, into the places of the whole. */
static enum clt_status evaluate_part(struct clt_evaluation *whole, const struct clt_part *part,
                                     const struct question *question, const char *folder)
{
    enum clt_status st = CLT_OK;
    struct clt_evaluation of_part = {0};
    if (!folder) return no_memory();
    TRY(evaluate_run(&of_part, question, folder));
    if (of_part.n_members != part->n_members)
        TRY(clt_fail(CLT_E_DATA,
                     "%s: has %zu members, parts.json gives it %zu: they are not of the same run; "
                     "put back a copy or train anew",
                     folder, of_part.n_members, part->n_members));
    for (size_t i = 0; i < part->n_members; i++)
        whole->members[part->members[i]] = of_part.members[i];
    free(whole->name);
    whole->name = of_part.name;
    of_part.name = NULL;
done:
    clt_evaluation_free(&of_part);
    return st;
}

static enum clt_status evaluate_parts(struct clt_evaluation *out, const struct clt_parts *parts,
                                      const struct question *question, const char *folder)
{
    enum clt_status st = CLT_OK;
    *out = (struct clt_evaluation){0};
    for (size_t i = 0; i < parts->n_parts; i++) out->n_members += parts->part[i].n_members;
    out->members = calloc(out->n_members, sizeof *out->members);
    if (!out->members) TRY(no_memory());
    for (size_t i = 0; i < parts->n_parts; i++) {
        char *part_folder = clt_part_folder(folder, i);
        st = evaluate_part(out, &parts->part[i], question, part_folder);
        free(part_folder);
        if (st != CLT_OK) break;
    }
done:
    if (st != CLT_OK) clt_evaluation_free(out);
    return st;
}

enum clt_status clt_study_evaluate(struct clt_evaluation *out, struct clt_device *device,
                                   const char *folder, const char *which, enum clt_split split)
{
    const struct question question = {device, which, split};
    struct clt_parts parts;
    *out = (struct clt_evaluation){0};
    enum clt_status st = clt_parts_read(&parts, folder);
    if (st != CLT_OK) return st;
    st = parts.n_parts ? evaluate_parts(out, &parts, &question, folder)
                       : evaluate_run(out, &question, folder);
    clt_parts_free(&parts);
    return st;
}
