/* main.c - cltrain's commands. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "events.h"
#include "json.h"

static const struct clt_command commands[] = {
    {"run", "CONFIG...", "train; writes a run directory", 1, (size_t)-1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_OUT | CLT_OPTION_MEMBER | CLT_OPTION_PROFILE |
         CLT_OPTION_MAX_TIME | CLT_OPTION_LOG_JSON,
     clt_command_run},
    {"resume", "RUNDIR", "go on with an interrupted run", 1, 1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_ALLOW | CLT_OPTION_MAX_TIME |
         CLT_OPTION_LOG_JSON,
     clt_command_resume},
    {"eval", "RUNDIR", "measure a run's networks", 1, 1,
     CLT_OPTION_DEVICE | CLT_OPTION_SPLIT | CLT_OPTION_CHECKPOINT | CLT_OPTION_MEMBER,
     clt_command_eval},
    {"predict", "RUNDIR DATA...", "classify images: IDX, CIFAR, raw bytes, PNG, JPEG, folders", 2,
     (size_t)-1, CLT_OPTION_DEVICE | CLT_OPTION_CHECKPOINT | CLT_OPTION_MEMBER | CLT_OPTION_TOP_K,
     clt_command_predict},
    {"report", "RUNDIR...", "write report.html; several runs make a comparison", 1, (size_t)-1,
     CLT_OPTION_DEVICE | CLT_OPTION_PAGE | CLT_OPTION_FIGURES, clt_command_report},
    {"study", "RUNDIR...", "the trials of studies and populations: sorted, filtered, best first", 1,
     (size_t)-1, CLT_OPTION_SORT | CLT_OPTION_FILTER | CLT_OPTION_TOP, clt_command_study},
    {"check", "CONFIG", "validate; print layers, memory, launches; train nothing", 1, 1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_MEMBER, clt_command_check},
    {"gradcheck", "CONFIG", "gradients against central differences of the cost", 1, 1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_MEMBER | CLT_OPTION_SAMPLES |
         CLT_OPTION_COORDINATES | CLT_OPTION_FEATURES | CLT_OPTION_STEP | CLT_OPTION_DUMP,
     clt_command_gradcheck},
    {"tune", "CONFIG", "measure this config's matrix products; show and keep the fastest methods",
     1, 1, CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_MEMBER | CLT_OPTION_BUDGET,
     clt_command_tune},
    {"lr-range", "CONFIG", "learning-rate range test: curve and suggested range", 1, 1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_OUT | CLT_OPTION_MEMBER | CLT_OPTION_LOW |
         CLT_OPTION_HIGH | CLT_OPTION_UPDATES,
     clt_command_lr_range},
    {"devices", "", "every platform and device", 0, 0, CLT_OPTION_DEVICE, clt_command_devices},
    {"doctor", "[RUNDIR]", "what is wrong with this machine, or a run, and what to do about it", 0,
     1, 0, clt_command_doctor},
    {"selftest", "", "every kernel against a reference on the host", 0, 0,
     CLT_OPTION_DEVICE | CLT_OPTION_GEMM, clt_command_selftest},
    {"bench", "[CONFIG...]", "speed of training steps and matrix products on this device", 0,
     (size_t)-1,
     CLT_OPTION_SET | CLT_OPTION_DEVICE | CLT_OPTION_GEMM | CLT_OPTION_SECONDS | CLT_OPTION_ONLY,
     clt_command_bench},
    {"config", "", "every config key with type, default, range and meaning", 0, 0, 0,
     clt_command_config},
    {"manual", "", "the manual page, for man -l -", 0, 0, 0, clt_command_manual},
    {"completion", "", "the script by which bash completes command lines", 0, 0, 0,
     clt_command_completion},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

const struct clt_command *clt_commands(size_t *count)
{
    *count = N_COMMANDS;
    return commands;
}

static void print_help(void)
{
    printf("cltrain trains neural networks on any OpenCL device, from a config file.\n\n"
           "usage: cltrain COMMAND [OPTION...] [OPERAND...]\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-10s %-14s %s\n", commands[i].name, commands[i].operands, commands[i].summary);
    printf("\n  cltrain COMMAND --help, cltrain --version\n");
}

static void print_command_help(const struct clt_command *command)
{
    printf("usage: cltrain %s [OPTION...] %s\n\n%s\n\n", command->name, command->operands,
           command->summary);
    clt_options_print(command->options);
}

int clt_exit_with(enum clt_status status)
{
    if (status == CLT_OK) return CLT_EXIT_OK;
    for (const char *line = clt_error_message(); *line;) {
        const size_t length = strcspn(line, "\n");
        clt_complain("%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return clt_exit_code(status);
}

static int run_command(const struct clt_command *command, int argc, char **argv)
{
    struct clt_options options;
    enum clt_status st = clt_options_parse(&options, argc, argv, command->options);
    int code = CLT_EXIT_OK;
    if (st != CLT_OK) return clt_exit_with(st);
    if (options.log_json) clt_events_begin();
    if (options.help)
        print_command_help(command);
    else if (options.n_operands < command->least || options.n_operands > command->most)
        code = clt_exit_with(clt_fail(CLT_E_USAGE, "usage: cltrain %s [OPTION...] %s",
                                      command->name, command->operands));
    else
        code = command->run(&options);
    clt_options_free(&options);
    return code;
}

/* What standard output could not take must not look like success. */
static int close_output(int code)
{
    const int lost = fflush(stdout) != 0 || ferror(stdout);
    if (!lost) return code;
    clt_complain("standard output could not be written; is its disk full?");
    return code == CLT_EXIT_OK ? CLT_EXIT_OUTPUT : code;
}

/* The last event has the code that the program leaves with. */
static int finish(int code)
{
    const int last = close_output(code);
    clt_event("exit", clt_json_set(json_object(), "exit_code", json_integer(last)));
    return last;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    signal(SIGXFSZ, SIG_IGN); /* a file beyond ulimit -f is an error to be told, not the end */
    if (strcmp(name, "--version") == 0) {
        printf("cltrain %s\n", CLTRAIN_VERSION);
        return close_output(CLT_EXIT_OK);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return close_output(argc > 1 ? CLT_EXIT_OK : CLT_EXIT_USAGE);
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return finish(run_command(&commands[i], argc - 1, argv + 1));
    return clt_exit_with(
        clt_fail(CLT_E_USAGE, "%s: no such command; cltrain --help lists them", name));
}
