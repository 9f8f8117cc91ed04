#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "duration.h"

static const char *const splits[] = {"test", "validation", "train", NULL};
static const char *const checkpoints[] = {"last", "best", NULL};
static const char *const gemms[] = {"auto", "clblast", "native", NULL};

/* In the order of enum clt_allow. */
static const char *const changes[] = {"device", "driver", "data", "config", "gemm", NULL};

static const struct clt_option_row rows[] = {
    {"set", "PATH=VALUE", "put a value over the config's; may be repeated", CLT_OPTION_SET, NULL},
    {"device", "SEL", "gpu, cpu, a part of a name, or PLATFORM:DEVICE", CLT_OPTION_DEVICE, NULL},
    {"out", "DIR", "run directory; must not exist (default: runs/NAME, runs/NAME-lr-range)",
     CLT_OPTION_OUT, NULL},
    {"out", "FILE", "the page (default: RUNDIR/report.html, of several comparison.html)",
     CLT_OPTION_PAGE, NULL},
    {"figures", "DIR", "write each figure as an SVG file there too", CLT_OPTION_FIGURES, NULL},
    {"member", "K", "only member K of a population", CLT_OPTION_MEMBER, NULL},
    {"split", "NAME", "test, validation or train (default: test)", CLT_OPTION_SPLIT, splits},
    {"checkpoint", "NAME", "last or best (default: last)", CLT_OPTION_CHECKPOINT, checkpoints},
    {"top-k", "K", "the K most probable classes of each sample (default: 1)", CLT_OPTION_TOP_K,
     NULL},
    {"samples", "N", "samples in the batch (default: the config's, else 20)", CLT_OPTION_SAMPLES,
     NULL},
    {"coordinates", "N", "elements checked in each tensor (default: the config's)",
     CLT_OPTION_COORDINATES, NULL},
    {"features", "N", "only the first N of each sample (default: the config's)",
     CLT_OPTION_FEATURES, NULL},
    {"step", "H", "distance of the differences (default: the config's)", CLT_OPTION_STEP, NULL},
    {"dump", "DIR", "write both gradients and their inputs as NPY files", CLT_OPTION_DUMP, NULL},
    {"gemm", "NAME", "auto, clblast or native: beside cltrain's own", CLT_OPTION_GEMM, gemms},
    {"seconds", "S", "time of each measurement (default: 1)", CLT_OPTION_SECONDS, NULL},
    {"seconds", "S", "time for all products (default: 60)", CLT_OPTION_BUDGET, NULL},
    {"only", "NAME", "only what is called so, or begins so; may be repeated", CLT_OPTION_ONLY,
     NULL},
    {"sort", "NAME", "a metric or a config key (default: val_accuracy); metrics best first",
     CLT_OPTION_SORT, NULL},
    {"filter", "TEST", "such as train.l2<1e-3, val_accuracy>=0.5, stage=coarse; may be repeated",
     CLT_OPTION_FILTER, NULL},
    {"top", "N", "only the first N trials", CLT_OPTION_TOP, NULL},
    {"allow", "WORD",
     "go on though it has changed, and record it: device, driver, data, config, gemm",
     CLT_OPTION_ALLOW, changes},
    {"profile", NULL, "a table of where the device's time goes, kernel by kernel",
     CLT_OPTION_PROFILE, NULL},
    {"low", "RATE", "the learning rate at first (default: 1e-6)", CLT_OPTION_LOW, NULL},
    {"high", "RATE", "the learning rate at last (default: 1)", CLT_OPTION_HIGH, NULL},
    {"updates", "N", "updates of the test (default: an epoch, at least 100)", CLT_OPTION_UPDATES,
     NULL},
    {"max-time", "TIME", "stop with a checkpoint before it is over: 90s, 30m, 2h, 1-12:00:00",
     CLT_OPTION_MAX_TIME, NULL},
    {"log-json", NULL, "progress and errors as JSON, an object a line", CLT_OPTION_LOG_JSON, NULL},
    {"quiet", NULL, "no progress", 0, NULL},
    {"json", NULL, "one JSON object on standard output, nothing else", 0, NULL},
    {"help", NULL, "this text", 0, NULL},
};
#define N_ROWS (sizeof rows / sizeof *rows)

