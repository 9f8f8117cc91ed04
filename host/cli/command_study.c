/* command_study.c - cltrain study RUNDIR...: the trials of studies and populations, best first. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "expectations.h"
#include "json.h"
#include "print.h"
#include "saved_study.h"

/* A member of one of the runs. */
struct trial {
    const struct clt_saved_run *run;
    const char *stage;
    size_t member;
    double rank; /* what it is sorted by; NaN comes last */
    size_t place;
};

struct listing {
    const struct clt_options *options;
    struct clt_saved_study **studies; /* [n_operands], NULL where the operand is a run's */
    struct clt_saved_run **runs;      /* [n_operands], the other way round */
    struct trial *trials;
    size_t n_trials, n_all; /* those that the filters let pass; before them */
    bool *known;            /* [1 + n_filters]: some run has what is sorted or filtered by */
};

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the trials");
}

/* ---- values ---- */

/* A metric, or the value of a key as text; NULL: the trial has no such key. */
static const char *key_value(const struct trial *trial, const char *key)
{
    const struct clt_saved_run *run = trial->run;
    for (size_t k = 0; k < run->n_keys; k++)
        if (strcmp(run->keys[k], key) == 0) return run->values[trial->member * run->n_keys + k];
    return NULL;
}

static const char *const metrics[] = {"train_accuracy", "val_accuracy", "test_accuracy",
                                      "train_loss",     "val_loss",     "test_loss"};
#define N_METRICS (sizeof metrics / sizeof *metrics)

static bool is_metric(const char *name)
{
    for (size_t i = 0; i < N_METRICS; i++)
        if (strcmp(name, metrics[i]) == 0) return true;
    return false;
}

/* NaN: it has none, or no number. */
static double number_of(const struct trial *trial, const char *name)
{
    char *end;
    if (is_metric(name)) return clt_result_metric(&trial->run->results[trial->member], name);
    const char *text = key_value(trial, name);
    const double value = text ? strtod(text, &end) : NAN;
    return text && *text && !*end ? value : NAN;
}

/* ---- --filter NAME<VALUE, and with <=, >, >=, =, != ---- */

struct filter {
    char name[128];
    char comparison[3];
    const char *value;
};

static enum clt_status parse_filter(struct filter *out, const char *text)
{
    const size_t length = strcspn(text, "<>=!");
    const size_t sign = strspn(text + length, "<>=!");
    static const char *const known[] = {"<", "<=", ">", ">=", "=", "!="};
    *out = (struct filter){.value = text + length + sign};
    if (length > 0 && length < sizeof out->name && sign > 0 && sign < sizeof out->comparison) {
        memcpy(out->name, text, length);
        memcpy(out->comparison, text + length, sign);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strcmp(known[i], out->comparison) == 0) return CLT_OK;
    }
    return clt_fail(CLT_E_USAGE,
                    "--filter: '%s' is no comparison such as train.l2<1e-3, val_accuracy>=0.5 or "
                    "stage=coarse",
                    text);
}

static bool compares(const char *comparison, int order)
{
    const bool equal = order == 0;
    switch (comparison[0]) {
    case '<': return order < 0 || (equal && comparison[1]);
    case '>': return order > 0 || (equal && comparison[1]);
    case '!': return !equal;
    default: return equal;
    }
}

static bool passes(const struct trial *trial, const struct filter *filter)
{
    char *end;
    const char *text = key_value(trial, filter->name);
    if (strcmp(filter->name, "stage") == 0) text = trial->stage;
    if (strcmp(filter->name, "status") == 0) text = trial->run->member_status[trial->member];
    const double number = number_of(trial, filter->name), wanted = strtod(filter->value, &end);
    if (!isnan(number) && *filter->value && !*end)
        return compares(filter->comparison, (number > wanted) - (number < wanted));
    return text && compares(filter->comparison, strcmp(text, filter->value));
}

static enum clt_status is_wanted(bool *out, const struct trial *trial,
                                 const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct filter filter;
    *out = true;
    for (size_t i = 0; i < options->n_filters; i++) {
        TRY(parse_filter(&filter, options->filters[i]));
        *out = *out && passes(trial, &filter);
    }
done:
    return st;
}

/* ---- collecting ---- */

static bool run_knows(const struct clt_saved_run *run, const char *name)
{
    bool knows = is_metric(name) || strcmp(name, "stage") == 0 || strcmp(name, "status") == 0;
    for (size_t k = 0; k < run->n_keys; k++) knows = knows || strcmp(run->keys[k], name) == 0;
    return knows;
}

static enum clt_status note_known(struct listing *listing, const struct clt_saved_run *run)
{
    enum clt_status st = CLT_OK;
    const struct clt_options *options = listing->options;
    struct filter filter;
    if (run_knows(run, options->sort)) listing->known[0] = true;
    for (size_t i = 0; i < options->n_filters; i++) {
        TRY(parse_filter(&filter, options->filters[i]));
        if (run_knows(run, filter.name)) listing->known[1 + i] = true;
    }
done:
    return st;
}

/* A name that no run knows would only sort nothing, or leave nothing. A study that has just begun
 * has no run that could know one. */
static enum clt_status check_known(const struct listing *listing)
{
    const struct clt_options *options = listing->options;
    if (listing->n_all == 0) return CLT_OK;
    for (size_t i = 0; i < 1 + options->n_filters; i++)
        if (!listing->known[i])
            return clt_fail(CLT_E_USAGE,
                            "--%s %s: no trial has that; there are metrics such as val_accuracy, "
                            "stage, status, and the keys that vary",
                            i ? "filter" : "sort", i ? options->filters[i - 1] : options->sort);
    return CLT_OK;
}

