#include "experiment_checks.h"

#include <string.h>

#include "gradients.h"

static enum clt_status check_batches(const struct clt_experiment *experiment)
{
    const struct clt_schedule *schedule = &experiment->schedule;
    const size_t batch = schedule->batch_size, last = clt_schedule_last_batch(schedule);
    if (batch > schedule->samples)
        return clt_fail(CLT_E_CONFIG,
                        "train.batch_size: %zu is more than the %zu training samples; choose at "
                        "most that many",
                        batch, schedule->samples);
    if (!clt_network_has_batch_norm(experiment->network) || (batch > 1 && last > 1)) return CLT_OK;
    if (batch == 1)
        return clt_fail(CLT_E_CONFIG, "train.batch_size: batch_norm has no variance in a batch of "
                                      "one sample; choose at least 2");
    return clt_fail(CLT_E_CONFIG,
                    "train.batch_size: %zu training samples leave a last batch of one sample, in "
                    "which batch_norm has no variance; choose another size, or another "
                    "data.validation",
                    schedule->samples);
}

/* Pictures alone can be mirrored and moved, and something of them must stay in sight. */
static enum clt_status check_augmentation(const struct clt_experiment *experiment)
{
    const struct clt_augment_config *augment = &experiment->members[0]->data.augment;
    const struct clt_dataset *dataset = experiment->dataset;
    const size_t height = dataset->height, width = dataset->width;
    const size_t smaller = height < width ? height : width;
    if (!augment->mirror && augment->shift == 0) return CLT_OK;
    if (smaller < 2)
        return clt_fail(CLT_E_CONFIG,
                        "data.augment.%s: wants pictures, but the samples have a height of %zu and "
                        "a width of %zu",
                        augment->mirror ? "mirror" : "shift", height, width);
    if (augment->shift >= smaller)
        return clt_fail(CLT_E_CONFIG,
                        "data.augment.shift: %zu pixels move pictures of %zu x %zu out of sight; "
                        "choose at most %zu",
                        augment->shift, height, width, smaller - 1);
    return CLT_OK;
}

static bool has_tensor(const struct clt_network *network, const char *wanted)
{
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (!clt_segment_is_running(segment) &&
            clt_gradients_selects(wanted, segment->name, clt_segment_kind_name(segment->kind)))
            return true;
    }
    return false;
}

static bool is_of_ensemble(const char *metric)
{
    return strcmp(metric, "vote_accuracy") == 0 || strcmp(metric, "mean_accuracy") == 0;
}

static enum clt_status check_expectation(const struct clt_experiment *experiment, size_t i)
{
    const struct clt_expectation *expectation = &experiment->config->expect[i];
    const char *metric = expectation->metric;
    if (strncmp(metric, "val_", 4) == 0 && experiment->dataset->validation.count == 0)
        return clt_fail(CLT_E_CONFIG,
                        "expect[%zu].metric: %s wants validation samples; set data.validation", i,
                        metric);
    if (is_of_ensemble(metric) && !experiment->config->train.snapshots)
        return clt_fail(CLT_E_CONFIG, "expect[%zu].metric: %s wants snapshots; set train.snapshots",
                        i, metric);
    if (strncmp(metric, "gradient_", 9) != 0) return CLT_OK;
    if (experiment->config->gradcheck.samples == 0)
        return clt_fail(CLT_E_CONFIG,
                        "expect[%zu].metric: %s wants a check of the gradients; set "
                        "gradcheck.samples",
                        i, metric);
    if (has_tensor(experiment->network, expectation->tensor)) return CLT_OK;
    return clt_fail(
        CLT_E_CONFIG,
        "expect[%zu].tensor: this network has no %s; its tensors are named as 0.weight, "
        "their kinds are weight, bias, gamma and beta",
        i, expectation->tensor);
}

/* What could only be missed is said before the training, not after it. */
static enum clt_status check_validation(const struct clt_experiment *experiment)
{
    enum clt_status st = CLT_OK;
    if (experiment->config->train.early_stopping.patience > 0 &&
        experiment->dataset->validation.count == 0)
        return clt_fail(CLT_E_CONFIG, "train.early_stopping: goes by validation samples; set "
                                      "data.validation");
    for (size_t i = 0; i < experiment->config->n_expect; i++) TRY(check_expectation(experiment, i));
done:
    return st;
}

/* The check that a run makes at its end is possible. */
static enum clt_status check_gradcheck(const struct clt_experiment *experiment)
{
    const struct clt_gradcheck_config *check = &experiment->config->gradcheck;
    const size_t batch = experiment->schedule.batch_size, has = experiment->dataset->features;
    if (check->samples > batch)
        return clt_fail(CLT_E_CONFIG,
                        "gradcheck.samples: %zu is more than train.batch_size, %zu; choose at most "
                        "that many",
                        check->samples, batch);
    if (check->samples == 1 && clt_network_has_batch_norm(experiment->network))
        return clt_fail(CLT_E_CONFIG, "gradcheck.samples: batch_norm has no variance in a batch of "
                                      "one sample; choose at least 2");
    if (check->features > has)
        return clt_fail(CLT_E_CONFIG,
                        "gradcheck.features: %zu is more than a sample has, %zu; choose at most "
                        "that many, or 0 for all",
                        check->features, has);
    return CLT_OK;
}

enum clt_status clt_experiment_check(const struct clt_experiment *experiment,
                                     const struct clt_experiment_options *options)
{
    enum clt_status st = CLT_OK;
    TRY(check_batches(experiment));
    TRY(check_augmentation(experiment));
    TRY(check_validation(experiment));
    if (!options->samples) TRY(check_gradcheck(experiment)); /* else this is one, with its own */
done:
    return st;
}
