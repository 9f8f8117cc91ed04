/* tuner.c - the search for the fastest method of each product. */
#include <math.h>
#include <stdlib.h>

#include "backend.h"
#include "candidates.h"
#include "choices.h"
#include "clock.h"
#include "room.h"
#include "trial.h"

#define TURN_SECONDS  0.003 /* one time takes so long: a launch takes microseconds */
#define REPEATS_MOST  250
#define SEARCH_TURNS  4
#define TURNS_MOST    9
#define CLBLAST_TURNS 3    /* it is slow where it is no choice */
#define HOPELESS      1.1  /* a candidate that slow gets no further turn */
#define GAIN_LEAST    1.02 /* less is noise */
#define MEMORY_SHARE  8    /* of the device's memory, for a trial: the rest is the run's */
#define TRIED_MOST    160
#define PASSES_MOST   3

/* A method that takes part in a trial. */
struct entrant {
    struct clt_method method;
    struct clt_launch_list *launch;
};

struct search {
    struct clt_device *device;
    enum clt_family family;
    const struct clt_asked_product *work;
    struct clt_trial *trial;
    const struct clt_interrupt *interrupt;
    double deadline;
    size_t repeats;
    struct entrant usual, best; /* the default; the fastest so far, the default at first */
    struct clt_method tried[TRIED_MOST];
    size_t n_tried;
};

static void entrant_free(struct entrant *entrant)
{
    clt_launch_list_free(entrant->launch);
    entrant->launch = NULL;
}

/* Times of two launches, measured in turns, so that whatever else the machine does meets both
 * alike: the shortest of each, and the median of the turns' ratios b / a. */
