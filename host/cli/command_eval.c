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

/* A run's networks, measured. */
struct evaluation {
    const struct clt_options *options;
    const struct clt_config *config;
    struct clt_measure *members; /* [clt_config_members(config)] */
};

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

static void print_table(const struct evaluation *evaluation)
{
    const struct clt_options *options = evaluation->options;
    printf("%s, %s weights\n", options->split, options->checkpoint);
    printf("member    accuracy        loss        cost\n");
    for (size_t p = 0; p < clt_config_members(evaluation->config); p++) {
        const struct clt_measure *measure = &evaluation->members[p];
        if (!is_wanted(options, p)) continue;
        if (measure->made)
            printf("%6zu  %8.4f  %10.6f  %10.6f\n", p, measure->accuracy, measure->loss,
                   measure->cost);
        else
            printf("%6zu  nothing to measure\n", p);
    }
}

static enum clt_status print_json(const struct evaluation *evaluation)
{
    const struct clt_options *options = evaluation->options;
    json_t *members = json_array();
    for (size_t p = 0; p < clt_config_members(evaluation->config); p++) {
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
    json_t *all =
        clt_json_set(json_object(), "name", clt_json_string(clt_config_name(evaluation->config)));
    all = clt_json_set(all, "split", json_string(options->split));
    all = clt_json_set(all, "checkpoint", json_string(options->checkpoint));
    return clt_print_json(clt_json_set(all, "members", members));
}

static enum clt_status check_member(const struct evaluation *evaluation)
{
    const struct clt_options *options = evaluation->options;
    const size_t members = clt_config_members(evaluation->config);
    if (options->member < 0 || (size_t)options->member < members) return CLT_OK;
    return clt_fail(CLT_E_USAGE, "--member: %s has %zu members, numbered from 0",
                    options->operands[0], members);
}

static enum clt_status evaluate(struct evaluation *evaluation, struct clt_run *run)
{
    enum clt_status st = CLT_OK;
    evaluation->config = clt_run_record_of(run)->config;
    TRY(check_member(evaluation));
    evaluation->members =
        calloc(clt_config_members(evaluation->config), sizeof *evaluation->members);
    if (!evaluation->members) return clt_fail(CLT_E_NOMEM, "no memory for the evaluation");
    TRY(clt_run_evaluate(evaluation->members, run, parse_split(evaluation->options->split)));
done:
    return st;
}

int clt_command_eval(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    struct clt_run *run = NULL;
    struct evaluation evaluation = {.options = options};
    TRY(clt_load_device(&device, options));
    TRY(clt_run_open(&run, device, options->operands[0], options->checkpoint));
    TRY(evaluate(&evaluation, run));
    if (options->json)
        TRY(print_json(&evaluation));
    else
        print_table(&evaluation);
done:
    free(evaluation.members);
    clt_run_free(run);
    clt_device_close(device);
    return clt_exit_with(st);
}
