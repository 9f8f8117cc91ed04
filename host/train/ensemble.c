#include "ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cltrain/classifier.h>

#include "apply.h"

#define SLICE_BYTES ((size_t)64 << 20) /* of opinions that are held at a time */

enum clt_status clt_ensemble_create(struct clt_ensemble *out, const struct clt_schedule *schedule,
                                    uint64_t updates)
{
    const size_t count = clt_schedule_snapshots(schedule, updates);
    const struct clt_accuracies none = {NAN, NAN};
    clt_ensemble_free(out);
    *out = (struct clt_ensemble){.vote = none, .mean = none};
    if (count == 0) return CLT_OK;
    out->snapshots = calloc(count, sizeof *out->snapshots);
    if (!out->snapshots) return clt_fail(CLT_E_NOMEM, "no memory for %zu snapshots", count);
    out->n_snapshots = count;
    for (size_t s = 0; s < count; s++)
        out->snapshots[s] =
            (struct clt_snapshot){.update = (s + 1) * schedule->snapshot_every, .accuracy = none};
    return CLT_OK;
}

void clt_ensemble_free(struct clt_ensemble *ensemble)
{
    if (!ensemble) return;
    free(ensemble->snapshots);
    *ensemble = (struct clt_ensemble){0};
}

/* ---- one sample ---- */

static bool any_vote(const uint32_t *votes, size_t classes)
{
    for (size_t c = 0; c < classes; c++)
        if (votes[c]) return true;
    return false;
}

size_t clt_ensemble_mean(const double *sums, const uint32_t *votes, size_t classes)
{
    size_t best = 0;
    if (!any_vote(votes, classes)) return classes;
    for (size_t c = 1; c < classes; c++)
        if (sums[c] > sums[best]) best = c;
    return best;
}

size_t clt_ensemble_vote(const double *sums, const uint32_t *votes, size_t classes)
{
    size_t best = 0;
    if (!any_vote(votes, classes)) return classes;
    for (size_t c = 1; c < classes; c++)
        if (votes[c] > votes[best] || (votes[c] == votes[best] && sums[c] > sums[best])) best = c;
    return best;
}

/* ---- samples ---- */

/* The opinions of all members on a slice of samples, and what is right so far. */
struct poll {
    struct clt_experiment *experiment;
    struct clt_checkpoint *checkpoint;
    struct clt_member_result *results;
    struct clt_application *full, *rest; /* batches of two sizes; each NULL where there is none */
    size_t classes, slice;               /* slice: samples */
    float *probabilities;                /* [batch][classes] */
    double *sums;                        /* [members][slice][classes] */
    uint32_t *votes;                     /* [members][slice][classes] */
    size_t most;                         /* snapshots of a member */
    size_t *right;                       /* [members][most + 2]: each snapshot, vote, mean */
};

static void poll_free(struct poll *poll)
{
    clt_application_free(poll->full);
    clt_application_free(poll->rest);
    free(poll->probabilities);
    free(poll->sums);
    free(poll->votes);
    free(poll->right);
}

static enum clt_status poll_create(struct poll *poll, size_t samples)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = poll->experiment;
    const size_t batch = clt_experiment_evaluation_batch(experiment), rest = samples % batch;
    const size_t members = experiment->config->members, classes = experiment->dataset->classes;
    const size_t opinion = members * classes * (sizeof *poll->sums + sizeof *poll->votes);
    const size_t batches = SLICE_BYTES / opinion / batch;
    const size_t wanted = (batches ? batches : 1) * batch;
    poll->classes = classes;
    poll->slice = wanted < samples ? wanted : samples;
    for (size_t p = 0; p < members; p++)
        if (poll->results[p].ensemble.n_snapshots > poll->most)
            poll->most = poll->results[p].ensemble.n_snapshots;
    poll->probabilities = calloc(batch * classes, sizeof *poll->probabilities);
    poll->sums = calloc(members * poll->slice * classes, sizeof *poll->sums);
    poll->votes = calloc(members * poll->slice * classes, sizeof *poll->votes);
    poll->right = calloc(members * (poll->most + 2), sizeof *poll->right);
    if (!poll->probabilities || !poll->sums || !poll->votes || !poll->right)
        TRY(clt_fail(CLT_E_NOMEM, "no memory to measure the snapshots together"));
    if (samples >= batch)
        TRY(clt_application_create(&poll->full, experiment->feeder, experiment->model, batch));
    if (rest) TRY(clt_application_create(&poll->rest, experiment->feeder, experiment->model, rest));
done:
    return st;
}

static size_t *right_of(const struct poll *poll, size_t member, size_t what)
{
    return &poll->right[member * (poll->most + 2) + what];
}

/* What snapshot `s` of a member says about `n` samples, which stand at `place` of the slice. */
static void add_opinions(struct poll *poll, size_t member, size_t s, size_t place,
                         const uint16_t *labels, size_t n)
{
    const size_t classes = poll->classes;
    for (size_t i = 0; i < n; i++) {
        const float *said = poll->probabilities + i * classes;
        const size_t at = (member * poll->slice + place + i) * classes;
        const size_t named = clt_best_class(said, classes);
        if (named == classes) continue; /* it has no opinion */
        if (named == labels[i]) ++*right_of(poll, member, s);
        poll->votes[at + named]++;
        for (size_t c = 0; c < classes; c++) poll->sums[at + c] += (double)said[c];
    }
}

