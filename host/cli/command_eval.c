/* command_eval.c - cltrain eval RUNDIR */
#include <cltrain/cltrain.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "load.h"
#include "print.h"

static enum clt_split parse_split(const char *name)
{
    if (strcmp(name, "train") == 0) return CLT_SPLIT_TRAIN;
    if (strcmp(name, "validation") == 0) return CLT_SPLIT_VALIDATION;
    return CLT_SPLIT_TEST;
}

static bool is_wanted(const struct clt_options *options, size_t member)
{
    return options->member < 0 || (size_t)options->member == member;
}

static void print_table(const struct clt_evaluation *evaluation, const struct clt_options *options)
{
    printf("%s, %s weights\n", options->split, options->checkpoint);
    printf("member    accuracy        loss        cost\n");
    for (size_t p = 0; p < evaluation->n_members; p++) {
        const struct clt_measure *measure = &evaluation->members[p];
        if (!is_wanted(options, p)) continue;
        if (measure->made)
            printf("%6zu  %8.4f  %10.6f  %10.6f\n", p, measure->accuracy, measure->loss,
                   measure->cost);
        else
            printf("%6zu  nothing to measure\n", p);
    }
}

static enum clt_status print_json(const struct clt_evaluation *evaluation,
                                  const struct clt_options *options)
{
    json_t *members = json_array();
    for (size_t p = 0; p < evaluation->n_members; p++) {
        const struct clt_measure *measure = &evaluation->members[p];
        if (!is_wanted(options, p)) continue;
        json_t *member = clt_json_set(json_object(), "index", json_integer((json_int_t)p));
        member = clt_json_set(member, "accuracy",
                              measure->made ? clt_json_real(measure->accuracy) : json_null());
        member = clt_json_set(member, "loss",
                              measure->made ? clt_json_real(measure->loss) : json_null());
        member = clt_json_set(member, "cost",
                              measure->made ? clt_json_real(measure->cost) : json_null());
        members = clt_json_append(members, member);
    }
    json_t *all = clt_json_set(json_object(), "name", clt_json_string(evaluation->name));
    all = clt_json_set(all, "split", json_string(options->split));
    all = clt_json_set(all, "checkpoint", json_string(options->checkpoint));
    return clt_print_json(clt_json_set(all, "members", members));
}

static enum clt_status check_member(const struct clt_evaluation *evaluation,
                                    const struct clt_options *options)
{
    if (options->member < 0 || (size_t)options->member < evaluation->n_members) return CLT_OK;
    return clt_fail(CLT_E_USAGE, "--member: %s has %zu members, numbered from 0",
                    options->operands[0], evaluation->n_members);
}

int clt_command_eval(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_evaluation evaluation = {0};
    TRY(clt_load_device(&device, options));
    TRY(clt_study_evaluate(&evaluation, device, options->operands[0], options->checkpoint,
                           parse_split(options->split)));
    TRY(check_member(&evaluation, options));
    if (options->json)
        TRY(print_json(&evaluation, options));
    else
        print_table(&evaluation, options);
done:
    clt_evaluation_free(&evaluation);
    clt_device_close(device);
    return clt_exit_with(st);
}
