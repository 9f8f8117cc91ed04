/* command_manual.c - cltrain manual: the manual page in roff, its lists made from the tables. */
#include <stdio.h>

#include "commands.h"

static const char head[] =
    ".SH NAME\n"
    "cltrain \\- train neural networks on any OpenCL device\n"
    ".SH SYNOPSIS\n"
    ".B cltrain\n"
    ".I COMMAND\n"
    ".RI [ OPTION ...]\n"
    ".RI [ OPERAND ...]\n"
    ".SH DESCRIPTION\n"
    "cltrain trains neural-network classifiers from a config file, on a GPU of any vendor or on "
    "the\n"
    "CPU. A run writes a run directory: the resolved config, the measurements, a record of the\n"
    "result, checkpoints. Several networks that differ in a few values, a population, train\n"
    "together. Results go to standard output, progress and errors to standard error.\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nAll went well, and what the config expects was met.\n"
    ".TP\n.B 1\nAn expectation was missed, or a check failed.\n"
    ".TP\n.B 2\nThe command line or the config is wrong.\n"
    ".TP\n.B 3\nData, a checkpoint or a run directory is unreadable, wrong or in use.\n"
    ".TP\n.B 4\nNo device, or one that fails or has too little memory.\n"
    ".TP\n.B 5\nOutput could not be written.\n"
    ".TP\n.B 6\nEvery network diverged.\n"
    ".TP\n.B 129\\fR, \\fB130\\fR, \\fB143\nStopped by SIGHUP, SIGINT or SIGTERM; run and resume "
    "write a checkpoint first.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B CLTRAIN_DEVICE\nThe device, where\n.B \\-\\-device\nis not given.\n"
    ".TP\n.B NO_COLOR\nNo colours.\n"
    ".SH FILES\n"
    ".TP\n.I RUNDIR/run.json\nThe result.\n"
    ".TP\n.I RUNDIR/metrics.csv\nA line per network and report point.\n"
    ".TP\n.I RUNDIR/checkpoint/last/member\\-000.safetensors\nA trained network, for\n"
    ".B cltrain predict\nor for PyTorch.\n"
    ".SH EXAMPLES\n"
    ".EX\n"
    "cltrain check my.cfg\n"
    "cltrain run my.cfg \\-\\-set train.l2=0.01 \\-\\-out runs/first\n"
    "cltrain eval runs/first \\-\\-split validation\n"
    "cltrain predict runs/first shoe.png \\-\\-top\\-k 3\n"
    ".EE\n"
    ".SH SEE ALSO\n"
    "The keys of a config are listed by\n.BR \"cltrain config\" .\n";

/* A hyphen of roff is a typographic one; what people copy needs \-. */
static void print_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '-' || *text == '\\') putchar('\\');
        putchar(*text);
    }
}

static void print_option(const struct clt_option_row *row)
{
    printf(".TP\n.B \\-\\-");
    print_text(row->name);
    if (row->argument) printf(" \\fI%s\\fR", row->argument);
    printf("\n");
    print_text(row->meaning);
    printf("\n");
}

static void print_command(const struct clt_command *command)
{
    size_t n;
    const struct clt_option_row *rows = clt_option_rows(&n);
    printf(".SS \"cltrain %s %s\"\n", command->name, command->operands);
    print_text(command->summary);
    printf("\n");
    for (size_t i = 0; i < n; i++)
        if (rows[i].bit & command->options) print_option(&rows[i]);
}

int clt_command_manual(const struct clt_options *options)
{
    size_t n, n_rows;
    const struct clt_command *commands = clt_commands(&n);
    const struct clt_option_row *rows = clt_option_rows(&n_rows);
    (void)options;
    printf(".TH CLTRAIN 1 \"\" \"cltrain %s\" \"User Commands\"\n%s.SH COMMANDS\n", CLTRAIN_VERSION,
           head);
    for (size_t i = 0; i < n; i++) print_command(&commands[i]);
    printf(".SH OPTIONS\nEvery command takes these:\n");
    for (size_t i = 0; i < n_rows; i++)
        if (!rows[i].bit) print_option(&rows[i]);
    fputs(tail, stdout);
    return CLT_EXIT_OK;
}
