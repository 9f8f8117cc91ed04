/* opened.c - the networks of a run directory, to measure, apply or copy them. */
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "file.h"
#include "measure.h"
#include "run.h"

static enum clt_status load_weights(struct clt_run *run, const char *folder, const char *which)
{
    enum clt_status st = CLT_OK;
    const bool best = strcmp(which, "best") == 0;
    struct clt_checkpoint *checkpoint = NULL;
    struct clt_progress_state state = {0};
    TRY(clt_progress_state_create(&state, run->config->members));
    TRY(clt_checkpoint_create(&checkpoint, folder, run->experiment));
    TRY(clt_checkpoint_load_state(checkpoint, &state));
    for (size_t p = 0; p < run->config->members; p++) {
        run->loaded[p] = !best || state.best[p].exists;
        if (best && run->loaded[p]) TRY(clt_checkpoint_load_member(checkpoint, which, p));
    }
    TRY(clt_checkpoint_write_device(checkpoint));
    run->record.updates = state.update;
    run->record.seconds = state.seconds;
done:
    clt_checkpoint_free(checkpoint);
    clt_progress_state_free(&state);
    return st;
}

/* A study's folder has no networks, its stages' folders have. */
static enum clt_status check_networks(const char *folder)
{
    char *networks = clt_path_join(folder, "checkpoint");
    if (!networks) return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
    const bool exists = clt_file_exists(networks);
    free(networks);
    if (exists) return CLT_OK;
    return clt_fail(CLT_E_DATA,
                    "%s: has no networks of its own; of a study, name the folder of a stage",
                    folder);
}

enum clt_status clt_run_open_with(struct clt_run **out, const char *folder, const char *which,
                                  const struct clt_experiment_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_run *run = NULL;
    struct clt_config *config = NULL;
    *out = NULL;
    if (strcmp(which, "last") != 0 && strcmp(which, "best") != 0)
        return clt_fail(CLT_E_USAGE, "%s: there is no %s checkpoint, only last and best", folder,
                        which);
    TRY(clt_run_directory_check(folder));
    TRY(check_networks(folder));
    TRY(clt_run_directory_config(&config, folder, NULL, 0));
    TRY(clt_run_new(&run, config));
    run->own_config = config;
    config = NULL;
    TRY(clt_run_build(run, options));
    TRY(load_weights(run, folder, which));
    *out = run;
    run = NULL;
done:
    clt_config_free(config);
    clt_run_free(run);
    return st;
}

enum clt_status clt_run_open(struct clt_run **out, struct clt_device *device, const char *folder,
                             const char *which)
{
    return clt_run_open_with(out, folder, which,
                             &(struct clt_experiment_options){.opened = device});
}

enum clt_status clt_run_check_member(const struct clt_run *run, size_t member)
{
    if (member >= run->config->members)
        return clt_fail(CLT_E_USAGE, "%s: has %zu members, numbered from 0; there is no %zu",
                        run->config->name, run->config->members, member);
    if (!run->loaded[member])
        return clt_fail(CLT_E_DATA,
                        "%s: member %zu has no best checkpoint: there is none without validation "
                        "samples; take the last",
                        run->config->name, member);
    return CLT_OK;
}

struct clt_range clt_run_range(const struct clt_run *run, enum clt_split split)
{
    const struct clt_dataset *dataset = run->experiment->dataset;
    switch (split) {
    case CLT_SPLIT_TRAIN: return dataset->train;
    case CLT_SPLIT_VALIDATION: return dataset->validation;
    case CLT_SPLIT_TEST: break;
    }
    return dataset->test;
}

enum clt_status clt_run_evaluate(struct clt_measure *out, struct clt_run *run, enum clt_split split)
{
    enum clt_status st = CLT_OK;
    struct clt_measurer *measurer = NULL;
    TRY(clt_measurer_create(&measurer, run->experiment));
    const struct clt_range range = clt_run_range(run, split);
    TRY(clt_measure_ranges(measurer, &range, 1, out));
    for (size_t p = 0; p < run->config->members; p++)
        if (!run->loaded[p]) out[p].made = false;
done:
    clt_measurer_free(measurer);
    return st;
}

enum clt_status clt_run_save(struct clt_run *run, const char *path, size_t member)
{
    enum clt_status st = CLT_OK;
    struct clt_checkpoint *checkpoint = NULL;
    TRY(clt_run_check_member(run, member));
    TRY(clt_checkpoint_create(&checkpoint, "", run->experiment));
    TRY(clt_checkpoint_read_device(checkpoint));
    TRY(clt_checkpoint_write_member(checkpoint, path, member, run->record.updates));
done:
    clt_checkpoint_free(checkpoint);
    return st;
}