/* Of the batch from the pool's sample `first` on. */
static enum clt_status ask_batch(struct poll *poll, struct clt_application *application, size_t s,
                                 size_t first, size_t place)
{
    enum clt_status st = CLT_OK;
    const struct clt_experiment *experiment = poll->experiment;
    const size_t n = clt_application_batch(application);
    TRY(clt_interrupt_check(&experiment->interrupt));
    TRY(clt_application_run(application, first));
    for (size_t p = 0; p < experiment->config->members; p++) {
        if (s >= poll->results[p].ensemble.n_snapshots) continue;
        TRY(clt_application_read(poll->probabilities, application, p, n));
        add_opinions(poll, p, s, place, experiment->dataset->labels + first, n);
    }
done:
    return st;
}

/* Onto the device. A member that has none of that cycle keeps what is there. */
static enum clt_status load_snapshot(struct poll *poll, size_t s)
{
    enum clt_status st = CLT_OK;
    char which[CLT_SNAPSHOT_NAME];
    clt_snapshot_name(which, s + 1);
    for (size_t p = 0; p < poll->experiment->config->members; p++)
        if (s < poll->results[p].ensemble.n_snapshots)
            TRY(clt_checkpoint_load_member(poll->checkpoint, which, p));
    TRY(clt_checkpoint_write_device(poll->checkpoint));
done:
    return st;
}

static void count_together(struct poll *poll, size_t member, const uint16_t *labels, size_t n)
{
    const size_t classes = poll->classes;
    for (size_t i = 0; i < n; i++) {
        const size_t at = (member * poll->slice + i) * classes;
        const double *sums = poll->sums + at;
        const uint32_t *votes = poll->votes + at;
        if (clt_ensemble_vote(sums, votes, classes) == labels[i])
            ++*right_of(poll, member, poll->most);
        if (clt_ensemble_mean(sums, votes, classes) == labels[i])
            ++*right_of(poll, member, poll->most + 1);
    }
}

static enum clt_status ask_slice(struct poll *poll, struct clt_range slice)
{
    enum clt_status st = CLT_OK;
    const size_t batch = clt_experiment_evaluation_batch(poll->experiment);
    const size_t members = poll->experiment->config->members;
    memset(poll->sums, 0, members * poll->slice * poll->classes * sizeof *poll->sums);
    memset(poll->votes, 0, members * poll->slice * poll->classes * sizeof *poll->votes);
    for (size_t s = 0; s < poll->most; s++) {
        TRY(load_snapshot(poll, s));
        for (size_t place = 0; place < slice.count; place += batch)
            TRY(ask_batch(poll, slice.count - place >= batch ? poll->full : poll->rest, s,
                          slice.first + place, place));
    }
    for (size_t p = 0; p < members; p++)
        count_together(poll, p, poll->experiment->dataset->labels + slice.first, slice.count);
done:
    return st;
}

static void store(struct poll *poll, enum clt_split split, size_t samples)
{
    for (size_t p = 0; p < poll->experiment->config->members; p++) {
        struct clt_ensemble *ensemble = &poll->results[p].ensemble;
        for (size_t what = 0; ensemble->n_snapshots && what < poll->most + 2; what++) {
            if (what >= ensemble->n_snapshots && what < poll->most) continue;
            struct clt_accuracies *out = what < poll->most    ? &ensemble->snapshots[what].accuracy
                                         : what == poll->most ? &ensemble->vote
                                                              : &ensemble->mean;
            *(split == CLT_SPLIT_TEST ? &out->test : &out->validation) =
                (double)*right_of(poll, p, what) / (double)samples;
        }
    }
}

static enum clt_status measure_split(struct poll poll, enum clt_split split, struct clt_range range)
{
    enum clt_status st = CLT_OK;
    if (range.count == 0) return CLT_OK;
    TRY(poll_create(&poll, range.count));
    for (size_t done = 0; done < range.count; done += poll.slice) {
        const size_t left = range.count - done;
        TRY(ask_slice(
            &poll, (struct clt_range){range.first + done, left < poll.slice ? left : poll.slice}));
    }
    store(&poll, split, range.count);
done:
    poll_free(&poll);
    return st;
}

enum clt_status clt_ensembles_measure(struct clt_member_result *results,
                                      struct clt_experiment *experiment,
                                      struct clt_checkpoint *checkpoint)
{
    enum clt_status st = CLT_OK;
    const struct clt_dataset *dataset = experiment->dataset;
    const struct poll poll = {
        .experiment = experiment, .checkpoint = checkpoint, .results = results};
    TRY(measure_split(poll, CLT_SPLIT_VALIDATION, dataset->validation));
    TRY(measure_split(poll, CLT_SPLIT_TEST, dataset->test));
done:
    return st;
}