const struct clt_option_row *clt_option_rows(size_t *count)
{
    *count = N_ROWS;
    return rows;
}

void clt_options_print(unsigned allowed)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[64];
        if (rows[i].bit && !(rows[i].bit & allowed)) continue;
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-20s %s\n", left, rows[i].meaning);
    }
}

static enum clt_status parse_member(long *out, const char *text)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 10);
    if (end == text || *end || errno || *out < 0)
        return clt_fail(CLT_E_USAGE, "--member: '%s' is no number of a member; they count from 0",
                        text);
    return CLT_OK;
}

static enum clt_status parse_count(size_t *out, const char *option, const char *text)
{
    char *end;
    errno = 0;
    const long long count = strtoll(text, &end, 10);
    if (end == text || *end || errno || count < 1)
        return clt_fail(CLT_E_USAGE, "--%s: '%s' is no count; it is a whole number from 1 on",
                        option, text);
    *out = (size_t)count;
    return CLT_OK;
}

static enum clt_status parse_positive(double *out, const char *option, const char *text)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end || !(*out > 0) || !isfinite(*out))
        return clt_fail(CLT_E_USAGE, "--%s: '%s' is no number above 0", option, text);
    return CLT_OK;
}

static enum clt_status unknown_word(const struct clt_option_row *row, const char *text,
                                    size_t length)
{
    char words[128] = "";
    size_t end = 0;
    for (const char *const *word = row->words; *word && end < sizeof words; word++)
        end += (size_t)snprintf(words + end, sizeof words - end, "%s%s", end ? ", " : "", *word);
    return clt_fail(CLT_E_USAGE, "--%s: '%.*s' is none of its words: %s", row->name, (int)length,
                    text, words);
}

static enum clt_status check_word(const struct clt_option_row *row, const char *text)
{
    for (const char *const *word = row->words; *word; word++)
        if (strcmp(text, *word) == 0) return CLT_OK;
    return unknown_word(row, text, strlen(text));
}

/* A word, or several with commas between them. */
static enum clt_status parse_allowed(unsigned *out, const struct clt_option_row *row,
                                     const char *text)
{
    for (const char *word = text;; word++) {
        const size_t length = strcspn(word, ",");
        size_t i = 0;
        while (row->words[i] &&
               (strlen(row->words[i]) != length || strncmp(row->words[i], word, length) != 0))
            i++;
        if (!row->words[i]) return unknown_word(row, word, length);
        *out |= 1u << i;
        word += length;
        if (!*word) return CLT_OK;
    }
}

