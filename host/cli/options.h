/* options.h - the command line, parsed. */
#ifndef CLT_OPTIONS_H
#define CLT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

struct clt_options {
    char **operands; /* CONFIG..., RUNDIR; borrowed from argv */
    size_t n_operands;
    const char **sets; /* of --set, in order */
    size_t n_sets;
    const char *device; /* --device, else $CLTRAIN_DEVICE, else NULL */
    const char *out;
    const char *figures;
    const char *split, *checkpoint;
    long member;                           /* -1: none */
    size_t samples, coordinates, features; /* of gradcheck; 0: the default */
    double step;                           /* 0: the default */
    const char *dump;
    size_t top_k;     /* at least 1 */
    const char *gemm; /* of selftest and bench: auto, clblast, native */
    double seconds;   /* of bench and tune; 0: the default */
    double low, high; /* of lr-range; 0: the default */
    size_t updates;   /* of lr-range; 0: the default */
    const char **only;
    size_t n_only;
    const char *sort;     /* of study: a metric or a key */
    const char **filters; /* of study: NAME<VALUE... */
    size_t n_filters;
    size_t top;      /* of study: so many trials; 0: all */
    unsigned allow;  /* of resume: bits of clt_allow */
    double start;    /* clock, when the program was started */
    double max_time; /* seconds from then on; 0: no limit */
    const char *max_time_text;
    bool profile;
    bool quiet, json, log_json, help;
};

enum clt_option { /* what a command takes, as bits */
                  CLT_OPTION_SET = 1,
                  CLT_OPTION_DEVICE = 2,
                  CLT_OPTION_OUT = 4,
                  CLT_OPTION_MEMBER = 8,
                  CLT_OPTION_SPLIT = 16,
                  CLT_OPTION_CHECKPOINT = 32,
                  CLT_OPTION_SAMPLES = 64,
                  CLT_OPTION_COORDINATES = 128,
                  CLT_OPTION_FEATURES = 256,
                  CLT_OPTION_STEP = 512,
                  CLT_OPTION_DUMP = 1024,
                  CLT_OPTION_GEMM = 2048,
                  CLT_OPTION_TOP_K = 4096,
                  CLT_OPTION_PAGE = 8192,
                  CLT_OPTION_FIGURES = 16384,
                  CLT_OPTION_PROFILE = 32768,
                  CLT_OPTION_SECONDS = 65536,
                  CLT_OPTION_ONLY = 131072,
                  CLT_OPTION_BUDGET = 262144,
                  CLT_OPTION_LOW = 524288,
                  CLT_OPTION_HIGH = 1048576,
                  CLT_OPTION_UPDATES = 2097152,
                  CLT_OPTION_SORT = 1 << 22,
                  CLT_OPTION_FILTER = 1 << 23,
                  CLT_OPTION_TOP = 1 << 24,
                  CLT_OPTION_ALLOW = 1 << 25,
                  CLT_OPTION_MAX_TIME = 1 << 26,
                  CLT_OPTION_LOG_JSON = 1 << 27
};

struct clt_option_row {
    const char *name, *argument, *meaning;
    unsigned bit;             /* its clt_option; 0: every command takes it */
    const char *const *words; /* the arguments there are, NULL at the end; NULL: any */
};
const struct clt_option_row *clt_option_rows(size_t *count);

/* argv[0] is the command's name; `allowed`: its clt_option bits; --quiet, --json and --help always
 * are. CLT_E_USAGE. */
enum clt_status clt_options_parse(struct clt_options *out, int argc, char **argv, unsigned allowed);
void clt_options_free(struct clt_options *options);
/* A line of help for each allowed option. */
void clt_options_print(unsigned allowed);

#endif
