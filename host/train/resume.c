/* resume.c - taking up a run where its last checkpoint left it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "trainer.h"

/* The config of a run with `sets` over it and `last` over those; the stop that it recorded is
 * forgotten. */
static enum clt_status load_resumed(struct clt_config **out, const char *folder,
                                    const char *const *sets, size_t n_sets, const char *const *last,
                                    size_t n_last)
{
    const char **all = calloc(n_sets + n_last + 1, sizeof *all);
    size_t n = 0;
    *out = NULL;
    if (!all) return clt_fail(CLT_E_NOMEM, "no memory for the config");
    all[n++] = "train.stop_at_update=0";
    for (size_t i = 0; i < n_sets; i++) all[n++] = sets[i];
    for (size_t i = 0; i < n_last; i++) all[n++] = last[i];
    const enum clt_status st = clt_run_directory_config(out, folder, all, n);
    free(all);
    return st;
}

static enum clt_status check_equal(const struct clt_config *a, const struct clt_config *b)
{
    enum clt_status st = CLT_OK;
    char *text_a = NULL, *text_b = NULL;
    TRY(clt_config_write(&text_a, a));
    TRY(clt_config_write(&text_b, b));
    if (strcmp(text_a, text_b) != 0)
        st = clt_fail(CLT_E_USAGE, "resume: --set may only lengthen the run (train.epochs, "
                                   "train.cycles, train.updates) or set train.stop_at_update; "
                                   "start a new run for anything else");
done:
    free(text_a);
    free(text_b);
    return st;
}

/* With the old length put back, the sets of a resume must change nothing. */
static enum clt_status check_only_longer(const struct clt_config *before,
                                         const struct clt_config *after, const char *folder,
                                         const char *const *sets, size_t n_sets)
{
    enum clt_status st = CLT_OK;
    const struct clt_train_config *was = &before->train, *is = &after->train;
    struct clt_config *restored = NULL;
    char epochs[48], cycles[48], updates[48];
    snprintf(epochs, sizeof epochs, "train.epochs=%" PRIu64 "L", was->epochs);
    snprintf(cycles, sizeof cycles, "train.cycles=%" PRIu64 "L", was->cycles);
    snprintf(updates, sizeof updates, "train.updates=%" PRIu64 "L", was->updates);
    const char *const last[] = {epochs, cycles, updates, "train.stop_at_update=0"};
    TRY(load_resumed(&restored, folder, sets, n_sets, last, sizeof last / sizeof *last));
    TRY(check_equal(before, restored));
    if (was->epochs > is->epochs || was->cycles > is->cycles || was->updates > is->updates)
        st = clt_fail(CLT_E_USAGE, "resume: --set may lengthen the run, not shorten it or count "
                                   "its length otherwise");
done:
    clt_config_free(restored);
    return st;
}

/* A policy that ends with the run would have had other rates from the start. */
static enum clt_status check_rates(const struct clt_config *before, const struct clt_config *after)
{
    enum clt_status st = CLT_OK;
    const struct clt_train_config *was = &before->train, *is = &after->train;
    struct clt_config *member = NULL;
    const bool longer =
        was->epochs != is->epochs || was->cycles != is->cycles || was->updates != is->updates;
    for (size_t p = 0; longer && p < after->members; p++) {
        TRY(clt_config_member(&member, after, p));
        const struct clt_rate_config *rate = &member->train.learning_rate;
        if (rate->policy == CLT_RATE_COSINE && rate->total == 0)
            TRY(clt_fail(CLT_E_USAGE, "resume: this cosine learning_rate takes the run's length, "
                                      "which has passed into its rates; a run that is to be "
                                      "lengthened states learning_rate.total"));
        clt_config_free(member);
        member = NULL;
    }
done:
    clt_config_free(member);
    return st;
}

enum clt_status clt_run_resume(struct clt_run **out, struct clt_device *device, const char *folder,
                               const struct clt_resume_options *options)
{
    return clt_run_resume_observed(out, device, folder, options, NULL);
}

enum clt_status clt_run_resume_observed(struct clt_run **out, struct clt_device *device,
                                        const char *folder,
                                        const struct clt_resume_options *options,
                                        const struct clt_observer *observer)
{
    enum clt_status st = CLT_OK;
    const char *const *sets = options->sets;
    const size_t n_sets = options->n_sets;
    struct clt_run *run = NULL;
    struct clt_run_directory *directory = NULL;
    struct clt_config *before = NULL, *after = NULL;
    *out = NULL;
    TRY(clt_run_directory_open(&directory, folder));
    TRY(load_resumed(&before, folder, NULL, 0, NULL, 0));
    TRY(load_resumed(&after, folder, sets, n_sets, NULL, 0));
    TRY(check_only_longer(before, after, folder, sets, n_sets));
    TRY(check_rates(before, after));
    TRY(clt_run_new(&run, after));
    if (observer) run->observer = *observer;
    run->own_config = after;
    after = NULL;
    run->directory = directory;
    directory = NULL;
    TRY(clt_checkpoint_find(&run->resumed, folder));
    TRY(clt_run_build(run, &(struct clt_experiment_options){.opened = device}));
    TRY(clt_run_add_trainer(run));
    if (run->resumed) TRY(clt_trainer_reopen(run->trainer, folder, options->allow));
    *out = run;
    run = NULL;
done:
    clt_config_free(before);
    clt_config_free(after);
    clt_run_directory_close(directory);
    clt_run_free(run);
    return st;
}