static enum clt_status add_run(struct listing *listing, const struct clt_saved_run *run,
                               const char *stage)
{
    enum clt_status st = CLT_OK;
    struct trial *grown =
        realloc(listing->trials, (listing->n_trials + run->members) * sizeof *grown);
    bool wanted;
    if (!grown) return no_memory();
    listing->trials = grown;
    listing->n_all += run->members;
    TRY(note_known(listing, run));
    for (size_t p = 0; p < run->members; p++) {
        struct trial trial = {run, stage, p, NAN, listing->n_trials};
        trial.rank = number_of(&trial, listing->options->sort);
        TRY(is_wanted(&wanted, &trial, listing->options));
        if (wanted) listing->trials[listing->n_trials++] = trial;
    }
done:
    return st;
}

static enum clt_status add_folder(struct listing *listing, size_t operand)
{
    enum clt_status st = CLT_OK;
    const char *folder = listing->options->operands[operand];
    TRY(clt_saved_study_read(&listing->studies[operand], folder));
    const struct clt_saved_study *study = listing->studies[operand];
    if (!study) {
        TRY(clt_saved_run_read(&listing->runs[operand], folder));
        TRY(add_run(listing, listing->runs[operand], listing->runs[operand]->name));
    }
    for (size_t i = 0; study && i < study->n_stages; i++)
        if (study->stages[i].run)
            TRY(add_run(listing, study->stages[i].run, study->stages[i].name));
done:
    return st;
}

static int best_first(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;
    if (isnan(x->rank) != isnan(y->rank)) return isnan(x->rank) - isnan(y->rank);
    if (!isnan(x->rank) && x->rank != y->rank) return x->rank > y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static int lowest_first(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;
    if (isnan(x->rank) || isnan(y->rank) || x->rank == y->rank) return best_first(a, b);
    return x->rank < y->rank ? -1 : 1;
}

/* ---- telling ---- */

static void print_percent(double fraction)
{
    if (isnan(fraction))
        printf("  %8s", "-");
    else
        printf("  %8.2f", 100 * fraction);
}

static void print_table(const struct listing *listing, size_t n)
{
    printf("%-16s  %6s  %8s  %8s  %8s  %-12s  %s\n", "stage", "member", "train %", "val %",
           "test %", "status", "values");
    for (size_t i = 0; i < n; i++) {
        const struct trial *trial = &listing->trials[i];
        const struct clt_saved_run *run = trial->run;
        const char *status = run->member_status[trial->member];
        char *values = run->n_keys ? clt_saved_run_label(run, trial->member) : NULL;
        printf("%-16s  %6zu", trial->stage, trial->member);
        print_percent(number_of(trial, "train_accuracy"));
        print_percent(number_of(trial, "val_accuracy"));
        print_percent(number_of(trial, "test_accuracy"));
        printf("  %-12s  %s\n", status ? status : "-", values ? values : "");
        free(values);
    }
    printf("%zu of %zu trials\n", n, listing->n_all);
}

static json_t *trial_json(const struct trial *trial)
{
    const struct clt_saved_run *run = trial->run;
    const char *status = run->member_status[trial->member];
    json_t *values = json_object();
    for (size_t k = 0; k < run->n_keys; k++)
        values = clt_json_set(values, run->keys[k],
                              clt_json_value(run->values[trial->member * run->n_keys + k]));
    json_t *json = clt_json_set(json_object(), "stage", clt_json_string(trial->stage));
    json = clt_json_set(json, "folder", clt_json_string(run->folder));
    json = clt_json_set(json, "member", json_integer((json_int_t)trial->member));
    json = clt_json_set(json, "values", values);
    for (size_t i = 0; i < N_METRICS; i++)
        json = clt_json_set(json, metrics[i], clt_json_real(number_of(trial, metrics[i])));
    return clt_json_set(json, "status", status ? clt_json_string(status) : json_null());
}

static enum clt_status print_json(const struct listing *listing, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) list = clt_json_append(list, trial_json(&listing->trials[i]));
    return clt_print_json(clt_json_set(json_object(), "trials", list));
}

static enum clt_status list_trials(struct listing *listing)
{
    enum clt_status st = CLT_OK;
    const struct clt_options *options = listing->options;
    for (size_t i = 0; i < options->n_operands; i++) TRY(add_folder(listing, i));
    TRY(check_known(listing));
    const size_t n =
        options->top && options->top < listing->n_trials ? options->top : listing->n_trials;
    const bool highest = is_metric(options->sort) && !strstr(options->sort, "loss");
    if (listing->n_trials)
        qsort(listing->trials, listing->n_trials, sizeof *listing->trials,
              highest ? best_first : lowest_first);
    if (options->json)
        TRY(print_json(listing, n));
    else
        print_table(listing, n);
done:
    return st;
}

int clt_command_study(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct listing listing = {.options = options,
                              .studies = calloc(options->n_operands, sizeof *listing.studies),
                              .runs = calloc(options->n_operands, sizeof *listing.runs),
                              .known = calloc(1 + options->n_filters, sizeof *listing.known)};
    if (listing.studies && listing.runs && listing.known)
        st = list_trials(&listing);
    else
        st = no_memory();
    for (size_t i = 0; i < options->n_operands; i++) {
        if (listing.studies) clt_saved_study_free(listing.studies[i]);
        if (listing.runs) clt_saved_run_free(listing.runs[i]);
    }
    free(listing.studies);
    free(listing.runs);
    free(listing.trials);
    free(listing.known);
    return clt_exit_with(st);
}
