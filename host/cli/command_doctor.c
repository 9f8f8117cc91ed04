/* command_doctor.c - cltrain doctor [RUNDIR] */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "doctor.h"
#include "json.h"
#include "print.h"

static const char *text_of(const json_t *finding, const char *key)
{
    const char *text = json_string_value(json_object_get(finding, key));
    return text ? text : "";
}

static size_t count(const json_t *findings, enum clt_verdict verdict)
{
    size_t n = 0, i;
    const json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        if (strcmp(text_of(finding, "verdict"), clt_doctor_verdict_name(verdict)) == 0) n++;
    }
    return n;
}

static void print_text(const json_t *findings, size_t problems, size_t warnings)
{
    const char *heading = "";
    size_t i;
    const json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        if (strcmp(heading, text_of(finding, "heading")) != 0) {
            heading = text_of(finding, "heading");
            printf("%s%s\n", i ? "\n" : "", heading);
        }
        printf("  %-7s  %s\n", text_of(finding, "verdict"), text_of(finding, "found"));
        if (*text_of(finding, "advice")) printf("           %s\n", text_of(finding, "advice"));
    }
    printf("\n%zu problem%s, %zu warning%s\n", problems, problems == 1 ? "" : "s", warnings,
           warnings == 1 ? "" : "s");
}

static enum clt_status print_json(json_t *findings, size_t problems, size_t warnings)
{
    json_t *all = clt_json_set(json_object(), "findings", json_incref(findings));
    all = clt_json_set(all, "problems", json_integer((json_int_t)problems));
    return clt_print_json(clt_json_set(all, "warnings", json_integer((json_int_t)warnings)));
}

int clt_command_doctor(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_doctor doctor = {.findings = json_array(), .devices = json_array()};
    clt_doctor_opencl(&doctor);
    clt_doctor_folders(&doctor);
    clt_doctor_limits(&doctor);
    clt_doctor_environment(&doctor);
    if (options->n_operands) clt_doctor_run(&doctor, options->operands[0]);
    const size_t problems = count(doctor.findings, CLT_VERDICT_PROBLEM);
    const size_t warnings = count(doctor.findings, CLT_VERDICT_WARNING);
    if (!doctor.findings || !doctor.devices)
        st = clt_fail(CLT_E_NOMEM, "no memory for what was found");
    else if (options->json)
        st = print_json(doctor.findings, problems, warnings);
    else
        print_text(doctor.findings, problems, warnings);
    json_decref(doctor.findings);
    json_decref(doctor.devices);
    if (st != CLT_OK) return clt_exit_with(st);
    return problems ? CLT_EXIT_MISSED : CLT_EXIT_OK;
}