static enum clt_status apply(struct clt_options *out, const struct clt_option_row *row,
                             const char *value)
{
    if (row->bit == CLT_OPTION_ALLOW) return parse_allowed(&out->allow, row, value);
    if (row->words && check_word(row, value) != CLT_OK) return CLT_E_USAGE;
    switch (row->bit) {
    case CLT_OPTION_SET: out->sets[out->n_sets++] = value; return CLT_OK;
    case CLT_OPTION_FILTER: out->filters[out->n_filters++] = value; return CLT_OK;
    case CLT_OPTION_SORT: out->sort = value; return CLT_OK;
    case CLT_OPTION_TOP: return parse_count(&out->top, row->name, value);
    case CLT_OPTION_DEVICE: out->device = value; return CLT_OK;
    case CLT_OPTION_OUT:
    case CLT_OPTION_PAGE: out->out = value; return CLT_OK;
    case CLT_OPTION_FIGURES: out->figures = value; return CLT_OK;
    case CLT_OPTION_MEMBER: return parse_member(&out->member, value);
    case CLT_OPTION_TOP_K: return parse_count(&out->top_k, row->name, value);
    case CLT_OPTION_SPLIT: out->split = value; return CLT_OK;
    case CLT_OPTION_CHECKPOINT: out->checkpoint = value; return CLT_OK;
    case CLT_OPTION_SAMPLES: return parse_count(&out->samples, row->name, value);
    case CLT_OPTION_COORDINATES: return parse_count(&out->coordinates, row->name, value);
    case CLT_OPTION_FEATURES: return parse_count(&out->features, row->name, value);
    case CLT_OPTION_STEP: return parse_positive(&out->step, row->name, value);
    case CLT_OPTION_GEMM: out->gemm = value; return CLT_OK;
    case CLT_OPTION_DUMP: out->dump = value; return CLT_OK;
    case CLT_OPTION_BUDGET:
    case CLT_OPTION_SECONDS: return parse_positive(&out->seconds, row->name, value);
    case CLT_OPTION_LOW: return parse_positive(&out->low, row->name, value);
    case CLT_OPTION_HIGH: return parse_positive(&out->high, row->name, value);
    case CLT_OPTION_UPDATES: return parse_count(&out->updates, row->name, value);
    case CLT_OPTION_ONLY: out->only[out->n_only++] = value; return CLT_OK;
    case CLT_OPTION_MAX_TIME:
        out->max_time_text = value;
        return clt_duration_parse(&out->max_time, row->name, value);
    case CLT_OPTION_PROFILE: out->profile = true; return CLT_OK;
    case CLT_OPTION_LOG_JSON: out->log_json = true; return CLT_OK;
    default: break;
    }
    if (strcmp(row->name, "quiet") == 0) out->quiet = true;
    if (strcmp(row->name, "json") == 0) out->json = true;
    if (strcmp(row->name, "help") == 0) out->help = true;
    return CLT_OK;
}

/* getopt's table of the allowed rows; .val is the row's number + 1. */
static void fill_long_options(struct option *table, unsigned allowed)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (!rows[i].bit || (rows[i].bit & allowed))
            *table++ = (struct option){
                rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, (int)i + 1};
}

enum clt_status clt_options_parse(struct clt_options *out, int argc, char **argv, unsigned allowed)
{
    enum clt_status st = CLT_OK;
    struct option table[N_ROWS + 1] = {{0}};
    int found;
    *out = (struct clt_options){.start = clt_clock_seconds(),
                                .device = getenv("CLTRAIN_DEVICE"),
                                .split = "test",
                                .checkpoint = "last",
                                .gemm = "auto",
                                .member = -1,
                                .top_k = 1,
                                .sort = "val_accuracy"};
    if (out->device && !*out->device) out->device = NULL;
    out->sets = calloc((size_t)argc, sizeof *out->sets);
    out->only = calloc((size_t)argc, sizeof *out->only);
    out->filters = calloc((size_t)argc, sizeof *out->filters);
    if (!out->sets || !out->only || !out->filters) {
        clt_options_free(out);
        return clt_fail(CLT_E_NOMEM, "no memory for the command line");
    }
    fill_long_options(table, allowed);
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", table, NULL)) != -1) {
        if (found == ':')
            st = clt_fail(CLT_E_USAGE, "%s wants a value; see cltrain %s --help", argv[optind - 1],
                          argv[0]);
        else if (found == '?')
            st = clt_fail(CLT_E_USAGE, "%s: no such option; see cltrain %s --help",
                          argv[optind - 1], argv[0]);
        else
            st = apply(out, &rows[found - 1], optarg);
        if (st != CLT_OK) goto done;
    }
    out->operands = argv + optind;
    out->n_operands = (size_t)(argc - optind);
done:
    if (st != CLT_OK) clt_options_free(out);
    return st;
}

void clt_options_free(struct clt_options *options)
{
    free(options->sets);
    free(options->only);
    free(options->filters);
    options->sets = options->only = options->filters = NULL;
}