struct contest {
    double of_a, of_b, ratio;
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `turns`: at most TURNS_MOST. Ends early where a's time is hopeless. */
static enum clt_status hold_contest(struct contest *out, struct search *search,
                                    const struct entrant *a, const struct entrant *b, size_t turns)
{
    enum clt_status st = CLT_OK;
    double ratio[TURNS_MOST];
    size_t n = 0;
    *out = (struct contest){INFINITY, INFINITY, 0};
    while (n < turns && !(out->of_a > HOPELESS * out->of_b)) {
        double of_a, of_b;
        TRY(clt_interrupt_check(search->interrupt));
        TRY(clt_trial_time(&of_a, search->trial, a->launch, search->repeats));
        TRY(clt_trial_time(&of_b, search->trial, b->launch, search->repeats));
        if (of_a < out->of_a) out->of_a = of_a;
        if (of_b < out->of_b) out->of_b = of_b;
        ratio[n++] = of_b / of_a;
    }
    qsort(ratio, n, sizeof *ratio, by_value);
    out->ratio = ratio[n / 2];
done:
    return st;
}

/* Whether this method was not yet tried, and there is time for it. */
static bool is_open(struct search *search, const struct clt_method *method)
{
    if (search->n_tried == TRIED_MOST || clt_clock_seconds() >= search->deadline) return false;
    for (size_t i = 0; i < search->n_tried; i++)
        if (clt_method_is_same(&search->tried[i], method)) return false;
    search->tried[search->n_tried++] = *method;
    return true;
}

/* The method takes the best one's place where it is faster and its result the same. One that does
 * not build or run is none. */
static enum clt_status try_method(struct search *search, const struct clt_method *method)
{
    enum clt_status st = CLT_OK;
    struct entrant candidate = {.method = *method};
    struct contest contest;
    double seconds;
    bool equal;
    if (!is_open(search, method)) return CLT_OK;
    TRY(clt_interrupt_check(search->interrupt));
    if (clt_trial_prepare(&candidate.launch, search->trial, method) != CLT_OK ||
        clt_trial_time(&seconds, search->trial, candidate.launch, 1) != CLT_OK)
        goto done;
    TRY(hold_contest(&contest, search, &candidate, &search->best, SEARCH_TURNS));
    if (contest.of_a >= contest.of_b || contest.ratio <= 1) goto done;
    TRY(clt_trial_is_equal(&equal, search->trial, candidate.launch));
    if (!equal) goto done;
    entrant_free(&search->best);
    search->best = candidate;
    candidate.launch = NULL;
done:
    entrant_free(&candidate);
    return st;
}

static enum clt_status try_axis(struct search *search, enum clt_axis axis)
{
    enum clt_status st = CLT_OK;
    struct clt_method candidates[CLT_CANDIDATES_MOST];
    const size_t n = clt_candidates(candidates, search->device, search->family, search->work,
                                    &search->best.method, axis);
    for (size_t i = 0; i < n; i++) TRY(try_method(search, &candidates[i]));
done:
    return st;
}

/* Along one axis after the other, until none brings anything or the time is over. Where a product
 * takes no longer than a launch, no program is worth its compilation. */
static enum clt_status walk(struct search *search)
{
    enum clt_status st = CLT_OK;
    const enum clt_axis end = search->repeats == REPEATS_MOST ? CLT_AXIS_REGISTERS : CLT_AXES;
    for (size_t pass = 0; pass < PASSES_MOST; pass++) {
        const struct clt_method before = search->best.method;
        for (enum clt_axis axis = 0; axis < end; axis++) TRY(try_axis(search, axis));
        if (clt_method_is_same(&before, &search->best.method)) break;
    }
done:
    return st;
}

/* The last word: a winner has to beat the default clearly, at best and as a rule. */
static enum clt_status decide(struct clt_tuned *tuned, struct search *search)
{
    enum clt_status st = CLT_OK;
    struct contest last;
    TRY(hold_contest(&last, search, &search->best, &search->usual, TURNS_MOST));
    const bool wins = last.of_b > GAIN_LEAST * last.of_a && last.ratio > GAIN_LEAST;
    tuned->method = wins ? search->best.method : search->usual.method;
    tuned->seconds = wins ? last.of_a : last.of_b;
    tuned->default_seconds = last.of_b;
    tuned->measured = true;
done:
    return st;
}

/* The default's result is what every candidate has to give; its first run builds what a driver
 * leaves until then. *is_chain: it is right. */
static enum clt_status start(bool *is_chain, struct search *search)
{
    enum clt_status st = CLT_OK;
    double seconds;
    search->usual.method = clt_method_default(search->device, search->family, search->work);
    search->best.method = search->usual.method;
    TRY(clt_trial_prepare(&search->usual.launch, search->trial, &search->usual.method));
    TRY(clt_trial_prepare(&search->best.launch, search->trial, &search->best.method));
    TRY(clt_trial_set_reference(is_chain, search->trial, search->usual.launch));
    TRY(clt_trial_time(&seconds, search->trial, search->usual.launch, 1));
    search->repeats = seconds * REPEATS_MOST < TURN_SECONDS ? REPEATS_MOST
                      : seconds > TURN_SECONDS              ? 1
                                                            : (size_t)(TURN_SECONDS / seconds);
    search->tried[search->n_tried++] = search->usual.method;
done:
    return st;
}

/* CLBlast's time for a product that the family computes otherwise; 0 where its result is not the
 * chain. */
static enum clt_status time_clblast(double *seconds, struct clt_device *device,
                                    const struct clt_asked_product *work)
{
    enum clt_status st = CLT_OK;
    struct clt_asked_product plain = *work;
    const struct clt_method method = {.backend = CLT_CLBLAST};
    struct clt_trial *trial = NULL;
    struct clt_launch_list *launch = NULL;
    bool is_chain;
    *seconds = 0;
    plain.dense.batch.width = plain.dense.batch.pitch;
    plain.update = false;
    TRY(clt_clblast_prepare(device));
    TRY(clt_trial_create(&trial, device, &plain));
    TRY(clt_trial_prepare(&launch, trial, &method));
    TRY(clt_trial_set_reference(&is_chain, trial, launch));
    for (size_t i = 0; is_chain && i < CLBLAST_TURNS; i++) {
        double again;
        TRY(clt_trial_time(&again, trial, launch, 1));
        if (i == 0 || again < *seconds) *seconds = again;
    }
done:
    clt_launch_list_free(launch);
    clt_trial_free(trial);
    return st;
}

static bool fits(const struct clt_device *device, const struct clt_asked_product *work)
{
    const uint64_t largest = clt_device_describe(device)->largest_allocation;
    size_t bytes;
    return clt_trial_memory(&bytes, work) && bytes <= clt_device_room(device) / MEMORY_SHARE &&
           bytes <= largest;
}

/* tuned->method: where the search begins, beside the default. What is too large for the memory that
 * a run leaves, or wrong by default, is left unmeasured. */
static enum clt_status tune_product(struct clt_tuned *tuned, struct clt_device *device,
                                    enum clt_family family, double deadline,
                                    const struct clt_interrupt *interrupt)
{
    enum clt_status st = CLT_OK;
    struct search search = {.device = device,
                            .family = family,
                            .work = &tuned->work,
                            .interrupt = interrupt,
                            .deadline = deadline};
    bool is_chain;
    if (!fits(device, &tuned->work) ||
        clt_trial_create(&search.trial, device, &tuned->work) != CLT_OK)
        return CLT_OK;
    TRY(start(&is_chain, &search));
    if (!is_chain) goto done;
    TRY(try_method(&search, &tuned->method));
    TRY(walk(&search));
    TRY(decide(tuned, &search));
done:
    entrant_free(&search.best);
    entrant_free(&search.usual);
    clt_trial_free(search.trial);
    return st;
}

/* Each product has its share of the time that is left. */
static enum clt_status tune_next(struct clt_choices *choices, size_t index, size_t left, double end,
                                 const struct clt_tuning_options *options)
{
    enum clt_status st = CLT_OK;
    const double now = clt_clock_seconds();
    struct clt_tuned tuned = *clt_choices_at(choices, index);
    struct clt_device *device = clt_choices_device(choices);
    const enum clt_family family = clt_choices_family(choices);
    if (now >= end) return CLT_OK;
    TRY(tune_product(&tuned, device, family, now + (end - now) / (double)left,
                     &options->interrupt));
    if (options->clblast && family != CLT_OF_EITHER && fits(device, &tuned.work))
        TRY(time_clblast(&tuned.clblast_seconds, device, &tuned.work));
    if (tuned.measured) TRY(clt_choices_put(choices, index, &tuned));
done:
    return st;
}

enum clt_status clt_gemm_tune(struct clt_gemm *gemm, const struct clt_tuning_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_choices *choices = clt_gemm_choices(gemm);
    const double end = clt_clock_seconds() + options->seconds;
    size_t count, done = 0;
    const struct clt_tuned *list = clt_gemm_tuned(gemm, &count);
    const size_t total = options->again ? count : clt_gemm_unmeasured(gemm);
    for (size_t i = 0; i < count; i++) {
        if (list[i].measured && !options->again) continue;
        if (clt_interrupt_is_asked(&options->interrupt)) break;
        if (options->progress) options->progress(options->self, done, total);
        st = tune_next(choices, i, total - done, end, options);
        if (st == CLT_E_STOPPED) break;
        TRY(st);
        done++;
    }
    TRY(clt_choices_save(choices));
done:
    if (options->clblast && clt_choices_family(choices) != CLT_OF_EITHER) clt_clblast_release();
    return st;
}
